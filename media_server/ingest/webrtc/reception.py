"""Reception statistics of one RTP stream: loss, jitter, reports (RFC 3550, 6.4, A.3)."""

from collections import deque
from collections.abc import Sequence
from typing import Protocol

from aiortc.rtp import RtcpReceiverInfo, clamp_packets_lost


class Reception:
    """Counts the packets of one SSRC."""

    def __init__(self, rate: int) -> None:
        self.received = 0
        self.mended = 0
        self.octets = 0
        self.first: int | None = None
        self.highest = 0
        self.jitter = 0.0  # in clock ticks
        self._rate = rate
        self._transit: float | None = None
        self._before = (0, 0)  # expected and received at the last report
        self._reported: tuple[int, float] | None = None  # LSR and its arrival

    def saw(self, number: int, size: int, *, is_resent: bool = False) -> None:
        """Count a packet by its extended sequence number.

        A retransmission on its own SSRC (RFC 4588) repairs the video, but the network did lose the
        packet, and the reports say so: senders adapt their bitrate to them.
        """
        self.octets += size
        if is_resent:
            self.mended += 1
            return
        if self.first is None:
            self.first = self.highest = number
        elif number > self.highest:
            self.highest = number
        self.received += 1

    def saw_frame(self, timestamp: int, now: float) -> None:
        """Update the jitter by frames: packets of one frame share their timestamp."""
        transit = now * self._rate - timestamp
        if self._transit is not None:
            delta = abs(transit - self._transit)
            if delta < 5 * self._rate:  # else a clock was reset
                self.jitter += (delta - self.jitter) / 16
        self._transit = transit

    def saw_report(self, ntp: int, now: float) -> None:
        """Record a sender report, whose arrival the next receiver report states."""
        self._reported = (ntp >> 16) & 0xFFFFFFFF, now

    @property
    def expected(self) -> int:
        """How many packets there would have been without loss."""
        return 0 if self.first is None else self.highest - self.first + 1

    @property
    def lost(self) -> int:
        """How many packets never arrived; retransmitted ones do not count as lost."""
        return max(0, self.expected - self.received - self.mended)

    @property
    def jitter_ms(self) -> float:
        """Jitter between arrivals."""
        return self.jitter * 1000 / self._rate

    def report(self, ssrc: int, now: float) -> RtcpReceiverInfo:
        """Return a receiver report block, and start the next interval."""
        expected, received = self.expected - self._before[0], self.received - self._before[1]
        self._before = self.expected, self.received
        lost = max(0, expected - received)
        last, delay = 0, 0
        if self._reported is not None:
            last = self._reported[0]
            delay = min(0xFFFFFFFF, int((now - self._reported[1]) * 65536))
        return RtcpReceiverInfo(
            ssrc=ssrc,
            fraction_lost=min(255, (lost << 8) // expected) if expected > 0 else 0,
            packets_lost=clamp_packets_lost(self.expected - self.received),
            highest_sequence=self.highest & 0xFFFFFFFF,
            jitter=int(self.jitter),
            lsr=last,
            dlsr=delay,
        )


class HasReception(Protocol):
    """A track's counters."""

    reception: Reception


class LossMeter:
    """The share of packets that the network lost over the last seconds."""

    def __init__(self, looks: int = 10) -> None:
        self._seen: deque[tuple[int, int]] = deque(maxlen=looks)

    def saw(self, lines: Sequence[HasReception]) -> None:
        """Sample the counters; called at regular intervals."""
        expected = sum(line.reception.expected for line in lines)
        received = sum(line.reception.received for line in lines)
        if self._seen and expected < self._seen[-1][0]:
            self._seen.clear()  # a track restarted
        self._seen.append((expected, received))

    @property
    def percent(self) -> float:
        """Lost packets, in per cent."""
        if len(self._seen) < 2:
            return 0.0
        (first, before), (last, now) = self._seen[0], self._seen[-1]
        expected = last - first
        return round(max(0.0, 100 * (1 - (now - before) / expected)), 2) if expected > 0 else 0.0
