"""One WHIP publisher: its packets, its lifetime, and the feedback to it."""

import asyncio
from collections.abc import Callable

from aiortc.rtp import RtcpPacket, RtcpSrPacket

from domain.live.wire import IngestInfo
from media_server.ingest.webrtc.feedback import Feedback
from media_server.ingest.webrtc.output import Output
from media_server.ingest.webrtc.pipeline import Pipeline
from media_server.ingest.webrtc.receiver import Format, TrackReceiver
from media_server.ingest.webrtc.reception import LossMeter
from media_server.ingest.webrtc.rtp import abs_send_time, parse_rtp
from media_server.ingest.webrtc.video import STARTS

_TEND_S = 0.012  # while something is missing
_CHECK_S = 0.5
_REPORT_EVERY = 2  # checks: once a second, as browsers do it for video
_ESTIMATE_S = 0.05
_SILENT_S = 1.5
GONE_S = 4.0
VANISHED = (
    f"The publisher vanished: it has sent nothing for {GONE_S:.0f} seconds. It can reconnect at "
    "any time."
)
_KEYLESS = (
    "The publisher sends no video that decoding can start with (a keyframe). Publish again, with "
    "H.264 or VP8."
)


class Publisher:
    """Receives one peer; all of it on the event loop.

    Args:
        formats: The negotiated tracks.
        feedback: Sends RTCP to the peer.
        on_end: Called once, with a sentence if something went wrong.
    """

    protocol = "WHIP"
    keyless_s = 15.0

    def __init__(
        self,
        formats: list[Format],
        feedback: Feedback,
        on_end: Callable[[str | None], None],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._feedback = feedback
        self._on_end = on_end
        self._meter = LossMeter()
        self._octets = 0  # since the last bandwidth estimate
        self._estimated_at = 0.0
        self._heard = self._well_at = self._loop.time()
        self._checks = 0
        self._is_tending = False
        self._is_over = False
        self._timer: asyncio.TimerHandle | None = None
        self._line_of: dict[int, TrackReceiver] = {}
        self._video: TrackReceiver | None = None
        self.lines = [self._line(form) for form in formats]
        sets = [form.parameters for form in formats if form.track == "video"]
        self._pipeline = Pipeline(self, sets[0] if sets else {})

    def _line(self, form: Format) -> TrackReceiver:
        if form.track == "video":
            self._video = line = TrackReceiver(form, self._picture, self._lost, STARTS)
        else:
            line = TrackReceiver(form, self._sound, _conceal, {})
        for number in (*form.codecs, *form.resent):
            self._line_of[number] = line
        return line

    def begin(self, output: Output) -> None:
        """Pass the media to an output."""
        self._pipeline.begin(output, {line.form.track for line in self.lines})

    # Incoming packets

    def on_rtp(self, data: bytes) -> None:
        """Process a decrypted media packet."""
        packet = parse_rtp(data)
        line = self._line_of.get(packet.payload_type) if packet is not None else None
        if packet is None or line is None or self._is_over:
            return
        now = self._heard = self._loop.time()
        whole = line.take(packet, now)
        if line.is_waiting and not self._is_tending:
            self._is_tending = True
            self._loop.call_later(_TEND_S, self._tend)
        send_time = line.form.send_time
        if send_time is None:
            return
        self._octets += len(data)
        if whole and packet.extension_at and now - self._estimated_at > _ESTIMATE_S:
            octets, self._octets = self._octets, 0
            sent = abs_send_time(data, packet.extension_at, send_time)
            if sent is not None:
                self._estimated_at = now
                self._feedback.saw_frames(line, sent, octets)

    def on_rtcp(self, data: bytes) -> None:
        """Process a decrypted control packet."""
        try:
            packets = RtcpPacket.parse(data)
        except (ValueError, LookupError):
            return
        now = self._heard = self._loop.time()
        for packet in packets:
            if isinstance(packet, RtcpSrPacket):
                self._sender_report(packet, now)

    def _sender_report(self, packet: RtcpSrPacket, now: float) -> None:
        for line in self.lines:
            if line.ssrc == packet.ssrc:
                info = packet.sender_info
                line.reception.saw_report(info.ntp_timestamp, now)
                self._pipeline.sync.report(line.form.track, info.rtp_timestamp, info.ntp_timestamp)

    def _picture(self, codec: str, timestamp: int, payloads: list[bytes]) -> None:
        line = self._video
        if line is not None and not self._is_over:
            self._pipeline.picture(codec, line.payload_type, timestamp, payloads)
            self._feedback.keep_keyframes_coming(line)

    def _sound(self, _codec: str, timestamp: int, payloads: list[bytes]) -> None:
        if not self._is_over:
            self._pipeline.sound(timestamp, payloads)

    def _lost(self) -> None:
        self._pipeline.lost()

    def came(self) -> None:
        """Note a keyframe."""
        self._well_at = self._loop.time()
        self._feedback.keyframe_came()

    def wanted(self) -> None:
        """Request a keyframe now: nothing is decodable before one arrives."""
        if self._video is not None and not self._is_over:
            self._feedback.ask_for_keyframe(self._video)

    # Periodic work

    def connected(self) -> None:
        """Start the timers: the time before the connection does not count."""
        if self._timer is None and not self._is_over:
            self._heard = self._well_at = self._loop.time()
            self._timer = self._loop.call_later(_CHECK_S, self._check)

    def _tend(self) -> None:
        if self._is_over:
            return
        now = self._loop.time()
        for line in self.lines:
            self._feedback.ask_again(line, line.tend(now))
        self._is_tending = any(line.is_waiting for line in self.lines)
        if self._is_tending:
            self._loop.call_later(_TEND_S, self._tend)

    def _check(self) -> None:
        now = self._loop.time()
        if now - self._heard > GONE_S:
            self.cut(VANISHED)
            return
        if self._video is not None:
            if now - self._well_at > self.keyless_s:
                self.cut(_KEYLESS)
                return
            self._feedback.keep_keyframes_coming(self._video)
        self._timer = self._loop.call_later(_CHECK_S, self._check)
        self._meter.saw(self.lines)
        self._checks += 1
        if self._checks % _REPORT_EVERY == 0:
            self._feedback.report(self.lines)

    # State for others

    @property
    def is_silent(self) -> bool:
        """Whether nothing has arrived for a while."""
        return self._loop.time() - self._heard > _SILENT_S

    @property
    def is_aligned(self) -> bool:
        """Whether sender reports have aligned audio and video."""
        return self._pipeline.sync.is_aligned

    def cut(self, reason: str) -> None:
        """End for a reason that users see."""
        self.end(reason)

    def end(self, reason: str | None = None) -> None:
        """Stop receiving; idempotent."""
        if self._is_over:
            return
        self._is_over = True
        if self._timer is not None:
            self._timer.cancel()
        self._pipeline.close()
        self._on_end(reason)

    def ask_for_keyframe(self) -> bool:
        """Request a keyframe, unless that was just done; return whether it was requested."""
        if self._video is None or self._pipeline.is_transcoded:
            return False  # a transcoder makes them every 2 s
        return self._feedback.ask_for_keyframe(self._video)

    def info(self) -> IngestInfo:
        """Return the connection's statistics."""
        resend = self._video.resend if self._video else None
        return IngestInfo(
            protocol=self.protocol,
            way="tap",
            codec=self._pipeline.codec,
            packets=sum(each.reception.received for each in self.lines),
            lost_packets=sum(each.reception.lost for each in self.lines),
            recovered_packets=sum(each.resend.recovered for each in self.lines),
            loss_percent=self._meter.percent,
            jitter_ms=round(max((each.reception.jitter_ms for each in self.lines), default=0), 1),
            rtt_ms=round(resend.rtt_s * 1000, 1) if resend and resend.recovered else 0.0,
            keyframe_requests=self._feedback.keyframe_requests,
            bandwidth_kbps=self._feedback.bandwidth_kbps,
        )


def _conceal() -> None:
    """Do nothing: a decoder conceals an audio gap of 20 ms."""
