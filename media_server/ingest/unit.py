"""What a line makes of a source's packets, still on the source's clock."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Generic, Protocol, TypeVar

import av

from media_server.media.packet import AudioParams, Track, VideoParams

SourcePacket = av.Packet[Any]
P_co = TypeVar("P_co", VideoParams, AudioParams, covariant=True)


@dataclass(frozen=True, slots=True)
class Unit:
    """One encoded unit on the clock of `time_base`."""

    track: Track
    pts: int
    dts: int
    duration: int
    time_base: Fraction
    is_key: bool
    data: bytes


class Line(Protocol, Generic[P_co]):
    """One track of a source: what comes out of it is what the node keeps."""

    @property
    def params(self) -> P_co | None:
        """What a decoder must know, as soon as it is known."""
        ...

    def feed(self, packet: SourcePacket) -> Iterator[Unit]:
        """Give what a packet of the source becomes.

        Raises:
            UnsupportedMedia: The packet is damaged.
            av.FFmpegError: It cannot be decoded.
        """
        ...


def ticks(packet: SourcePacket) -> tuple[int, int] | None:
    """Return a packet's pts and dts; one stands in for the other that is missing."""
    pts = packet.pts if packet.pts is not None else packet.dts
    dts = packet.dts if packet.dts is not None else packet.pts
    return None if pts is None or dts is None else (pts, dts)
