"""Outgoing RTCP: sender reports (RFC 3550, 6.4.1), one clock for both tracks."""

import struct
from dataclasses import dataclass, field

from aiortc.rtp import RtcpReceiverInfo

from media_server.egress.webrtc.clock import ntp

_SR, _SDES, _BYE, _CNAME = 200, 202, 203, 1
_REPORT = struct.Struct("!BBHIQIII")


def sender_report(
    ssrc: int, cname: bytes, *, now_us: int, timestamp: int, packets: int, octets: int
) -> bytes:
    """Return a sender report with the name that ties a stream's tracks together.

    `timestamp` is the RTP time of `now_us`: players synchronise audio and video by this pair.
    """
    report = _REPORT.pack(
        0x80, _SR, 6, ssrc, ntp(now_us), timestamp, packets & 0xFFFFFFFF, octets & 0xFFFFFFFF
    )
    chunk = ssrc.to_bytes(4, "big") + bytes((_CNAME, len(cname))) + cname + b"\0"
    chunk += bytes(-len(chunk) % 4)
    return report + struct.pack("!BBH", 0x81, _SDES, len(chunk) // 4) + chunk


def goodbye(ssrc: int) -> bytes:
    """Return a BYE."""
    return struct.pack("!BBHI", 0x81, _BYE, 1, ssrc)


@dataclass(slots=True)
class Received:
    """A viewer's latest receiver report on one track."""

    fraction_lost: float = 0.0
    packets_lost: int = 0
    jitter_s: float = 0.0
    rtt_s: float | None = None
    _sent: dict[int, int] = field(default_factory=dict)  # of our reports: middle of NTP -> us

    def sent(self, now_us: int) -> None:
        """Record a report of ours, which receivers refer to."""
        self._sent[(ntp(now_us) >> 16) & 0xFFFFFFFF] = now_us
        if len(self._sent) > 8:
            del self._sent[next(iter(self._sent))]

    def take(self, report: RtcpReceiverInfo, rate: int, now_us: int) -> None:
        """Process a receiver report."""
        self.fraction_lost = report.fraction_lost / 256
        self.packets_lost = report.packets_lost
        self.jitter_s = report.jitter / rate
        sent_us = self._sent.get(report.lsr)
        if sent_us is not None:
            self.rtt_s = max(0.0, (now_us - sent_us) / 1e6 - report.dlsr / 65536)
