"""The video track of a pulled source: H.264 passes through, anything else becomes H.264."""

from collections.abc import Iterator
from fractions import Fraction

from av.video.stream import VideoStream

from domain.core.errors import UnsupportedMedia
from media_server.ingest.unit import AvPacket, Track, Unit
from media_server.media.h264 import Converter
from media_server.media.packet import VideoParams
from media_server.media.transcode import TranscodedVideo

_CLOCK = Fraction(1, 90000)


def video_track(stream: VideoStream, *, is_untimed: bool = False) -> Track[VideoParams]:
    """Return the track for a source's stream; without timestamps, its frame rate is unknown."""
    if stream.codec_context.name == "h264":
        try:
            return PassedVideo(stream, is_untimed=is_untimed)
        except UnsupportedMedia:
            pass  # of a kind that browsers cannot play
    return TranscodedVideo(stream.codec_context, stream.time_base or _CLOCK)


class PassedVideo:
    """H.264, only repackaged; B-frames included."""

    def __init__(self, stream: VideoStream, *, is_untimed: bool = False) -> None:
        self._time_base = stream.time_base or _CLOCK
        rate = None if is_untimed else stream.average_rate or stream.guessed_rate
        self._fps = float(rate) if rate and 0 < rate < 300 else 0.0
        self._converter = Converter(stream.codec_context.extradata, fps=self._fps)
        self._usual = int(1 / (self._fps or 25) / self._time_base)

    @property
    def params(self) -> VideoParams | None:
        """The parameter sets in use."""
        return self._converter.params

    def feed(self, packet: AvPacket) -> Iterator[Unit]:
        """Yield the packet as a sample."""
        if packet.has_sidedata("new_extradata"):
            declared = bytes(packet.get_sidedata("new_extradata"))
            self._converter = Converter(declared, fps=self._fps)
        data, is_key = self._converter.convert(bytes(packet))
        duration = packet.duration or self._usual
        yield Unit("video", packet.pts, packet.dts, duration, self._time_base, is_key, data)
