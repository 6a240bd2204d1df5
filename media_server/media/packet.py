"""Encoded packets and the stream headers that decoders need."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

Track = Literal["video", "audio"]
Buffer = bytes | bytearray | memoryview


class Packet(NamedTuple):
    """One encoded unit: an H.264 access unit with 4-byte lengths, a raw AAC or an Opus frame.

    `pts_us` and `dts_us` are on the stream's timeline (see `timeline.py`), in decode order:
    `dts_us` never decreases within a track, and `dts_us <= pts_us`. `is_key` marks where decoding
    can start.
    """

    track: Track
    pts_us: int
    dts_us: int
    duration_us: int
    is_key: bool
    data: Buffer


@dataclass(frozen=True, slots=True)
class VideoParams:
    """Decoder parameters of the video; `extradata` is the avcC payload (ISO 14496-15).

    `aspect` is the pixel aspect that a container declares, in place of the H.264 header's;
    `quarters` is how many quarters counter-clockwise turn the video upright.
    """

    codec: Literal["h264"]
    extradata: bytes
    width: int
    height: int
    fps: float
    aspect: tuple[int, int] | None = None
    quarters: int = 0

    @property
    def profile(self) -> int:
        """The H.264 profile's number."""
        return self.extradata[1]


@dataclass(frozen=True, slots=True)
class AudioParams:
    """Decoder parameters of the audio.

    `extradata` is the AudioSpecificConfig (ISO 14496-3) or the OpusHead (RFC 7845).
    """

    codec: Literal["aac", "opus"]
    extradata: bytes
    sample_rate: int
    channels: int

    @property
    def frame_samples(self) -> int:
        """Samples in one packet: fixed for AAC, the usual 20 ms for Opus."""
        return 1024 if self.codec == "aac" else 960


@dataclass(frozen=True, slots=True)
class Header:
    """A stream's tracks. Another header means other init sections, and a discontinuity."""

    video: VideoParams | None
    audio: AudioParams | None

    def params(self, track: Track) -> VideoParams | AudioParams | None:
        """Return the parameters of one track."""
        return self.video if track == "video" else self.audio


class Arrival(NamedTuple):
    """A packet on its way into a stream, with its header."""

    packet: Packet
    header: Header
    discontinuity: bool = False  # the timeline has a break before it
    is_filler: bool = False  # generated here for a track that the source has stopped sending
