"""A publisher's video: turns RTP frames into H.264 samples, transcoded if needed."""

from base64 import b64decode
from collections.abc import Callable

import av

from domain.core.errors import UnsupportedMedia
from media_server.ingest.webrtc.payload_av1 import av1_frame, av1_starts
from media_server.ingest.webrtc.payload_h264 import nal_units, starts
from media_server.ingest.webrtc.payload_vpx import vp8_frame, vp8_starts, vp9_frame, vp9_starts
from media_server.media.h264 import Converter
from media_server.media.packet import VideoParams
from media_server.relay.transcoder import OnUnit, Transcoder

STARTS: dict[str, Callable[[bytes], bool]] = {
    "h264": starts,
    "vp8": vp8_starts,
    "vp9": vp9_starts,
    "av1": av1_starts,
}
_FRAMES = {"vp8": vp8_frame, "vp9": vp9_frame, "av1": av1_frame}
_DECODERS = {"vp8": "vp8", "vp9": "vp9", "av1": "libdav1d"}
_START_CODE = b"\0\0\0\1"


class H264Passthrough:
    """H.264, only repackaged."""

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
    """VP8, VP9 or AV1, transcoded in a thread and returned by callback."""

    def __init__(self, codec: str, on_unit: OnUnit, on_damage: Callable[[], None]) -> None:
        self._unpack = _FRAMES[codec]
        decoder = av.CodecContext.create(_DECODERS[codec], "r")
        assert isinstance(decoder, av.VideoCodecContext)  # noqa: S101 (by the table above)
        self._transcoder = Transcoder(codec, decoder, on_unit, on_damage)

    def convert(self, payloads: list[bytes]) -> tuple[bytes, bool]:
        """Return a frame and whether decoding can start with it.

        Raises:
            UnsupportedMedia: The frame is damaged.
        """
        return self._unpack(payloads)

    @staticmethod
    def frame(data: bytes) -> tuple[bytes, bool]:
        """Return an assembled VP8 frame, and whether it is a keyframe."""
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
        Converter(data)
    except (ValueError, IndexError, UnsupportedMedia):
        return None
    return data
