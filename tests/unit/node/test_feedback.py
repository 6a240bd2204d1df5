"""RTCP feedback to a publisher: reports, and the bandwidth estimate."""

from typing import Any

from aiortc.rtp import RtcpPacket, RtcpPsfbPacket, RtcpRrPacket, unpack_remb_fci

from media_server.ingest.webrtc.feedback import Feedback
from media_server.ingest.webrtc.receiver import Format, TrackReceiver
from media_server.ingest.webrtc.rtp import Rtp

_FRAME_BYTES = 16_000  # 30 of them a second are 3.84 Mbit/s


class _Peer:
    """A publisher of 30 frames a second, and what was sent to it."""

    def __init__(self) -> None:
        self.now = 100.0
        self.sent: list[list[Any]] = []
        self.feedback = Feedback(1, lambda data: self.sent.append(RtcpPacket.parse(data)), self)
        form = Format("video", 90000, {96: "h264"}, {}, {}, send_time=3)
        self.line = TrackReceiver(form, lambda *_: None, lambda: None, {})
        packet = Rtp(
            96, marker=True, sequence=1, timestamp=0, ssrc=77, payload=b"x", extension_at=0
        )
        self.line.take(packet, self.now)
        self._sent_at = self.now

    def __call__(self) -> float:
        """Tell the time."""
        return self.now

    def play(self, seconds: float, *, delay_s_each: float = 0.0) -> None:
        """Send frames, each a little more delayed than the one before."""
        for _ in range(round(seconds * 30)):
            self._sent_at += 1 / 30
            self.now += 1 / 30 + delay_s_each
            stamp = int(self._sent_at * (1 << 18)) & 0xFFFFFF
            self.feedback.saw_frames(self.line, stamp, _FRAME_BYTES)

    def estimates(self) -> list[int]:
        """Return what it was told, packet by packet."""
        packets = [packet for compound in self.sent for packet in compound]
        return [
            unpack_remb_fci(packet.fci)[0]
            for packet in packets
            if isinstance(packet, RtcpPsfbPacket)
        ]


def test_a_report_comes_with_the_bandwidth_behind_it() -> None:
    peer = _Peer()
    peer.feedback.report([peer.line])
    peer.play(5)
    peer.feedback.report([peer.line])
    first, second = peer.sent
    assert [type(packet) for packet in first] == [RtcpRrPacket]
    assert [type(packet) for packet in second] == [RtcpRrPacket, RtcpPsfbPacket]
    told, ssrcs = unpack_remb_fci(second[1].fci)
    assert ssrcs == [77]
    assert told // 1000 == peer.feedback.bandwidth_kbps
    assert told > 3_000_000


def test_less_bandwidth_is_told_at_once() -> None:
    peer = _Peer()
    peer.play(5)
    peer.feedback.report([peer.line])
    peer.play(3, delay_s_each=0.02)
    before, after, *_ = peer.estimates()
    assert after < before
