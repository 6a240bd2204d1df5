"""One viewer's session: aiortc connects, then we send in its place."""

from collections.abc import Callable
from typing import Any

from aiortc import RTCRtpTransceiver
from aiortc.rtcrtpparameters import RTCRtpSendParameters
from aiortc.rtp import (
    RTCP_PSFB_FIR,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    RtcpPsfbPacket,
    RtcpRrPacket,
    RtcpRtpfbPacket,
)
from aiortc.sdp import SessionDescription

from domain.core.errors import UnsupportedMedia
from domain.core.log import get_logger
from domain.core.time import Clock
from media_server.egress.webrtc.broadcast import Broadcast
from media_server.egress.webrtc.negotiation import (
    Choice,
    choose_sound,
    choose_video,
    offer_track,
    readable,
    settle,
)
from media_server.egress.webrtc.send_buffer import SendBuffer
from media_server.egress.webrtc.transport import Transport
from media_server.egress.webrtc.viewer import NegotiatedTrack, Viewer
from media_server.media.packet import Header
from media_server.relay.webrtc.peer import Peer

log = get_logger(__name__)
_Sender = Any  # aiortc's RTCRtpSender, whose methods we replace


class Session:
    """One viewer's session: waits until aiortc has connected, then sends."""

    def __init__(
        self,
        peer: Peer,
        broadcast: Broadcast,
        clock: Clock,
        send_buffer: SendBuffer,
        *,
        offload: bool,
    ) -> None:
        self._offload = offload
        self._peer = peer
        self._broadcast = broadcast
        self._clock = clock
        self._send_buffer = send_buffer
        self._choices: dict[RTCRtpTransceiver, Choice] = {}
        self._lines: dict[str, NegotiatedTrack] = {}
        self._started: set[str] = set()
        self._viewer: Viewer | None = None
        peer.on_close.append(self._end)

    def prepare(
        self, text: str, offer: SessionDescription, header: Header, profile: int | None = None
    ) -> str:
        """Add the tracks that the viewer accepts; return the offer as aiortc reads it.

        `profile` is the video's, if it is not sent in the stream's own.
        """
        video = choose_video(offer, profile or header.video.profile) if header.video else None
        sound = choose_sound(offer, header.audio) if header.audio else None
        if not video and not sound:
            raise UnsupportedMedia(
                "This player supports none of the stream's formats. It needs H.264 or Opus.",
                code="codec",
            )
        if video:
            self._take("video", NegotiatedTrack(self._broadcast.video, 0), video)
        if sound:
            self._take("audio", NegotiatedTrack(self._broadcast.sound, 0), sound)
        settle(self._peer.connection, self._choices)
        return readable(text, video)

    def _take(self, kind: str, line: NegotiatedTrack, choice: Choice) -> None:
        line.payload_type = choice.payload_type
        line.rtx_payload_type = choice.rtx_payload_type
        name = self._broadcast.stream.id
        transceiver = offer_track(self._peer.connection, kind, line.track, name)
        self._choices[transceiver] = choice
        self._lines[kind] = line
        self._stand_in(transceiver.sender, kind, line)

    def _stand_in(self, sender: _Sender, kind: str, line: NegotiatedTrack) -> None:
        """Replace aiortc's sending and its RTCP reader with ours."""

        async def send(parameters: RTCRtpSendParameters) -> None:
            sender.transport._register_rtp_sender(sender, parameters)
            self._started.add(kind)
            if self._started == self._lines.keys():
                self._begin(sender.transport, parameters.rtcp.cname or self._peer.id)

        async def stop() -> None:
            if sender.transport is not None:  # none in an offer that was refused half read
                sender.transport._unregister_rtp_sender(sender)

        async def heard(packet: object) -> None:
            self._heard(line, packet)

        stand_ins: dict[str, Callable[..., Any]] = {
            "send": send,
            "stop": stop,
            "_handle_rtcp_packet": heard,
        }
        for name, method in stand_ins.items():
            setattr(sender, name, method)

    def _begin(self, transport: _Sender, cname: str) -> None:
        if self._peer.is_closed:
            return
        viewer = Viewer(
            Transport(transport, self._send_buffer, offload=self._offload),
            self._send_buffer,
            cname.encode(),
            self._lines.get("video"),
            self._lines.get("audio"),
        )
        self._viewer = viewer
        self._broadcast.add(viewer)
        log.info("whep_viewer", stream=self._broadcast.stream.id, by=viewer.path.kind)

    def _end(self) -> None:
        if self._viewer is not None:
            self._broadcast.remove(self._viewer)
            self._viewer = None

    def _heard(self, line: NegotiatedTrack, packet: object) -> None:
        if isinstance(packet, RtcpRtpfbPacket):
            self._asked_again(line, packet)
        elif isinstance(packet, RtcpPsfbPacket):
            self._asked_keyframe(line, packet)
        elif isinstance(packet, RtcpRrPacket):
            for report in packet.reports:
                if report.ssrc == line.track.ssrc:
                    line.received.take(report, line.track.clock.rate, self._now_us())

    def _asked_again(self, line: NegotiatedTrack, packet: RtcpRtpfbPacket) -> None:
        if self._viewer is not None and packet.fmt == RTCP_RTPFB_NACK:
            self._viewer.resend(line, packet.lost, self._now_us())

    def _asked_keyframe(self, line: NegotiatedTrack, packet: RtcpPsfbPacket) -> None:
        viewer = self._viewer
        if viewer is None or line is not viewer.video:
            return
        is_lost = packet.fmt in {RTCP_PSFB_PLI, RTCP_PSFB_FIR}
        if is_lost and not viewer.restart(line, self._now_us()):
            self._broadcast.ask_keyframe()

    def _now_us(self) -> int:
        return self._clock.now_us()
