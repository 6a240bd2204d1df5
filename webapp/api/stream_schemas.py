"""Streams in wire format."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from domain.core.time import from_us
from domain.live.models import NewStream, Source, Stream, StreamChange, Watch
from domain.live.wire import Figures, State
from webapp.api.schemas import In, Instant, Out, Page, instant

Visibility = Literal["private", "organization", "unlisted", "public"]


class SourceIn(In, frozen=True, kw_only=True):
    """A stream's source: published to us, pulled by us, or generated here."""

    kind: Literal["push", "pull", "demo"]
    url: Annotated[str, Meta(examples=["rtsp://camera.lan/stream1"])] | None = None


class StreamIn(In, frozen=True, kw_only=True):
    """A new stream."""

    name: Annotated[str, Meta(examples=["Garden"])]
    slug: Annotated[str, Meta(examples=["garden"])] | None = None
    source: SourceIn | None = None
    buffer_s: Annotated[int, Meta(description="Rewind time in seconds, 10 to 3600.")] = 120
    visibility: Visibility = "organization"
    allow_capture: bool = False


class StreamPatch(In, frozen=True, kw_only=True):
    """Changes; omitted fields stay unchanged."""

    name: str | None = None
    slug: str | None = None
    source: SourceIn | None = None
    buffer_s: int | None = None
    visibility: Visibility | None = None
    allow_capture: bool | None = None


class SourceOut(Out, frozen=True, kw_only=True):
    """A stream's source; only owners and admins see the credentials in a pull's URL."""

    kind: str
    url: str | UnsetType | None = UNSET


class WindowOut(Out, frozen=True, kw_only=True):
    """The buffered span, [start, end)."""

    start: Instant
    end: Instant


class VideoOut(Out, frozen=True, kw_only=True):
    """The video track."""

    codec: Annotated[str, Meta(examples=["h264"])]
    width: int
    height: int
    fps: float
    bitrate_kbps: int


class AudioOut(Out, frozen=True, kw_only=True):
    """The audio track."""

    codec: Annotated[str, Meta(examples=["aac"])]
    sample_rate: int
    channels: int


class MediaOut(Out, frozen=True, kw_only=True):
    """A stream's outgoing tracks."""

    video: VideoOut | None
    audio: AudioOut | None


class HealthOut(Out, frozen=True, kw_only=True):
    """Counters of a running stream."""

    ring_bytes: int
    corrupt_packets: int
    dropped_packets: int
    discontinuities: int
    reconnects: int


class StreamOut(Out, frozen=True, kw_only=True):
    """A stream with its current status. Only callers who may publish get the publishing fields."""

    id: Annotated[str, Meta(examples=["stream_01jdk2v7w8x9y0z1a2b3c4d5e6"])]
    name: str
    slug: str
    source: SourceOut
    buffer_s: int
    visibility: str
    allow_capture: bool
    status: Annotated[str, Meta(examples=["live"])]
    error: str | None
    state: State
    reason: Annotated[str | None, Meta(description="Why it is unhealthy.")]
    since: Annotated[
        Instant | None, Meta(description="When it went on or off air; null: never on air.")
    ]
    last_on_air: Instant | None
    window: WindowOut | None
    media: MediaOut
    viewers: int
    hls_url: str
    whep_url: str | None
    poster_url: str
    health: HealthOut | None
    created_at: Instant
    created_by: str | None
    publish_key: str | UnsetType = UNSET
    whip_url: str | UnsetType | None = UNSET
    rtmp_url: str | UnsetType | None = UNSET


class StreamPage(Page, frozen=True, kw_only=True):
    """One page of streams, by name; a large total is an estimate, and says so."""

    items: list[StreamOut]
    total_is_estimate: bool | UnsetType = UNSET


class WatchOut(Out, frozen=True, kw_only=True):
    """Access to watch, for about an hour: request it again before `expires_at`.

    A still of any buffered instant is at `frame_url` + `{microseconds}.jpg?w=160`, the newest at
    `frame_url` + `latest.jpg`.
    """

    stream: StreamOut
    hls_url: str
    status_url: str
    frame_url: str
    may_capture: bool
    expires_at: Instant | None


