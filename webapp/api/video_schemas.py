"""Videos in wire format: snake_case; their moments as all moments, camelCase."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from domain.moments.models import Visibility
from domain.videos.correcting import Correction, LineChange
from domain.videos.editing import FoundChange
from domain.videos.models import (
    ClipStatus,
    FoundMoment,
    NewVideo,
    Origin,
    SourceKind,
    Stage,
    StageState,
    StageStatus,
    Submitted,
    Transcript,
    TranscriptSource,
    Video,
    VideoStatus,
)
from webapp.api.camel_schemas import CamelOut, user_ref_out
from webapp.api.moment_schemas import MomentItem, moment_out
from webapp.api.schemas import In, Instant, Out, Page, instant

VideoId = Annotated[str, Meta(max_length=64, examples=["video_01jdk2v7w8x9y0z1a2b3c4d5e6"])]
Url = Annotated[str, Meta(min_length=1, max_length=2000, examples=["https://example.org/a.mp4"])]


class NewVideoIn(In, frozen=True, kw_only=True):
    """A video: its `url`, or a file to upload, or a moment that has a video."""

    title: Annotated[str, Meta(max_length=200)] = ""
    url: Url | None = None
    file_name: Annotated[str, Meta(min_length=1, max_length=255)] | None = None
    mime_type: Annotated[str, Meta(max_length=200, examples=["video/mp4"])] | None = None
    size_bytes: Annotated[int, Meta(ge=1, le=2**53)] | None = None
    moment_id: Annotated[str, Meta(max_length=64)] | None = None
    visibility: Visibility = "organization"

    def new(self) -> NewVideo:
        """Return the video to create."""
        return NewVideo(
            self.title,
            self.url,
            self.file_name,
            self.mime_type,
            self.size_bytes,
            self.moment_id,
            self.visibility,
        )


class StartIn(In, frozen=True, kw_only=True):
    """A video to process, or the `url` of a new one; `stage` begins there."""

    video_id: VideoId | None = None
    url: Url | None = None
    stage: Stage | None = None


class PromptIn(In, frozen=True, kw_only=True):
    """A wish for the moments, in the user's own words."""

    prompt: Annotated[str, Meta(max_length=2000, examples=["the funny parts"])] = ""


class SegmentIn(In, frozen=True, kw_only=True):
    """A correction of one segment; a new `speaker_id` splits a speaker."""

    number: Annotated[int, Meta(ge=0, le=1_000_000)]
    text: Annotated[str, Meta(min_length=1, max_length=2000)] | None = None
    speaker_id: Annotated[int, Meta(ge=0, le=49)] | None = None


class MergeIn(In, frozen=True, kw_only=True):
    """Two speakers who are one person."""

    speaker_id: Annotated[int, Meta(ge=0, le=49)]
    into: Annotated[int, Meta(ge=0, le=49)]


class SpeakerNameIn(In, frozen=True, kw_only=True):
    """A speaker's name; an empty one takes it away."""

    speaker_id: Annotated[int, Meta(ge=0, le=49)]
    name: Annotated[str, Meta(max_length=100)]


class TranscriptPatch(In, frozen=True, kw_only=True):
    """Corrections; `speaker_count` tells how many speak, 0 lets it be estimated."""

    segments: Annotated[list[SegmentIn], Meta(max_length=1000)] = []  # noqa: RUF012
    names: Annotated[list[SpeakerNameIn], Meta(max_length=50)] = []  # noqa: RUF012
    merge: Annotated[list[MergeIn], Meta(max_length=50)] = []  # noqa: RUF012
    speaker_count: Annotated[int, Meta(ge=0, le=20)] | None = None

    def change(self) -> Correction:
        """Return the corrections."""
        return Correction(
            [LineChange(each.number, each.text, each.speaker_id) for each in self.segments],
            {each.speaker_id: each.name for each in self.names},
            [(each.speaker_id, each.into) for each in self.merge],
            self.speaker_count,
        )


