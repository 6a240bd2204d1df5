"""The messages between the domain and the media nodes, declared once.

Control routes have their own listener and need `Authorization: Bearer` with the internal key.
Bodies are JSON; a cut or a still returns the media as the body and its description as JSON in the
`X-Moments-Meta` header.

    GET    /control/status                        -> NodeStatus
    POST   /control/reconcile                     -> 204, the node reads its streams anew at once
    POST   /control/drain                         -> 202, it gives them to others and then ends
    GET    /control/streams/{stream_id}           -> StreamStatus
    GET    /control/streams/{stream_id}/figures   -> History
    POST   /control/streams/{stream_id}/restart   -> 204, it opens its source anew, unless on air
    POST   /control/streams/{stream_id}/still     StillRequest -> image, StillMeta
    POST   /control/streams/{stream_id}/cut       CutRequest -> video/mp4, CutMeta
    POST   /control/streams/{stream_id}/recordings RecordRequest -> Recording (start on disk)
    GET    /control/recordings/{recording_id}     -> Recording
    GET    /control/recordings/{recording_id}/media -> video/mp4, CutMeta (finished ones)
    DELETE /control/recordings/{recording_id}     -> 204
    POST   /control/files/trim                    mp4, TrimRequest in a header -> video/mp4, CutMeta
    POST   /control/files/still                   mp4, FileStillRequest likewise -> image, StillMeta

The last two work on a finished file, sent to any node as the body, with the request as JSON in the
`X-Moments-Request` header.

Instants are integer microseconds since the Unix epoch (`_us`), on the stream's timeline.
`by_visitor` marks a request of an anonymous visitor, which the node allows if its own config of the
stream does (`allow_capture`, and public). A refusal is `WireError` with a code of
`domain.core.errors` and the same status as the API's.
"""

from typing import Literal

import msgspec

META_HEADER = "X-Moments-Meta"
REQUEST_HEADER = "X-Moments-Request"

Status = Literal["live", "connecting", "offline", "error"]
State = Literal["never_on_air", "connecting", "off_air", "error", "unsteady", "healthy"]
ImageFormat = Literal["jpeg", "png", "webp"]


