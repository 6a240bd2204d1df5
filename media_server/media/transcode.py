"""Turns any video into H.264 that every player supports: no B-frames, a keyframe every 2 s."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType

from domain.core.upright import Upright, quarters_of
from media_server.media.colour import TV, Colour, colour_of
from media_server.media.h264 import Converter
from media_server.media.packet import VideoParams
from media_server.media.ticks import SourcePacket

CLOCK = Fraction(1, 90000)  # of the output
PROFILE = 100  # of the output: high, by its H.264 number
_KEY_TICKS = 2 * 90000
_MOST_FPS = Fraction(60)
_MOST_PIXELS = 8192 * 4352  # 8K; a picture of any size is decoded in this process


class _Form(NamedTuple):
    width: int
    height: int
    aspect: Fraction
    colour: Colour


class TranscodedVideo:
    """Decodes any video and encodes it as H.264 without B-frames, with a keyframe every 2 s.

    Frames before `shows_from` (on the output's clock) are decoded only. The output is upright and
    progressive, with the source's colours and pixel aspect; `aspect` is the container's, `fps`
    the rate that the source declares.
    """

    def __init__(
        self,
        decoder: VideoCodecContext,
        time_base: Fraction,
        *,
        aspect: Fraction | None = None,
        fps: float = 0.0,
    ) -> None:
        self._decoder = decoder
        self._aspect = aspect
        self._upright = Upright(time_base)
        self._decoder.thread_type = "SLICE"  # frame threads would add delay
        self._decoder.options = {**self._decoder.options, "max_pixels": str(_MOST_PIXELS)}
        self._time_base = time_base
        self._encoder: VideoCodecContext | None = None
        self._form: _Form | None = None
        self._converter = Converter(fps=fps)
        self._last_key: int | None = None
        self._last_pts: int | None = None
        self._usual = 3600
        self.shows_from: int | None = None

    @property
    def params(self) -> VideoParams | None:
        """The encoder's parameters, from its first frame on."""
        return self._converter.params

    def feed(self, packet: "av.Packet[Any]") -> Iterator[SourcePacket]:
        """Yield the frames that a packet completes."""
        for decoded in self._decoder.decode(packet):
            for picture in self._upright.filter(decoded):
                yield from self._encode(picture, is_turned=quarters_of(decoded) % 2 == 1)

    def skip(self, packet: "av.Packet[Any]") -> None:
        """Decode a packet that later ones need, without output."""
        self._decoder.decode(packet)

    def ask_keyframe(self) -> None:
        """Make the next frame a keyframe; callable from any thread."""
        self._last_key = None

    def _encode(self, picture: av.VideoFrame, *, is_turned: bool) -> Iterator[SourcePacket]:
        if picture.pts is None:
            return
        pts = round(picture.pts * (picture.time_base or self._time_base) / CLOCK)
        if self.shows_from is not None and pts < self.shows_from:
            return
        self.shows_from = None
        if self._last_pts is not None:
            if pts == self._last_pts:
                return
            self._usual = pts - self._last_pts if 0 < pts - self._last_pts < 90000 else self._usual
        form = self._form_of(picture, is_turned=is_turned)
        encoder = self._encoder
        if encoder is None or form != self._form:
            encoder = self._begin(form)
        restarts = self._last_pts is not None and pts < self._last_pts
        due = self._last_key is None or pts - self._last_key >= _KEY_TICKS or restarts
        if restarts:
            encoder = self._begin(form)  # an encoder's time never decreases
        made = picture.reformat(
            width=form.width,
            height=form.height,
            format="yuv420p",
            src_colorspace=form.colour.swscale_matrix,
            dst_colorspace=form.colour.swscale_matrix,
            src_color_range=form.colour.libav_range,
            dst_color_range=TV,
        )
        made.pts, made.time_base = pts, CLOCK
        made.pict_type = PictureType.I if due else PictureType.NONE
        self._last_key = pts if due else self._last_key
        self._last_pts = pts
        for packet in encoder.encode(made):
            data, is_key = self._converter.convert(bytes(packet))
            time = packet.pts or 0
            yield SourcePacket("video", time, time, self._usual, CLOCK, is_key, data)

    def _form_of(self, picture: av.VideoFrame, *, is_turned: bool) -> "_Form":
        aspect = self._aspect or self._decoder.sample_aspect_ratio or Fraction(1)
        return _Form(
            picture.width & ~1,
            picture.height & ~1,
            1 / aspect if is_turned else aspect,
            colour_of(picture),
        )

    def _begin(self, form: "_Form") -> VideoCodecContext:
        encoder = av.CodecContext.create("libx264", "w")
        encoder.width, encoder.height, encoder.pix_fmt = form.width, form.height, "yuv420p"
        encoder.time_base, encoder.sample_aspect_ratio = CLOCK, form.aspect
        encoder.framerate = _MOST_FPS  # else the ticks are the rate: no phone has such a level
        encoder.color_primaries, encoder.color_trc = form.colour.primaries, form.colour.transfer
        encoder.colorspace, encoder.color_range = form.colour.matrix, TV
        encoder.options = {
            "preset": "veryfast",
            "tune": "zerolatency",
            "crf": "23",
            "profile": "high",
            "x264-params": "bframes=0:keyint=infinite:scenecut=0:sliced-threads=0:threads=1:"
            "vbv-maxrate=6000:vbv-bufsize=6000",
        }
        encoder.open()
        self._encoder, self._form, self._last_key = encoder, form, None
        return encoder