Seconds = Annotated[float, Meta(ge=0, le=10**6)]


class FoundIn(In, frozen=True, kw_only=True):
    """A part of a video to make a moment."""

    start_s: Seconds
    end_s: Seconds
    title: Annotated[str, Meta(max_length=200)] = ""


class VerticalIn(In, frozen=True, kw_only=True):
    """A vertical export; `crop` is the centre of what is kept, without it everything is."""

    crop: Annotated[float, Meta(ge=0, le=1)] | None = None
    captions: bool = True


class FoundPatch(In, frozen=True, kw_only=True):
    """Changes of a video's moment; a new range is cut again."""

    title: Annotated[str, Meta(max_length=200)] | None = None
    start_s: Seconds | None = None
    end_s: Seconds | None = None
    kept: bool = True

    def change(self) -> FoundChange:
        """Return the changes."""
        return FoundChange(self.title, _ms(self.start_s), _ms(self.end_s), self.kept)


class StageOut(Out, frozen=True, kw_only=True):
    """A stage; `note` says what it found."""

    name: Stage
    status: StageStatus
    progress: Annotated[float, Meta(ge=0, le=1)]
    attempts: int
    started_at: Instant | None
    ended_at: Instant | None
    error: str | None
    note: str | None


class VideoSourceOut(Out, frozen=True, kw_only=True):
    """The origin of a video."""

    kind: SourceKind
    url: str | None
    file_name: str | None


class VideoRecordOut(Out, frozen=True, kw_only=True):
    """A video; its URLs are signed and last an hour."""

    id: VideoId
    moment_id: str
    title: str
    status: VideoStatus
    error: str | None
    duration_s: float | None
    width: int | None
    height: int | None
    has_audio: bool | None
    source: VideoSourceOut
    stages: list[StageOut]
    moments_found: int
    media_url: str | None
    poster_url: str | None
    created_by: str | None
    created_at: Instant
    updated_at: Instant
    upload_url: str | UnsetType = UNSET


class VideoList(Page, frozen=True, kw_only=True):
    """One page of videos, newest first."""

    items: list[VideoRecordOut]


class PipelineOut(Out, frozen=True, kw_only=True):
    """The state of a video's pipeline."""

    video_id: VideoId
    status: VideoStatus
    stages: list[StageOut]


class WordOut(Out, frozen=True, kw_only=True):
    """A word and its time."""

    start_s: float
    end_s: float
    text: str
    confidence: float | None


class SegmentOut(Out, frozen=True, kw_only=True):
    """A line of a transcript."""

    number: int
    start_s: float
    end_s: float
    speaker: str | None
    speaker_id: int | None
    text: str
    emotion: str | None
    confidence: float | None
    words: list[WordOut]
    edited: bool


class TranscriptOut(Out, frozen=True, kw_only=True):
    """What is said; `reason` says why there are no segments."""

    language: str | None
    language_certainty: float | None
    source: TranscriptSource
    reason: str | None
    segments: list[SegmentOut]


class ReasonOut(CamelOut, frozen=True, kw_only=True):
    """A signal that chose a moment, and its strength from 0 to 1."""

    signal: str
    strength: float


class FoundOut(CamelOut, frozen=True, kw_only=True):
    """Where a moment lies in its video, and why."""

    start_ms: int
    end_ms: int
    score: float | None
    reasons: list[ReasonOut]
    origin: Origin
    edited: bool
    clip_status: ClipStatus
    clip_error: str | None
    clip_url: str | None
    vertical_status: ClipStatus | None
    vertical_error: str | None
    vertical_url: str | None


class FoundItem(MomentItem, frozen=True, kw_only=True):
    """A moment of a video."""

    found: FoundOut


class FoundList(Out, frozen=True, kw_only=True):
    """The moments of a video, in its order."""

    items: list[FoundItem]
    total: int


class ClipStateOut(Out, frozen=True, kw_only=True):
    """The clip of a moment."""

    moment_id: str
    status: ClipStatus
    error: str | None
    url: str | None


