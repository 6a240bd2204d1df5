"""AAC packaging: ADTS headers and the AudioSpecificConfig (ISO 14496-3, 1.6 and 1.A)."""

from domain.core.errors import UnsupportedMedia
from media_server.media.packet import AudioParams

_RATES = (
    96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350,
)  # fmt: skip
_ESCAPE = 15


def has_header(data: bytes) -> bool:
    """Return whether bytes begin with an ADTS header."""
    return len(data) > 7 and data[0] == 0xFF and data[1] & 0xF6 == 0xF0


def strip(data: bytes) -> tuple[bytes, bytes]:
    """Return an ADTS header's AudioSpecificConfig, and the frame behind it.

    Raises:
        UnsupportedMedia: The header is damaged.
    """
    size = 7 if data[1] & 1 else 9
    length = (data[3] & 3) << 11 | data[4] << 3 | data[5] >> 5
    if length != len(data) or data[6] & 3:
        raise UnsupportedMedia("The audio is damaged: a frame's length does not match its header.")
    object_type = (data[2] >> 6) + 1
    rate, channels = (data[2] >> 2) & 15, (data[2] & 1) << 2 | data[3] >> 6
    config = (object_type << 11 | rate << 7 | channels << 3).to_bytes(2, "big")
    return config, data[size:]


def params_of(config: bytes) -> AudioParams:
    """Return the parameters of an AudioSpecificConfig; the rate is the core's (HE-AAC doubles it).

    Raises:
        UnsupportedMedia: It is damaged.
    """
    bits = int.from_bytes(config[:5].ljust(5, b"\0"), "big")
    index, left = (bits >> 31) & 15, 31
    if index == _ESCAPE:
        rate, left = (bits >> 7) & 0xFFFFFF, 7
    elif index < len(_RATES):
        rate = _RATES[index]
    else:
        rate = 0
    channels = (bits >> (left - 4)) & 15
    if len(config) < 2 or rate == 0:
        raise UnsupportedMedia("The audio's header is damaged (AudioSpecificConfig).")
    return AudioParams(
        codec="aac", extradata=bytes(config), sample_rate=rate, channels=min(channels, 2) or 2
    )
