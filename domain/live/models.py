"""What streams look like to the faces: immutable values, no rows.

Events (`Events.publish`) of this room carry `{"id": …}` and, where it changed, `"status"`:
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
    """Where a stream's media comes from; a pull has a URL (masked but for owners and admins)."""

    kind: SourceKind
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Publishing:
    """How to send media into a push stream; shown to the stream's maker and admins only.

    The key is the bearer token of a WHIP request.
    """

    publish_key: str
    whip_url: str | None = None
    rtmp_url: str | None = None


@dataclass(frozen=True, slots=True)
class Stream:
    """A durable channel and, where its node answers, how its run looks now."""

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
    error: str | None  # a sentence, when the status is `error` or `offline` for a known reason
    state: State
    reason: str | None  # of a state that is not well
    since: datetime | None  # when it went on air, or off air; None: it never was on air
    last_on_air: datetime | None
    window: Span | None
    video: VideoInfo | None
    audio: AudioInfo | None
    viewers: int
    hls_url: str
    publishing: Publishing | None  # None for who may not publish
    whep_url: str | None = None
    poster_url: str = ""  # the newest frame as a small JPEG, with the right to see it
    health: "Health | None" = None


@dataclass(frozen=True, slots=True)
class Health:
    """Counters of a stream's run on its node."""

    ring_bytes: int
    corrupt_packets: int
    dropped_packets: int
    discontinuities: int
    reconnects: int


@dataclass(frozen=True, slots=True)
class NewStream:
    """What a stream is made of; the slug is made from the name where it is left out."""

    name: str
    source: Source = field(default_factory=lambda: Source("push"))
    slug: str | None = None
    buffer_s: int = 120
    visibility: Visibility = "organization"
    allow_capture: bool = False


@dataclass(frozen=True, slots=True)
class StreamChange:
    """What to change of a stream; None leaves a thing as it is."""

    name: str | None = None
    slug: str | None = None
    source: Source | None = None
    buffer_s: int | None = None
    visibility: Visibility | None = None
    allow_capture: bool | None = None


@dataclass(frozen=True, slots=True)
class Watch:
    """The right to watch a stream: for a member, or for anybody when it is public or unlisted.

    URLs are absolute; the viewer token, where one is needed, is inside them and lasts an hour:
    ask again before `expires_at`. `frame_url` is what `{us}.jpg?w=160` or `latest.jpg` follows.
    """

    stream: Stream
    hls_url: str
    status_url: str
    frame_url: str
    may_capture: bool
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class StreamRef:
    """Which stream something was captured from; the name stays when the stream is deleted."""

    id: str
    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class PublicStream:
    """What anybody sees of a public or unlisted stream at `/live/{slug}`."""

    url: str
    organization_name: str
    watch: Watch
    is_listed: bool  # unlisted ones ask crawlers to stay away
