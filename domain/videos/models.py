"""Videos as other code sees them: immutable values, no rows.

Events (`Events.publish`) of this package: `video.created|updated|deleted` with `{"id": …}`, and
`video.progress` with `{"id", "stage", "status", "progress"}`; all only for users who can see the
video's moment.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args
from urllib.parse import unquote, urlsplit

from domain.moments.models import MediaFile, Moment, Visibility
from domain.moments.rules import MAX_TITLE

Stage = Literal["ingest", "audio", "transcript", "moments", "clips"]
StageStatus = Literal["pending", "queued", "running", "completed", "failed", "cancelled"]
VideoStatus = Literal["queued", "running", "completed", "failed", "cancelled"]
# A capture is a clip of a stream, or a file added to a moment: understood, but not in the list.
SourceKind = Literal["upload", "url", "moment", "capture"]
TranscriptSource = Literal["captions", "file", "speech", "endpoint", "none"]
Origin = Literal["signals", "model", "person"]
ClipStatus = Literal["waiting", "ready", "failed"]
Progress = Literal["working", "failed"]  # what a list can be narrowed to

STAGES: Final[tuple[Stage, ...]] = get_args(Stage)
MAX_SPEAKERS: Final = 50  # that have a name
MAX_NAME: Final = 100


@dataclass(frozen=True, slots=True)
class NewVideo:
    """A video to process: a URL, a file to upload, or a moment that has a video."""

    title: str = ""
    url: str | None = None
    file_name: str | None = None
    mime_type: str | None = None
    size_bytes: int | None = None
    moment_id: str | None = None
    visibility: Visibility = "organization"


@dataclass(frozen=True, slots=True)
class StageState:
    """A stage and its outcome so far; `note` says what it found."""

    name: Stage
    status: StageStatus
    progress: float  # 0 to 1
    attempts: int
    started_at: datetime | None
    ended_at: datetime | None
    error: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Video:
    """A video with its pipeline; the URLs are signed and last an hour."""

    id: str
    organization_id: str
    moment_id: str
    title: str
    status: VideoStatus
    source: SourceKind
    url: str | None
    file_name: str | None
    duration_ms: int | None
    width: int | None
    height: int | None
    has_audio: bool | None
    speaker_count: int | None
    stages: tuple[StageState, ...]
    moments_found: int
    created_by: str | None
    created_at: datetime
    updated_at: datetime
    media_url: str | None
    poster_url: str | None

    @property
    def error(self) -> str | None:
        """Why it failed."""
        return next((stage.error for stage in self.stages if stage.status == "failed"), None)


@dataclass(frozen=True, slots=True)
class Submitted:
    """A new video and, for an upload, where its bytes go: one PUT, or tus 1.0."""

    video: Video
    upload_url: str | None


@dataclass(frozen=True, slots=True)
class VideoPage:
    """One page of videos, newest first."""

    items: tuple[Video, ...]
    total: int


@dataclass(frozen=True, slots=True)
class VideoCounts:
    """How many videos somebody can see, and how long they are together."""

    total: int
    working: int
    failed: int
    duration_ms: int


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a line."""

    start_ms: int
    end_ms: int
    text: str
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a transcript."""

    number: int
    start_ms: int
    end_ms: int
    text: str
    speaker: int | None = None
    emotion: str | None = None
    confidence: float | None = None
    words: tuple[Word, ...] = ()
    is_edited: bool = False


@dataclass(frozen=True, slots=True)
class Transcript:
    """What is said; `reason` says why there are no lines."""

    language: str | None
    certainty: float | None
    source: TranscriptSource
    reason: str | None
    names: Mapping[int, str]  # that people gave
    lines: tuple[Line, ...]

    def name_of(self, speaker: int | None) -> str | None:
        """Return a speaker's name, or a letter until somebody names them."""
        if speaker is None:
            return None
        return self.names.get(speaker) or f"Speaker {letters(speaker)} (estimated)"


def is_name(name: str) -> bool:
    """Return whether something may be a speaker's name."""
    return len(name) <= MAX_NAME and name.isprintable()


def default_title(url: str) -> str:
    """Return the title of a video by its address, until a better one is known."""
    parts = urlsplit(url)
    name = unquote(parts.path).rstrip("/").rpartition("/")[2]
    return (" ".join(name.split()) or parts.netloc or "Video")[:MAX_TITLE]


def letters(number: int) -> str:
    """Return a number as letters: A, B … Z, AA."""
    text = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


@dataclass(frozen=True, slots=True)
class Reason:
    """A named signal that chose a moment, and its strength from 0 to 1."""

    signal: str
    strength: float


@dataclass(frozen=True, slots=True)
class FoundMoment:
    """A part of a video that is a moment."""

    moment: Moment
    start_ms: int
    end_ms: int
    score: float | None
    reasons: tuple[Reason, ...]
    origin: Origin
    is_edited: bool  # a person kept or changed it: no job overwrites it
    clip_status: ClipStatus
    clip_error: str | None
    clip_url: str | None
    vertical_status: ClipStatus | None = None  # of its export for phones, once asked for
    vertical_error: str | None = None
    vertical_url: str | None = None
    vertical_crop: float | None = None  # what it shows, 0 (left) to 1 (right); None: everything


@dataclass(frozen=True, slots=True)
class Export:
    """An export of a moment's clip that is being made."""

    moment_id: str
    video_id: str
    title: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A part of a video that may be a moment, before it is stored."""

    start_ms: int
    end_ms: int
    title: str
    score: float | None
    reasons: Sequence[Reason]
    origin: Origin = "signals"


@dataclass(frozen=True, slots=True)
class VideoRow:
    """A video as its jobs see it."""

    id: str
    organization_id: str
    moment_id: str
    owns_moment: bool
    source: SourceKind
    url: str | None
    run: int
    prompt: str
    speaker_count: int | None
    duration_ms: int | None
    has_audio: bool | None
    width: int | None
    height: int | None
    created_by: str | None
    title: str
    asset_id: str | None
    voices_id: str | None
    has_cover: bool
    media: MediaFile | None
    audio: MediaFile | None
    voices: MediaFile | None
