"""Streams as the faces see them: immutable values, no rows.

Events (`Events.publish`) of this package contain `{"id": …}` and, if it changed, `"status"`:
`stream.created|updated|deleted`.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from domain.core.time import Span
from domain.live.wire import AudioInfo, State, Status, VideoInfo
from domain.moments.models import Visibility

SourceKind = Literal["push", "pull", "demo"]


@dataclass(frozen=True, slots=True)
class Source:
    """A stream's source; a pull source has a URL (masked except for owners and admins)."""

    kind: SourceKind
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Publishing:
    """How to publish to a push stream; shown only to the stream's creator and admins.

    The key is the bearer token of a WHIP request.
    """

    publish_key: str
    whip_url: str | None = None
    rtmp_url: str | None = None


@dataclass(frozen=True, slots=True)
class Stream:
    """A durable channel and, if its node answers, its current status."""

    id: str
    organization_id: str
    name: str
    slug: str
    source: Source
    buffer_s: int
    visibility: Visibility
    allow_capture: bool
    created_at: datetime
    created_by: str | None
    status: Status
    error: str | None  # a sentence, if the status is `error` or `offline` for a known reason
    state: State
    reason: str | None  # of an unhealthy state
    since: datetime | None  # when it went on or off air; None: it was never on air
    last_on_air: datetime | None
    window: Span | None
    video: VideoInfo | None
    audio: AudioInfo | None
    viewers: int
    hls_url: str
    publishing: Publishing | None  # None for callers who may not publish
    whep_url: str | None = None
    poster_url: str = ""  # the newest frame as a small JPEG, with access included
    health: "Health | None" = None


@dataclass(frozen=True, slots=True)
class Health:
    """Counters of a running stream."""

    ring_bytes: int
    corrupt_packets: int
    dropped_packets: int
    discontinuities: int
    reconnects: int


@dataclass(frozen=True, slots=True)
class NewStream:
    """A new stream's fields; without a slug, one is derived from the name."""

    name: str
    source: Source = field(default_factory=lambda: Source("push"))
    slug: str | None = None
    buffer_s: int = 120
    visibility: Visibility = "organization"
    allow_capture: bool = False


@dataclass(frozen=True, slots=True)
class StreamChange:
    """A stream's changed fields; None leaves one unchanged."""

    name: str | None = None
    slug: str | None = None
    source: Source | None = None
    buffer_s: int | None = None
    visibility: Visibility | None = None
    allow_capture: bool | None = None


@dataclass(frozen=True, slots=True)
class Watch:
    """Access to watch a stream: for a member, or for anybody if it is public or unlisted.

    URLs are absolute; they contain the viewer token, if needed, which lasts an hour: request new
    ones before `expires_at`. `{us}.jpg?w=160` or `latest.jpg` is appended to `frame_url`.
    """

    stream: Stream
    hls_url: str
    status_url: str
    frame_url: str
    may_capture: bool
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class StreamRef:
    """The stream of a capture; the name stays when the stream is deleted."""

    id: str
    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class PublicStream:
    """The public view of a public or unlisted stream at `/live/{slug}`."""

    url: str
    organization_name: str
    watch: Watch
    is_listed: bool  # unlisted ones ask crawlers to stay away
