"""Shared test media: 720p30, 2.5 Mbit/s, a keyframe every 2 s, AAC."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from media_server.media.packet import Header, Packet
from media_server.media.ring import Ring
from tests.integration.media.material import Look, make, read

_LOOP_S = 16  # a whole number of AAC frames: the seam is even
_GIB = 1 << 30


@dataclass(frozen=True)
class Source:
    """A file, and its packets repeated as long as needed."""

    path: Path
    header: Header
    once: list[Packet]

    def packets(self, seconds: float) -> Iterator[Packet]:
        """Yield packets for some seconds, each with its own bytes."""
        shift = 0
        first = self.once[0].dts_us
        while True:
            for packet in self.once:
                if packet.dts_us + shift - first > seconds * 1_000_000:
                    return
                yield packet._replace(
                    pts_us=packet.pts_us + shift,
                    dts_us=packet.dts_us + shift,
                    data=bytes(bytearray(packet.data)),
                )
            shift += _LOOP_S * 1_000_000

    def ring(self, seconds: float) -> Ring:
        """Return a ring filled with some seconds."""
        ring = Ring(10**12, 4 * _GIB)
        for packet in self.packets(seconds):
            ring.append(packet, self.header)
        return ring


@contextmanager
def source(*, b_frames: int = 0) -> Iterator[Source]:
    """Create the media in a temporary folder."""
    look = Look(
        seconds=_LOOP_S, size=(1280, 720), gop=60, b_frames=b_frames, bit_rate=2_500_000,
        options={"x264": "b-adapt=0:vbv-maxrate=2500:vbv-bufsize=2500:nal-hrd=cbr"},
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        path = make(Path(folder) / "720p30.mp4", look)
        material = read(path, decode=False)
        end = material.packets[0].dts_us + _LOOP_S * 1_000_000
        once = [packet for packet in material.packets if packet.dts_us < end]
        yield Source(path, material.header, once)
