"""A publisher's video: turns RTP frames into H.264 samples, transcoded if needed."""

import contextlib
from base64 import b64decode
from collections.abc import Callable

import av

from domain.core.errors import UnsupportedMedia
from media_server.ingest.webrtc.payload_av1 import av1_frame, av1_starts
from media_server.ingest.webrtc.payload_h264 import nal_units, starts
from media_server.ingest.webrtc.payload_vpx import vp8_frame, vp8_starts, vp9_frame, vp9_starts
from media_server.media.h264 import Converter, UnplayableH264, split_annexb
from media_server.media.keyframes import is_keyframe
from media_server.media.packet import VideoParams
from media_server.relay.transcoder import OnUnit, Transcoder

STARTS: dict[str, Callable[[bytes], bool]] = {
    "h264": starts,
    "vp8": vp8_starts,
    "vp9": vp9_starts,
    "av1": av1_starts,
}
_START_CODE = b"\0\0\0\1"


def _h264_frame(payloads: list[bytes]) -> tuple[bytes, bool]:
    units = nal_units(payloads)
    return b"".join(part for unit in units for part in (_START_CODE, unit)), is_keyframe(units)


_FRAMES = {"vp8": vp8_frame, "vp9": vp9_frame, "av1": av1_frame, "h264": _h264_frame}
_DECODERS = {"vp8": "vp8", "vp9": "vp9", "av1": "libdav1d", "h264": "h264"}


class H264Passthrough:
    """H.264, only repackaged.

    Raises:
        UnplayableH264: Phones cannot play it; `convert` and `frame` raise it too.
    """

    def __init__(self, sets: str | None) -> None:
        self._converter = Converter(_parameter_sets(sets))

    @property
    def params(self) -> VideoParams | None:
        """The parameter sets in use."""
        return self._converter.params

    def convert(self, payloads: list[bytes]) -> tuple[bytes, bool]:
        """Return a sample and whether decoding can start with it.

        Raises:
            UnsupportedMedia: The frame is damaged.
        """
        return self._converter.sample(nal_units(payloads))

    def frame(self, data: bytes) -> tuple[bytes, bool]:
        """Convert a byte stream (Annex B) likewise.

        Raises:
            UnsupportedMedia: The frame is damaged.
        """
        return self._converter.convert(data)


class TranscodedVideo:
    """Other video, transcoded in a thread and returned by callback.

    `sets` are the `sprop-parameter-sets` of H.264.
    """

    def __init__(
        self,
        codec: str,
        on_unit: OnUnit,
        on_damage: Callable[[], None],
        sets: str | None = None,
    ) -> None:
        self._codec, self._unpack = codec, _FRAMES[codec]
        decoder = av.CodecContext.create(_DECODERS[codec], "r")
        assert isinstance(decoder, av.VideoCodecContext)  # noqa: S101 (by the table above)
        decoder.extradata = _parameter_sets(sets)
        self._transcoder = Transcoder(codec, decoder, on_unit, on_damage)

    def convert(self, payloads: list[bytes]) -> tuple[bytes, bool]:
        """Return a frame and whether decoding can start with it.

        Raises:
            UnsupportedMedia: The frame is damaged.
        """
        return self._unpack(payloads)

    def frame(self, data: bytes) -> tuple[bytes, bool]:
        """Return an assembled frame (VP8, or H.264 as Annex B), and whether it is a keyframe."""
        if self._codec == "h264":
            return data, is_keyframe(split_annexb(data))
        return data, bool(data) and not data[0] & 1

    def feed(self, time_us: int, data: bytes) -> bool:
        """Queue a frame; False if the machine is too slow and it was dropped."""
        return self._transcoder.feed(time_us, data)

    def close(self) -> None:
        """Stop the thread soon."""
        self._transcoder.close()


def _parameter_sets(sets: str | None) -> bytes | None:
    """Return `sprop-parameter-sets` (RFC 6184, 8.1) as a byte stream; None if invalid."""
    if not sets:
        return None
    try:
        data = b"".join(_START_CODE + b64decode(each, validate=True) for each in sets.split(","))
        with contextlib.suppress(UnplayableH264):
            Converter(data)
    except (ValueError, IndexError, UnsupportedMedia):
        return None
    return data
