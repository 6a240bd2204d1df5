"""Retransmission requests: which packets, how often, when to stop (RFC 4585, 6.2.1)."""

_FIRST_S = 0.010  # a packet may just be reordered
_MOST_TRIES = 10
_LEAST_TRIES = 3
_RTT_S = 0.08  # until one has been measured
_MOST_ASKED = 300


class Resend:
    """The open requests of one track."""

    def __init__(self) -> None:
        self.asked = 0
        self.recovered = 0
        self.rtt_s = _RTT_S
        self._open: dict[int, tuple[float, float, int]] = {}  # since, last request, tries

    @property
    def patience_s(self) -> float:
        """How long a missing packet is worth waiting for."""
        return min(1.0, max(0.3, 2.5 * self.rtt_s + 0.1))

    def came(self, number: int, now: float) -> None:
        """Close the request for a packet."""
        _, asked, tries = self._open.pop(number, (0.0, 0.0, 0))
        if tries:
            self.recovered += 1
        if tries == 1:  # after retries it is unknown which one was answered
            self.rtt_s += (min(now - asked, 1.0) - self.rtt_s) / 8

    def due(self, missing: list[int], now: float) -> list[int]:
        """Return the packets to request now."""
        if self._open:
            self._open = {n: self._open[n] for n in missing if n in self._open}
        wanted = []
        for number in missing[:_MOST_ASKED]:
            since, asked, tries = self._open.get(number, (now, 0.0, 0))
            wait = _FIRST_S - (now - since) if not tries else self.rtt_s * 1.2 - (now - asked)
            if wait <= 0 and tries < _MOST_TRIES:
                wanted.append(number)
                asked, tries = now, tries + 1
            self._open[number] = since, asked, tries
        self.asked += len(wanted)
        return wanted

    def is_hopeless(self, now: float) -> bool:
        """Return whether the oldest missing packet has been overdue long enough.

        It must have been requested more than once: after a stall of the event loop, the answer may
        already be in the socket.
        """
        patience_s = self.patience_s
        return any(
            now - since > (patience_s if tries >= _LEAST_TRIES else 2 * patience_s)
            for since, _, tries in self._open.values()
        )
