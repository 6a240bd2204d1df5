"""RTCP feedback to a publisher: receiver reports, NACK, keyframe requests, bandwidth.

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

# The least interval between keyframe requests, and the keyframe age that triggers one.
_KEY_GAP_S = 0.5
_KEY_EVERY_S = 1.9
# Send a new bandwidth estimate at once if it is this much lower, else with the reports.
_LOWER = 0.97


class Feedback:
    """Builds and sends feedback to one publisher; `ssrc` is our own."""

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
        self._told = 0  # the one sent last
        self.keyframe_requests = 0

    def report(self, lines: list[TrackReceiver]) -> None:
        """Send a receiver report of all tracks, followed by the bandwidth estimate."""
        now = self._clock()
        reports = [line.reception.report(line.ssrc, now) for line in lines if line.ssrc is not None]
        if reports:
            packet = bytes(RtcpRrPacket(ssrc=self._ssrc, reports=reports))
            self._send(packet + self._remb(lines) if self._estimate else packet)

    def ask_again(self, line: TrackReceiver, sequences: list[int]) -> None:
        """Request lost packets."""
        if line.ssrc is not None and sequences:
            packet = RtcpRtpfbPacket(fmt=RTCP_RTPFB_NACK, ssrc=self._ssrc, media_ssrc=line.ssrc)
            packet.lost = sorted(sequences)
            self._send(bytes(packet))

    def keyframe_came(self) -> None:
        """Note a keyframe."""
        self._key_at = self._clock()

    def ask_for_keyframe(self, line: TrackReceiver) -> bool:
        """Request a keyframe, unless that was just done; return whether it was requested."""
        now = self._clock()
        if line.ssrc is None or now - self._asked_at < _KEY_GAP_S:
            return False
        self._asked_at = now
        self.keyframe_requests += 1
        packet = RtcpPsfbPacket(fmt=RTCP_PSFB_PLI, ssrc=self._ssrc, media_ssrc=line.ssrc)
        self._send(bytes(packet))
        return True

    def keep_keyframes_coming(self, line: TrackReceiver) -> None:
        """Request a keyframe when the newest is 2 s old: players and clips start there."""
        if self._key_at is None or self._clock() - self._key_at >= _KEY_EVERY_S:
            self.ask_for_keyframe(line)

    def saw_frames(self, line: TrackReceiver, send_time: int, size: int) -> None:
        """Estimate the bandwidth from the last packet of a frame or two and all their bytes.

        The estimator works on groups of packets that are sent together, such as a frame; so one
        call per group equals aiortc's call per packet.
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
        """The bandwidth sent last, 0 before the first estimate."""
        return self._told // 1000