class FiguresOut(Out, frozen=True, kw_only=True):
    """A stream's health at an instant."""

    at: Instant
    bitrate_kbps: int
    fps: float
    keyframe_interval_ms: int
    loss_percent: Annotated[float, Meta(description="Of a WebRTC publisher, on the network.")]
    rtt_ms: float
    viewers: int
    buffer_ms: int


class HistoryOut(Out, frozen=True, kw_only=True):
    """A stream's health over the last minutes, oldest first."""

    items: list[FiguresOut]


def figures_out(figures: Figures) -> FiguresOut:
    """Return one sample in wire format."""
    return FiguresOut(
        at=instant(from_us(figures.at_us)) or "",
        bitrate_kbps=figures.bitrate_kbps,
        fps=figures.fps,
        keyframe_interval_ms=figures.keyframe_interval_ms,
        loss_percent=figures.loss_percent,
        rtt_ms=figures.rtt_ms,
        viewers=figures.viewers,
        buffer_ms=figures.buffer_ms,
    )


def stream_out(stream: Stream) -> StreamOut:
    """Return a stream in wire format."""
    publishing = stream.publishing
    return StreamOut(
        id=stream.id,
        name=stream.name,
        slug=stream.slug,
        source=SourceOut(
            kind=stream.source.kind,
            url=stream.source.url if stream.source.kind == "pull" else UNSET,
        ),
        buffer_s=stream.buffer_s,
        visibility=stream.visibility,
        allow_capture=stream.allow_capture,
        status=stream.status,
        error=stream.error,
        state=stream.state,
        reason=stream.reason,
        since=instant(stream.since),
        last_on_air=instant(stream.last_on_air),
        window=_window(stream),
        media=_media(stream),
        viewers=stream.viewers,
        hls_url=stream.hls_url,
        whep_url=stream.whep_url,
        poster_url=stream.poster_url,
        health=msgspec.convert(stream.health, HealthOut, from_attributes=True)
        if stream.health
        else None,
        created_at=instant(stream.created_at) or "",
        created_by=stream.created_by,
        publish_key=publishing.publish_key if publishing else UNSET,
        whip_url=publishing.whip_url if publishing else UNSET,
        rtmp_url=publishing.rtmp_url if publishing else UNSET,
    )


def _window(stream: Stream) -> WindowOut | None:
    if stream.window is None:
        return None
    return WindowOut(start=instant(stream.window.start) or "", end=instant(stream.window.end) or "")


def _media(stream: Stream) -> MediaOut:
    return MediaOut(
        video=msgspec.convert(stream.video, VideoOut, from_attributes=True)
        if stream.video
        else None,
        audio=msgspec.convert(stream.audio, AudioOut, from_attributes=True)
        if stream.audio
        else None,
    )


def watch_out(watch: Watch) -> WatchOut:
    """Return watch access in wire format."""
    return WatchOut(
        stream=stream_out(watch.stream),
        hls_url=watch.hls_url,
        status_url=watch.status_url,
        frame_url=watch.frame_url,
        may_capture=watch.may_capture,
        expires_at=instant(watch.expires_at),
    )


def new_stream(data: StreamIn) -> NewStream:
    """Return a body's new stream; without a source, it is a push stream."""
    return NewStream(
        name=data.name,
        source=_source(data.source) or Source("push"),
        slug=data.slug,
        buffer_s=data.buffer_s,
        visibility=data.visibility,
        allow_capture=data.allow_capture,
    )


def stream_change(data: StreamPatch) -> StreamChange:
    """Return a body's changes to a stream."""
    return StreamChange(
        name=data.name,
        slug=data.slug,
        source=_source(data.source),
        buffer_s=data.buffer_s,
        visibility=data.visibility,
        allow_capture=data.allow_capture,
    )


def _source(source: SourceIn | None) -> Source | None:
    return None if source is None else Source(source.kind, source.url)
