"""What a line makes of a source's packets, still on the source's clock."""

from collections.abc import Iterator
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

import av

from media_server.media.packet import AudioParams, VideoParams
from media_server.media.ticks import SourcePacket

AvPacket: TypeAlias = "av.Packet[Any]"
Unit = SourcePacket
P_co = TypeVar("P_co", VideoParams, AudioParams, covariant=True)


class Track(Protocol, Generic[P_co]):
    """One track of a source: what comes out of it is what the node keeps."""

    @property
    def params(self) -> P_co | None:
        """What a decoder must know, as soon as it is known."""
        ...

    def feed(self, packet: AvPacket) -> Iterator[Unit]:
        """Give what a packet of the source becomes.

        Raises:
            UnsupportedMedia: The packet is damaged.
            av.FFmpegError: It cannot be decoded.
        """
        ...


def time_of(unit: Unit) -> int:
    """Return when a unit is to be decoded, in its ticks."""
    return unit.dts if unit.dts is not None else unit.pts or 0
