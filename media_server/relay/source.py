"""What a source is, and what it tells: the seam between ingest threads and the relay."""

from typing import Protocol

from domain.live.wire import Status
from media_server.media.packet import Header, Packet


class Sink(Protocol):
    """Where a source's thread puts what it reads; every call is safe from any thread."""

    def post(self, packet: Packet, header: Header, *, discontinuity: bool = False) -> None:
        """Hand over one packet and the header that it belongs to; never waits."""
        ...

    def report(self, status: Status, error: str | None = None) -> None:
        """Tell how the source is doing, with a sentence for people when it is not well."""
        ...

    def count(self, *, corrupt: int = 0, reconnects: int = 0) -> None:
        """Add to the counters of what went wrong."""
        ...


class Source(Protocol):
    """Something that runs in a thread of its own and feeds one stream."""

    def start(self) -> None:
        """Begin; returns at once."""
        ...

    def stop(self) -> None:
        """Ask the thread to end; returns at once and nothing is posted afterwards."""
        ...

    def join(self, timeout_s: float) -> bool:
        """Wait for the thread's end and tell whether it came."""
        ...