class Wire(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of the messages: immutable, unknown fields ignored so that versions can differ."""


class VideoInfo(Wire, frozen=True, kw_only=True):
    """A stream's outgoing video track."""

    codec: str
    width: int
    height: int
    fps: float
    bitrate_kbps: int


class AudioInfo(Wire, frozen=True, kw_only=True):
    """A stream's outgoing audio track."""

    codec: str
    sample_rate: int
    channels: int


class Window(Wire, frozen=True, kw_only=True):
    """The buffered span, [start, end)."""

    start_us: int
    end_us: int


class IngestInfo(Wire, frozen=True, kw_only=True):
    """A publisher's connection statistics; counts are since it connected."""

    protocol: str  # as users know it: `WHIP`, `RTMP`
    codec: str  # the video as received, before any transcoding
    way: str = ""  # how packets are read from the library: `tap`, or `receiver`, the slower one
    packets: int = 0
    lost_packets: int = 0  # neither retransmitted nor recovered otherwise
    recovered_packets: int = 0
    loss_percent: float = 0.0  # on the network, over the last seconds
    jitter_ms: float = 0.0
    rtt_ms: float = 0.0
    keyframe_requests: int = 0
    bandwidth_kbps: int = 0  # as estimated; 0 is unknown


class StreamStatus(Wire, frozen=True, kw_only=True):
    """One stream's current run on a node."""

    stream_id: str
    status: Status
    error: str | None = None
    window: Window | None = None
    video: VideoInfo | None = None
    audio: AudioInfo | None = None
    viewers: int = 0
    state: State = "connecting"  # for people: see `domain.live.states`
    reason: str | None = None  # of an unhealthy state
    since_us: int | None = None  # when it went on or off air; None: it was never on air
    last_on_air_us: int | None = None
    ring_bytes: int = 0
    corrupt_packets: int = 0
    dropped_packets: int = 0
    discontinuities: int = 0  # timeline discontinuities
    format_changes: int = 0  # without a discontinuity
    reconnects: int = 0
    keyframe_interval_ms: int = 0
    ingest: IngestInfo | None = None  # None without a publisher, and for pulled sources

    def for_visitors(self) -> "StreamStatus":
        """Return the public part: that the source is away, but not what or where it is.

        The publisher's connection and the node's buffer are private too.
        """
        error = self.error and "The stream's source is away. It resumes when the source is back."
        reason = self.reason if self.status == "live" else error
        return msgspec.structs.replace(self, error=error, reason=reason, ingest=None, ring_bytes=0)


class NodeStatus(Wire, frozen=True, kw_only=True):
    """A node and all that runs on it."""

    node_id: str
    now_us: int
    streams: list[StreamStatus]


class Figures(Wire, frozen=True, kw_only=True):
    """A stream's health at an instant."""

    at_us: int
    bitrate_kbps: int = 0
    fps: float = 0.0
    keyframe_interval_ms: int = 0
    loss_percent: float = 0.0  # of a WebRTC publisher, on the network
    rtt_ms: float = 0.0
    viewers: int = 0
    buffer_ms: int = 0  # the seconds that can be rewound


class History(Wire, frozen=True, kw_only=True):
    """A stream's health over the last minutes, oldest first."""

    stream_id: str
    every_s: int
    figures: list[Figures]


class StillRequest(Wire, frozen=True, kw_only=True):
    """The frame shown at an instant; `None` is the newest frame."""

    at_us: int | None = None
    format: ImageFormat = "jpeg"
    max_width: int | None = None  # None: full resolution
    by_visitor: bool = False
    is_preview: bool = False  # captures are first
    key_until_us: int | None = None  # a keyframe before that will do: it costs one frame, not a GOP


class StillMeta(Wire, frozen=True, kw_only=True):
    """The still in a body."""

    at_us: int  # the presentation time of the actual frame
    width: int
    height: int
    mime_type: str


class FilmMeta(Wire, frozen=True, kw_only=True):
    """The still of a file in a body, with the size and the length of the file's video."""

    width: int
    height: int
    duration_ms: int | None
    mime_type: str


class CutRequest(Wire, frozen=True, kw_only=True):
    """A span inside the window, or its last milliseconds."""

    start_us: int | None = None
    end_us: int | None = None
    last_ms: int | None = None
    by_visitor: bool = False


class CutMeta(Wire, frozen=True, kw_only=True):
    """The clip in a body: the requested span and the span of its frames."""

    start_us: int
    end_us: int
    duration_ms: int
    width: int
    height: int
    has_video: bool
    has_audio: bool
    complete: bool = True
    reason: str | None = None  # why it is shorter than requested


class TrimRequest(Wire, frozen=True, kw_only=True):
    """A sub-range of the mp4 in the body, [start, end), on its presentation timeline.

    `origin_us` is the instant of the file's first frame; the answer's `CutMeta` counts from there.
    """

    start_us: int
    end_us: int
    origin_us: int


class CutsRequest(Wire, frozen=True, kw_only=True):
    """Several sub-ranges of the video file in the body, [start, end) in microseconds.

    The answer has a part for each, in order: the length of a `CutPart` as JSON (4 bytes, big
    endian), the JSON, the length of the clip (8 bytes), the clip.
    """

    spans: list[tuple[int, int]]


class CutPart(Wire, frozen=True, kw_only=True):
    """One of several cuts: a clip, or why there is none."""

    meta: CutMeta | None = None
    refusal: "WireError | None" = None


class FileStillRequest(Wire, frozen=True, kw_only=True):
    """The frame that the video file in the body shows at a time from its start."""

    at_us: int = 0
    format: ImageFormat = "jpeg"
    max_width: int | None = None


class RecordRequest(Wire, frozen=True, kw_only=True):
    """A span that starts in the window (or, with `wait`, after it) and ends later."""

    recording_id: str
    start_us: int
    end_us: int
    wait: bool = False
    by_visitor: bool = False


class Recording(Wire, frozen=True, kw_only=True):
    """A recording on the node's disk, with its progress."""

    recording_id: str
    stream_id: str
    status: Literal["recording", "ready", "failed"]
    start_us: int
    end_us: int
    held_until_us: int | None = None
    error: str | None = None


class StreamConfig(Wire, frozen=True, kw_only=True):
    """What a node needs to run a stream: read from the database, cached while it is unreachable."""

    stream_id: str
    organization_id: str
    name: str
    slug: str
    kind: Literal["push", "pull", "demo"]
    url: str | None
    buffer_s: int
    visibility: Literal["private", "organization", "unlisted", "public"]
    allow_capture: bool
    publish_key_version: int = 1
    on_air_us: int | None = None  # its last time on air, as reported by the node


class WireError(Wire, frozen=True, kw_only=True):
    """A refusal."""

    error: str
    code: str
    fields: dict[str, str] | None = None
