"""WHIP on a node: answers offers, starts and ends publishers."""

import asyncio
from collections.abc import Callable

from aiortc import RTCPeerConnection

from domain.core.log import get_logger
from media_server.ingest.webrtc.agreement import formats, prefer, teach_codecs, with_start_bitrate
from media_server.ingest.webrtc.fallback import ReceiverPublisher, decode_nothing
from media_server.ingest.webrtc.feedback import Feedback
from media_server.ingest.webrtc.output import Output
from media_server.ingest.webrtc.publisher import Publisher
from media_server.ingest.webrtc.receiver import Format
from media_server.ingest.webrtc.tap import Tap
from media_server.relay.publishing import Publishers
from media_server.relay.registry import Running
from media_server.relay.webrtc.aiortc_internals import missing_names
from media_server.relay.webrtc.ice import Ice, new_connection
from media_server.relay.webrtc.peer import Peer, Peers
from media_server.relay.webrtc.sdp import check_offer

_UNCONNECTED = (
    "The publisher could not connect. Allow UDP to this server (see MOMENTS_WEBRTC_ANNOUNCED and "
    "MOMENTS_ICE_SERVERS)."
)

log = get_logger(__name__)


class Whip:
    """Answers the offers of publishers."""

    def __init__(self, peers: Peers, publishers: Publishers, ice: Ice) -> None:
        self._peers = peers
        self._publishers = publishers
        self._ice = ice
        self.way = "tap"  # how to receive from aiortc: `tap`, or `receiver`, the slower one

    async def check_names(self) -> None:
        """Check whether aiortc is a version we know, and choose the receiver accordingly."""
        self.choose(await missing_names())

    def choose(self, missing: list[str]) -> None:
        """Choose the tap if all internals are present, else aiortc's own receivers."""
        if missing:
            self.way = "receiver"
            decode_nothing()
            log.warning("aiortc_is_another", missing=missing, way=self.way)
        else:
            teach_codecs()
            log.info("webrtc_ingest_ready", way=self.way)

    async def publish(self, running: Running, code: str, offer: str) -> tuple[Peer, str]:
        """Answer an offer, and make the peer the stream's publisher, by its key's code.

        Raises:
            BadInput: The offer is damaged, or offers nothing usable.
            Unauthenticated: The key has been replaced meanwhile.
            Conflict: The stream has a publisher.
            Unavailable: The node is full.
        """
        parsed = check_offer(offer, sends=True)
        self._peers.check_room("whip")
        stream_id = running.config.stream_id
        self._publishers.check_free(stream_id)
        connection = new_connection(self._ice)
        peer = Peer("whip", stream_id, connection)
        self._peers.add(peer)
        try:
            prefer(connection, parsed)
            answer = with_start_bitrate(await peer.answer(offer, self._ice))
            self._begin(peer, running, code, formats(answer, offer))
        except BaseException:
            peer.close_soon()
            raise
        log.info("publisher_answered", stream=stream_id, peer=peer.id[:12])
        return peer, answer

    def _begin(self, peer: Peer, running: Running, code: str, agreed: list[Format]) -> None:
        connection = peer.connection
        stream_id = running.config.stream_id
        taps: list[Tap] = []
        is_up = False

        def ended(reason: str | None) -> None:
            for tap in taps:
                tap.close()
            self._publishers.release(stream_id, publisher, reason)
            peer.close_soon()
            log.info("publisher_ended", stream=stream_id, reason=reason)

        publisher = self._publisher(connection, agreed, taps, ended)

        def changed() -> None:
            nonlocal is_up
            if connection.connectionState == "connected" and not is_up:
                is_up = True
                publisher.connected()

        connection.on("connectionstatechange", changed)
        peer.on_close.append(lambda: publisher.end(None if is_up else _UNCONNECTED))
        inlet = self._publishers.claim(stream_id, code, publisher)
        running.stream.publish(publisher)
        inlet.report("connecting")
        publisher.begin(Output(running.stream, inlet))

    def _publisher(
        self,
        connection: RTCPeerConnection,
        agreed: list[Format],
        taps: list[Tap],
        ended: Callable[[str | None], None],
    ) -> Publisher | ReceiverPublisher:
        if self.way != "tap":
            return ReceiverPublisher(connection, ended)
        tap = Tap(connection)
        taps.append(tap)
        feedback = Feedback(_our_ssrc(connection), tap.send, asyncio.get_running_loop().time)
        publisher = Publisher(agreed, feedback, ended)
        tap.open(publisher.on_rtp, publisher.on_rtcp)
        return publisher


def _our_ssrc(connection: RTCPeerConnection) -> int:
    ssrc: int = connection.getTransceivers()[0].sender._ssrc
    return ssrc
