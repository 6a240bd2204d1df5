"""Reads a live source over HTTP as fast as it sends, and passes its packets on evenly.

Reading has its own thread, so that waiting for a segment holds nothing up.
"""

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from media_server.ingest.http_io import HttpOpener
from media_server.ingest.interleave import TrackClock
from media_server.ingest.opened import Packets
from media_server.ingest.smoothing import Smoothing
from media_server.ingest.unit import TrackPacket

# Three segments, and as much again for a fast clock that is not known yet.
_MOST_S: Final = 60.0
_MOST_BYTES: Final = 24 * 1024 * 1024


class ReadAhead:
    """A demuxer's packets, read before they are due.

    Args:
        source: The demuxer.
        http: Its opener.
        patience_s: How long the source may send nothing.
    """

    def __init__(self, source: Packets, http: HttpOpener, patience_s: float) -> None:
        self.lines = source.lines
        self._source = source
        self._http = http
        self._patience_s = patience_s
        self._smoothing = Smoothing()
        self._changed = threading.Condition()
        self._held: deque[tuple[float, TrackPacket]] = deque()
        self._bytes = 0
        self._is_over = False
        self._failed: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="read-ahead", daemon=True)

    def packets(self) -> Iterator[TrackPacket]:
        """Yield packets when they are due until the source ends.

        Raises:
            Exception: Whatever ended reading.
        """
        self._thread.start()
        while (item := self._next()) is not None:
            media_s, packet = item
            with self._changed:
                wait_s = self._smoothing.wait_s(media_s, time.monotonic())
            if wait_s > 0 and self._http.stopped.wait(wait_s):
                return
            yield packet
        if self._failed is not None:
            raise self._failed

    def close(self) -> None:
        """Stop reading; returns when the demuxer is no longer in use."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()
        self._http.deadline = 0.0
        if self._thread.ident is not None:
            self._thread.join()

    def _next(self) -> tuple[float, TrackPacket] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._held or self._is_over)
            if not self._held:
                return None
            media_s, item = self._held.popleft()
            self._bytes -= item.packet.size
            self._changed.notify_all()
            return media_s, item

    def _run(self) -> None:
        clocks: dict[int, TrackClock] = {}
        try:
            for item in self._source.packets():
                clock = clocks.setdefault(id(item.track), TrackClock())
                if not self._put(clock.place(item.packet), item):
                    return
        except Exception as error:  # noqa: BLE001 (the reader of the packets gets it)
            self._failed = error
        finally:
            with self._changed:
                self._is_over = True
                self._changed.notify_all()

    def _put(self, media_s: float, item: TrackPacket) -> bool:
        """Hold a packet, after waiting for room; return whether to go on."""
        with self._changed:
            if self._is_full():
                self._changed.wait_for(lambda: self._is_over or not self._is_full())
                self._smoothing.held_up()
            else:
                self._smoothing.arrived(media_s, time.monotonic())
            if self._is_over:
                return False
            self._held.append((media_s, item))
            self._bytes += item.packet.size
            self._changed.notify_all()
            self._http.deadline = time.monotonic() + self._patience_s
        return True

    def _is_full(self) -> bool:
        held = self._held
        return bool(held) and (self._bytes > _MOST_BYTES or held[-1][0] - held[0][0] > _MOST_S)


@contextmanager
def read_ahead(source: Packets, http: HttpOpener, patience_s: float) -> Iterator[ReadAhead]:
    """Read ahead while the context lasts; the demuxer must outlive it."""
    ahead = ReadAhead(source, http, patience_s)
    try:
        yield ahead
    finally:
        ahead.close()
