"""What a publisher is told: reports, requests to send again, requests for keyframes, its bandwidth.

RFC 3550 (receiver reports), RFC 4585 (NACK, PLI), draft-alvestrand-rmcat-remb.
"""

from collections.abc import Callable

from aiortc.rate import RemoteBitrateEstimator
from aiortc.rtp import (
    RTCP_PSFB_APP,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    RtcpPsfbPacket,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    pack_remb_fci,
)

from media_server.ingest.webrtc.incoming import IncomingRate
from media_server.ingest.webrtc.receiver import TrackReceiver

# A keyframe is asked for so often at most, and when the newest one is so old.
_KEY_GAP_S = 0.5
_KEY_EVERY_S = 1.9
# A new estimate of the bandwidth is told at once when it is so much lower, else with the reports.
_LOWER = 0.97


class Feedback:
    """Makes and sends what goes back to one publisher; `ssrc` is the one we speak as."""

    def __init__(
        self, ssrc: int, send: Callable[[bytes], None], clock: Callable[[], float]
    ) -> None:
        self._ssrc = ssrc
        self._send = send
        self._clock = clock
        self._asked_at = -1e9
        self._key_at: float | None = None
        self._estimator = RemoteBitrateEstimator()
        self._estimator.incoming_bitrate = IncomingRate()
        self._estimate = 0  # the newest, bits a second
        self._told = 0  # the one that was told last
        self.keyframe_requests = 0

    def report(self, lines: list[TrackReceiver]) -> None:
        """Send a receiver report of all tracks, and the bandwidth's estimate behind it."""
        now = self._clock()
        reports = [line.reception.report(line.ssrc, now) for line in lines if line.ssrc is not None]
        if reports:
            packet = bytes(RtcpRrPacket(ssrc=self._ssrc, reports=reports))
            self._send(packet + self._remb(lines) if self._estimate else packet)

    def ask_again(self, line: TrackReceiver, sequences: list[int]) -> None:
        """Ask for packets that did not come."""
        if line.ssrc is not None and sequences:
            packet = RtcpRtpfbPacket(fmt=RTCP_RTPFB_NACK, ssrc=self._ssrc, media_ssrc=line.ssrc)
            packet.lost = sorted(sequences)
            self._send(bytes(packet))

    def keyframe_came(self) -> None:
        """Note that one is there."""
        self._key_at = self._clock()

    def ask_for_keyframe(self, line: TrackReceiver) -> bool:
        """Ask for a keyframe, unless that was done a moment ago; tell whether it was asked for."""
        now = self._clock()
        if line.ssrc is None or now - self._asked_at < _KEY_GAP_S:
            return False
        self._asked_at = now
        self.keyframe_requests += 1
        packet = RtcpPsfbPacket(fmt=RTCP_PSFB_PLI, ssrc=self._ssrc, media_ssrc=line.ssrc)
        self._send(bytes(packet))
        return True

    def keep_keyframes_coming(self, line: TrackReceiver) -> None:
        """Ask when the newest keyframe is 2 s old: players join and clips begin there."""
        if self._key_at is None or self._clock() - self._key_at >= _KEY_EVERY_S:
            self.ask_for_keyframe(line)

    def saw_frames(self, line: TrackReceiver, send_time: int, size: int) -> None:
        """Estimate the bandwidth from the last packet of a frame or two and all their bytes.

        The estimator works on groups of packets that are sent together, which a frame is; so one
        call for them does what aiortc does with each packet.
        """
        now = self._clock()
        if line.ssrc is None:
            return
        found = self._estimator.add(
            arrival_time_ms=int(now * 1000),
            abs_send_time=send_time,
            payload_size=size,
            ssrc=line.ssrc,
        )
        if found is None:
            return
        self._estimate = found[0]
        if self._estimate < self._told * _LOWER:
            self._send(self._remb([line]))

    def _remb(self, lines: list[TrackReceiver]) -> bytes:
        self._told = self._estimate
        ours = [line.ssrc for line in lines if line.ssrc is not None and line.form.send_time]
        fci = pack_remb_fci(self._estimate, ours)
        packet = RtcpPsfbPacket(fmt=RTCP_PSFB_APP, ssrc=self._ssrc, media_ssrc=0, fci=fci)
        return bytes(packet)

    @property
    def bandwidth_kbps(self) -> int:
        """The bandwidth that was told last, 0 before the first estimate."""
        return self._told // 1000
