"""A jitter buffer: assembles frames in order, emits them on the marker bit, waits for losses.

A frame leaves when its last packet arrives, not when the next frame begins, which saves a frame of
delay. While a packet is missing, everything behind it waits; `give_up` ends that.
"""

from collections.abc import Callable

from media_server.ingest.webrtc.rtp import Rtp

_FAR = 3000  # a sequence number further away is another sequence
_MOST_HELD = 2048

OnFrame = Callable[[int, list[bytes]], None]


class Frames:
    """The jitter buffer of one track.

    Args:
        on_frame: Called with the RTP timestamp and the payloads of each whole frame.
        on_loss: Called when a frame was given up.
        is_start: Returns whether decoding can start with a payload's frame.
    """

    def __init__(
        self,
        on_frame: OnFrame,
        on_loss: Callable[[], None],
        is_start: Callable[[bytes], bool],
    ) -> None:
        self._on_frame = on_frame
        self._on_loss = on_loss
        self._is_start = is_start
        self._newest: int | None = None  # extended sequence numbers from here on
        self._next = 0
        self._held: dict[int, Rtp] = {}
        self._parts: list[bytes] = []
        self._timestamp = -1
        self._unsure: int | None = None  # the timestamp of a frame whose beginning may be lost
        self._strange = -1
        self._is_steady = False  # nothing is missing, nothing unsure
        self.late = 0

    @property
    def is_waiting(self) -> bool:
        """Whether something is missing."""
        return bool(self._held)

    def missing(self) -> list[int]:
        """Return the missing extended sequence numbers."""
        if not self._held:
            return []
        return [n for n in range(self._next, max(self._held)) if n not in self._held]

    def push(self, packet: Rtp) -> int | None:
        """Add a packet; return its extended sequence number, None if it is useless."""
        number: int | None
        if self._is_steady and packet.sequence == self._next & 0xFFFF:
            self._newest = number = self._next
            self._next = number + 1
            self._add(packet)
            return number
        number = self._push(packet)
        self._is_steady = not self._held and self._unsure is None and self._newest is not None
        return number

    def _push(self, packet: Rtp) -> int | None:
        number = self._extended(packet)
        if number is None:
            return None
        if number == self._next:
            self._next += 1
            self._take(packet)
            while self._held and self._next in self._held:
                self._next += 1
                self._take(self._held.pop(self._next - 1))
        elif number < self._next or number in self._held:
            self.late += 1
            return None
        else:
            self._held[number] = packet
            if len(self._held) > _MOST_HELD:
                self.give_up()
        return number

    def give_up(self) -> None:
        """Skip the missing packets at the front; drops the damaged frames."""
        if not self._held:
            return
        self._is_steady = False
        self._next = min(self._held)
        self._parts, self._timestamp = [], -1
        self._unsure = self._held[self._next].timestamp
        self._on_loss()
        while self._next in self._held:
            self._next += 1
            self._take(self._held.pop(self._next - 1))

    def _extended(self, packet: Rtp) -> int | None:
        newest, sequence = self._newest, packet.sequence
        if newest is None:
            return self._begin(packet)
        delta = (sequence - newest) & 0xFFFF
        if delta < 0x8000:
            if delta > _FAR:
                return self._begin_anew(packet)
            self._newest = newest + delta
            return newest + delta
        if 0x10000 - delta > _FAR:
            return self._begin_anew(packet)
        return newest + delta - 0x10000

    def _begin(self, packet: Rtp) -> int:
        """Start counting at a packet, which may be in the middle of its frame."""
        number = packet.sequence + 0x10000  # room for late packets
        self._newest, self._next = number, number
        self._unsure = packet.timestamp
        return number

    def _begin_anew(self, packet: Rtp) -> int | None:
        """Follow a jump when two packets in a row agree on it (RFC 3550, A.1)."""
        if packet.sequence != self._strange:
            self._strange = (packet.sequence + 1) & 0xFFFF
            return None
        self._held.clear()
        self._parts, self._timestamp, self._strange = [], -1, -1
        self._on_loss()
        return self._begin(packet)

    def _take(self, packet: Rtp) -> None:
        if self._unsure is not None and not self._is_sure(packet):
            return
        self._add(packet)

    def _add(self, packet: Rtp) -> None:
        if packet.timestamp != self._timestamp:
            if self._parts:
                self._emit()  # its sender sets no marker bits
            self._timestamp = packet.timestamp
        if packet.payload:
            self._parts.append(packet.payload)
        if packet.marker and self._parts:
            self._emit()

    def _is_sure(self, packet: Rtp) -> bool:
        if packet.timestamp != self._unsure or self._is_start(packet.payload):
            self._unsure = None
            return True
        if packet.marker:
            self._unsure = None
        return False

    def _emit(self) -> None:
        parts, self._parts = self._parts, []
        self._on_frame(self._timestamp, parts)
