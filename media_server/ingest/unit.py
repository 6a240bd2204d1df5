"""What a track makes of a source's packets, still on the source's clock."""

from collections.abc import Iterator
from typing import Any, Generic, NamedTuple, Protocol, TypeAlias, TypeVar

import av

from media_server.media.packet import AudioParams, VideoParams
from media_server.media.ticks import SourcePacket

AvPacket: TypeAlias = "av.Packet[Any]"
Unit = SourcePacket
P_co = TypeVar("P_co", VideoParams, AudioParams, covariant=True)


class Track(Protocol, Generic[P_co]):
    """One track of a source; the node keeps its output."""

    @property
    def params(self) -> P_co | None:
        """The decoder's parameters, as soon as they are known."""
        ...

    def feed(self, packet: AvPacket) -> Iterator[Unit]:
        """Yield the units of a source's packet.

        Raises:
            UnsupportedMedia: The packet is damaged.
            av.FFmpegError: It cannot be decoded.
        """
        ...


AnyTrack: TypeAlias = "Track[VideoParams] | Track[AudioParams]"


class TrackPacket(NamedTuple):
    """A packet and the track that it belongs to."""

    track: AnyTrack
    packet: AvPacket


def time_of(unit: Unit) -> int:
    """Return a unit's decode time, in its ticks."""
    return unit.dts if unit.dts is not None else unit.pts or 0
