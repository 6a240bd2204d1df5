"""Videos and their pipeline in wire format: snake_case."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from domain.moments.models import Visibility
from domain.videos.models import (
    NewVideo,
    SourceKind,
    Stage,
    StageState,
    StageStatus,
    Submitted,
    Video,
    VideoStatus,
)
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


class LoudnessOut(Out, frozen=True, kw_only=True):
    """How loud equal parts of a video are: 0 is 60 dB below full scale, 255 is full scale."""

    levels: list[Annotated[int, Meta(ge=0, le=255)]]


class VideoList(Page, frozen=True, kw_only=True):
    """One page of videos, newest first."""

    items: list[VideoRecordOut]


class PipelineOut(Out, frozen=True, kw_only=True):
    """The state of a video's pipeline."""

    video_id: VideoId
    status: VideoStatus
    stages: list[StageOut]


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
