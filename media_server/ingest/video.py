"""The video track of a pulled source: H.264 passes through, anything else becomes H.264."""

import contextlib
from collections.abc import Iterator
from fractions import Fraction
from functools import partial

import av
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from domain.core.upright import quarters_of
from media_server.ingest.unit import AvPacket, Track, Unit
from media_server.media.h264 import Converter, UnplayableH264
from media_server.media.packet import VideoParams
from media_server.media.transcode import TranscodedVideo

_CLOCK = Fraction(1, 90000)


def video_track(stream: VideoStream, *, is_untimed: bool = False) -> Track[VideoParams]:
    """Return the track for a source's stream; without timestamps, its frame rate is unknown."""
    rate = None if is_untimed else stream.average_rate or stream.guessed_rate
    fps = float(rate) if rate and 0 < rate < 300 else 0.0
    if stream.codec_context.name == "h264":
        with contextlib.suppress(UnplayableH264):
            return PassedVideo(stream, fps)
    return _transcoded(stream, fps)


def _transcoded(stream: VideoStream, fps: float) -> TranscodedVideo:
    return TranscodedVideo(
        stream.codec_context,
        stream.time_base or _CLOCK,
        aspect=stream.sample_aspect_ratio,
        fps=fps,
    )


class PassedVideo:
    """H.264, only repackaged, B-frames included; transcoded once phones could not play it.

    Raises:
        UnplayableH264: That is so from the start.
    """

    def __init__(self, stream: VideoStream, fps: float = 0.0) -> None:
        self._transcoded: TranscodedVideo | None = None
        self._transcode = partial(_transcoded, stream, fps)
        self._time_base = stream.time_base or _CLOCK
        self._converter = Converter(
            stream.codec_context.extradata, fps=fps or None, aspect=_aspect_of(stream)
        )
        # Only files of this family say how a camera was held; a decoded frame knows.
        self._turned_by = stream.codec_context if "mov" in stream.container.format.name else None
        self._quarters = 0
        self._usual = int(1 / (fps or 25) / self._time_base)

    @property
    def params(self) -> VideoParams | None:
        """The parameter sets in use."""
        return (self._transcoded or self._converter).params

    def feed(self, packet: AvPacket) -> Iterator[Unit]:
        """Yield the packet as a sample."""
        if self._transcoded is None:
            try:
                yield self._passed(packet)
                return
            except UnplayableH264:
                self._transcoded = self._transcode()
        yield from self._transcoded.feed(packet)

    def _passed(self, packet: AvPacket) -> Unit:
        if packet.has_sidedata("new_extradata"):
            declared = bytes(packet.get_sidedata("new_extradata"))
            self._converter.declare(declared)
        data, is_key = self._converter.convert(bytes(packet))
        if is_key and self._turned_by is not None:
            self._quarters = _quarters(self._turned_by, packet)
            self._turned_by = None
        self._converter.turn(self._quarters)
        duration = packet.duration or self._usual
        return Unit("video", packet.pts, packet.dts, duration, self._time_base, is_key, data)


def _aspect_of(stream: VideoStream) -> tuple[int, int] | None:
    aspect = stream.sample_aspect_ratio
    return (aspect.numerator, aspect.denominator) if aspect and aspect != 1 else None


def _quarters(decoder: VideoCodecContext, packet: AvPacket) -> int:
    with contextlib.suppress(av.FFmpegError):
        for frame in [*decoder.decode(packet), *decoder.decode(None)]:
            return quarters_of(frame)
    return 0