class ClipStates(Out, frozen=True, kw_only=True):
    """The clips of a video's moments."""

    status: StageStatus
    progress: float
    items: list[ClipStateOut]


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)


def _seconds(ms: int | None) -> float | None:
    return None if ms is None else ms / 1000


def stage_out(stage: StageState) -> StageOut:
    """Return a stage in wire format."""
    return StageOut(
        name=stage.name,
        status=stage.status,
        progress=stage.progress,
        attempts=stage.attempts,
        started_at=instant(stage.started_at),
        ended_at=instant(stage.ended_at),
        error=stage.error,
        note=stage.note,
    )


def video_out(video: Video, upload_url: str | None = None) -> VideoRecordOut:
    """Return a video in wire format."""
    return VideoRecordOut(
        id=video.id,
        moment_id=video.moment_id,
        title=video.title,
        status=video.status,
        error=video.error,
        duration_s=_seconds(video.duration_ms),
        width=video.width,
        height=video.height,
        has_audio=video.has_audio,
        source=VideoSourceOut(kind=video.source, url=video.url, file_name=video.file_name),
        stages=list(map(stage_out, video.stages)),
        moments_found=video.moments_found,
        media_url=video.media_url,
        poster_url=video.poster_url,
        created_by=video.created_by,
        created_at=instant(video.created_at) or "",
        updated_at=instant(video.updated_at) or "",
        upload_url=upload_url or UNSET,
    )


def submitted_out(made: Submitted) -> VideoRecordOut:
    """Return a new video, with the URL to upload it to."""
    return video_out(made.video, made.upload_url)


def pipeline_out(video: Video) -> PipelineOut:
    """Return the state of a video's pipeline."""
    return PipelineOut(
        video_id=video.id, status=video.status, stages=list(map(stage_out, video.stages))
    )


def transcript_out(transcript: Transcript) -> TranscriptOut:
    """Return a transcript in wire format."""
    return TranscriptOut(
        language=transcript.language,
        language_certainty=transcript.certainty,
        source=transcript.source,
        reason=transcript.reason,
        segments=[
            SegmentOut(
                number=line.number,
                start_s=line.start_ms / 1000,
                end_s=line.end_ms / 1000,
                speaker=transcript.name_of(line.speaker),
                speaker_id=line.speaker,
                text=line.text,
                emotion=line.emotion,
                confidence=line.confidence,
                words=[
                    WordOut(
                        start_s=word.start_ms / 1000,
                        end_s=word.end_ms / 1000,
                        text=word.text,
                        confidence=word.confidence,
                    )
                    for word in line.words
                ],
                edited=line.is_edited,
            )
            for line in transcript.lines
        ],
    )


def found_out(found: FoundMoment, share_url: str | None = None) -> FoundItem:
    """Return a moment of a video in wire format."""
    moment = found.moment
    return FoundItem(
        moment=moment_out(moment, share_url),
        created_by_user=user_ref_out(moment.created_by),
        vm=None,
        asset_count=moment.asset_count,
        found=FoundOut(
            start_ms=found.start_ms,
            end_ms=found.end_ms,
            score=found.score,
            reasons=[ReasonOut(signal=r.signal, strength=r.strength) for r in found.reasons],
            origin=found.origin,
            edited=found.is_edited,
            clip_status=found.clip_status,
            clip_error=found.clip_error,
            clip_url=found.clip_url,
            vertical_status=found.vertical_status,
            vertical_error=found.vertical_error,
            vertical_url=found.vertical_url,
        ),
    )


def clip_states_out(video: Video, found: list[FoundMoment]) -> ClipStates:
    """Return the clips of a video's moments."""
    stage = video.stages[-1]
    return ClipStates(
        status=stage.status,
        progress=stage.progress,
        items=[
            ClipStateOut(
                moment_id=each.moment.id,
                status=each.clip_status,
                error=each.clip_error,
                url=each.clip_url,
            )
            for each in found
        ],
    )
