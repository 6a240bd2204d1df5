"""Brings RTP packets that arrive by UDP into the order in which the camera sent them.

Networks with several paths, Wi-Fi above all, swap packets. Over TCP libav takes each packet as the
next one, so one that arrives behind its successor would be lost, and the frame with it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

PATIENCE_S: Final = 0.1  # how long a missing packet is waited for
_MOST_HELD: Final = 512  # a large keyframe
_FAR: Final = 3000  # a sequence number further away is of another sequence


@dataclass
class InOrder:
    """The packets of one track."""

    _next: int | None = None
    _held: dict[int, bytes] = field(default_factory=dict)
    _since_s: float = 0.0  # how long the next one has been missing

    @property
    def is_waiting(self) -> bool:
        """Whether a packet is missing."""
        return bool(self._held)

    def push(self, packet: bytes, now_s: float) -> Iterator[bytes]:
        """Take a packet; yield those that are next. One that is too late, or came twice, is not."""
        sequence = int.from_bytes(packet[2:4], "big")
        ahead = 0 if self._next is None else self._ahead(sequence)
        if _FAR < ahead < 0x10000 - _FAR:
            yield from (self._held.pop(key) for key in sorted(self._held, key=self._ahead))
            ahead = 0
        if ahead == 0:
            self._next = sequence + 1 & 0xFFFF
            yield packet
            yield from self._following(now_s)
        elif ahead < 0x8000:
            self._since_s = self._since_s if self._held else now_s
            self._held[sequence] = packet
            if len(self._held) > _MOST_HELD:
                yield from self._give_up(now_s)

    def overdue(self, now_s: float) -> Iterator[bytes]:
        """Yield what has waited long enough for a packet that is lost."""
        while self._held and now_s - self._since_s >= PATIENCE_S:
            yield from self._give_up(now_s)

    def _give_up(self, now_s: float) -> Iterator[bytes]:
        self._next = min(self._held, key=self._ahead)
        yield from self._following(now_s)

    def _following(self, now_s: float) -> Iterator[bytes]:
        while self._next in self._held:
            yield self._held.pop(self._next)
            self._next = self._next + 1 & 0xFFFF
            self._since_s = now_s

    def _ahead(self, sequence: int) -> int:
        return sequence - (self._next or 0) & 0xFFFF
