"""The interface between ingest threads and the relay."""

from typing import Protocol

from domain.live.wire import Status
from media_server.media.packet import Header, Packet


class Sink(Protocol):
    """The destination of a source's thread; every call is thread-safe."""

    def post(self, packet: Packet, header: Header, *, discontinuity: bool = False) -> None:
        """Queue one packet with its header; never blocks."""
        ...

    def report(self, status: Status, error: str | None = None) -> None:
        """Report the source's state, with a sentence for people if it fails."""
        ...

    def drifts(self, percent: float) -> None:
        """Report how much the source's clock is fast, or slow below 0."""
        ...

    def count(self, *, corrupt: int = 0, reconnects: int = 0) -> None:
        """Add to the error counters."""
        ...


class Source(Protocol):
    """Something that runs in its own thread and feeds one stream."""

    def start(self) -> None:
        """Start; returns at once."""
        ...

    def stop(self) -> None:
        """Ask the thread to stop; returns at once, and nothing is posted afterwards."""
        ...

    def join(self, timeout_s: float) -> bool:
        """Wait for the thread to stop; return whether it did."""
        ...
