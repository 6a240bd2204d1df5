"""The video line of a pulled source: H.264 passes through, anything else becomes H.264."""

from collections.abc import Iterator
from fractions import Fraction

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType
from av.video.stream import VideoStream

from domain.core.errors import UnsupportedMedia
from media_server.ingest.unit import AvPacket, Line, Unit
from media_server.media.h264 import Converter
from media_server.media.packet import VideoParams

_CLOCK = Fraction(1, 90000)
_KEY_TICKS = 2 * 90000


def video_line(stream: VideoStream) -> Line[VideoParams]:
    """Return the line for a stream of a source."""
    if stream.codec_context.name == "h264":
        try:
            return PassedVideo(stream)
        except UnsupportedMedia:
            pass  # of a kind that browsers do not play
    return TranscodedVideo(stream.codec_context, stream.time_base or _CLOCK)


class PassedVideo:
    """H.264, untouched but for its packaging; B-frames included."""

    def __init__(self, stream: VideoStream) -> None:
        self._stream = stream
        self._time_base = stream.time_base or _CLOCK
        rate = stream.average_rate or stream.guessed_rate
        self._fps = float(rate) if rate and 0 < rate < 300 else 0.0
        self._converter = Converter(stream.codec_context.extradata, fps=self._fps)
        self._usual = int(1 / (self._fps or 25) / self._time_base)

    @property
    def params(self) -> VideoParams | None:
        """The parameter sets in use."""
        return self._converter.params

    def feed(self, packet: AvPacket) -> Iterator[Unit]:
        """Give the packet as a sample."""
        if packet.has_sidedata("new_extradata"):
            declared = bytes(packet.get_sidedata("new_extradata"))
            self._converter = Converter(declared, fps=self._fps)
        data, is_key = self._converter.convert(bytes(packet))
        duration = packet.duration or self._usual
        yield Unit("video", packet.pts, packet.dts, duration, self._time_base, is_key, data)


class TranscodedVideo:
    """Any video, decoded and encoded as H.264 without B-frames, a keyframe every 2 s.

    libav decodes and encodes without holding Python's lock, and the pull's thread runs at a lower
    priority, so the node's event loop does not wait for it.
    """

    def __init__(self, decoder: VideoCodecContext, time_base: Fraction) -> None:
        self._decoder = decoder
        self._decoder.thread_type = "SLICE"  # frame threads would add delay
        self._time_base = time_base
        self._encoder: VideoCodecContext | None = None
        self._converter = Converter()
        self._last_key: int | None = None
        self._last_pts: int | None = None
        self._usual = 3600

    @property
    def params(self) -> VideoParams | None:
        """What the encoder says, from its first picture on."""
        return self._converter.params

    def feed(self, packet: AvPacket) -> Iterator[Unit]:
        """Give the pictures that a packet completes."""
        for picture in self._decoder.decode(packet):
            yield from self._encode(picture)

    def _encode(self, picture: av.VideoFrame) -> Iterator[Unit]:
        if picture.pts is None:
            return
        pts = round(picture.pts * (picture.time_base or self._time_base) / _CLOCK)
        if self._last_pts is not None:
            if pts == self._last_pts:
                return
            self._usual = pts - self._last_pts if 0 < pts - self._last_pts < 90000 else self._usual
        width, height = picture.width & ~1, picture.height & ~1
        encoder = self._encoder
        if encoder is None or (encoder.width, encoder.height) != (width, height):
            encoder = self._begin(width, height)
        restarts = self._last_pts is not None and pts < self._last_pts
        due = self._last_key is None or pts - self._last_key >= _KEY_TICKS or restarts
        if restarts:
            encoder = self._begin(width, height)  # an encoder's time never goes back
        made = picture.reformat(width=width, height=height, format="yuv420p")
        made.pts, made.time_base = pts, _CLOCK
        made.pict_type = PictureType.I if due else PictureType.NONE
        self._last_key = pts if due else self._last_key
        self._last_pts = pts
        for packet in encoder.encode(made):
            data, is_key = self._converter.convert(bytes(packet))
            time = packet.pts or 0
            yield Unit("video", time, time, self._usual, _CLOCK, is_key, data)

    def _begin(self, width: int, height: int) -> VideoCodecContext:
        encoder = av.CodecContext.create("libx264", "w")
        encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
        encoder.time_base = _CLOCK
        encoder.options = {
            "preset": "veryfast",
            "tune": "zerolatency",
            "crf": "23",
            "profile": "high",
            "x264-params": "bframes=0:keyint=infinite:scenecut=0:sliced-threads=0:threads=1:"
            "vbv-maxrate=6000:vbv-bufsize=6000",
        }
        encoder.open()
        self._encoder, self._last_key = encoder, None
        return encoder
