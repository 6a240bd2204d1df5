"""WHEP's core: from an offer to a served viewer, for all streams of a node."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from aiortc.sdp import SessionDescription

from domain.core.errors import StreamOffline, UnsupportedMedia
from domain.core.log import get_logger
from domain.core.time import Clock
from domain.live.wire import StreamConfig
from media_server.egress.access import is_open
from media_server.egress.webrtc.aiortc_internals import missing_names
from media_server.egress.webrtc.broadcast import Broadcast
from media_server.egress.webrtc.fallback import attach
from media_server.egress.webrtc.reordered import has_reordering
from media_server.egress.webrtc.send_buffer import SendBuffer
from media_server.egress.webrtc.session import Session
from media_server.media.transcode import PROFILE
from media_server.relay.live import LiveStream
from media_server.relay.player import Player
from media_server.relay.registry import Registry, Running
from media_server.relay.webrtc.ice import Ice, new_connection
from media_server.relay.webrtc.peer import Peer, Peers

_B_FRAMES: Final = (
    "This stream has B-frames, which WebRTC does not support. Watch it by HLS, or turn B-frames "
    "off at the source (x264: bframes=0, OBS: the tune zerolatency)."
)
_OFFLINE: Final = "The stream has nothing to play yet. Try again when it is live."

log = get_logger(__name__)

Way = Literal["own", "aiortc"]


@dataclass(frozen=True, slots=True)
class Sending:
    """How to send to viewers: by detection (no `way`), with segmentation offload if available."""

    way: Way | None = None
    offload: bool = True
    transcodes: bool = False  # what has B-frames


class Whep:
    """Opens viewers' sessions; broadcasts start and stop with the streams."""

    def __init__(
        self,
        registry: Registry,
        clock: Clock,
        peers: Peers,
        ice: Ice,
        sending: Sending | None = None,
    ) -> None:
        sending = sending or Sending()
        self._clock = clock
        self._peers = peers
        self._ice = ice
        self._send_buffer: SendBuffer | None = None
        self._offload = sending.offload
        self._transcodes = sending.transcodes
        self.way: Way | None = sending.way  # None until the first viewer
        self._broadcasts: dict[str, Broadcast] = {}
        registry.on_start.append(self._add)
        registry.on_change.append(self._changed)
        registry.on_stop.append(self._remove)

    def broadcast(self, stream_id: str) -> Broadcast:
        """Return a running stream's broadcast."""
        return self._broadcasts[stream_id]

    def all(self) -> list[Broadcast]:
        """Return all broadcasts."""
        return list(self._broadcasts.values())

    def _add(self, running: Running) -> None:
        stream = running.stream
        broadcast = Broadcast(
            stream, self._clock, stream.ask_for_keyframe, transcodes=self._transcodes
        )
        broadcast.on_reordered = lambda: self._end_reordered(stream.id)
        self._broadcasts[stream.id] = broadcast
        stream.counters.sessions = lambda: [
            peer.player
            for peer in self._peers.of(stream.id)
            if peer.direction == "whep" and peer.is_connected and peer.player is not None
        ]

    def _remove(self, running: Running) -> None:
        self._broadcasts.pop(running.config.stream_id).close()

    def _changed(self, before: StreamConfig, running: Running) -> None:
        """End the sessions opened without a token when the stream goes private."""
        if is_open(before) and not is_open(running.config):
            for peer in self._peers.of(running.config.stream_id):
                if peer.direction == "whep" and peer.good_until is None:
                    peer.close_soon()

    def _end_reordered(self, stream_id: str) -> None:
        """End the sessions of a stream that has started to send B-frames; players switch to HLS."""
        log.info("b_frames", stream=stream_id)
        for peer in self._peers.of(stream_id):
            if peer.direction == "whep":
                peer.close_soon()

    async def open(
        self,
        stream: LiveStream,
        text: str,
        offer: SessionDescription,
        player: Player,
        check: Callable[[], int | None],
    ) -> tuple[Peer, str]:
        """Answer a validated offer; media flows once the peer has connected.

        Args:
            stream: The stream to watch.
            text: The offer.
            offer: The same, parsed.
            player: The caller.
            check: Raises if the viewer may not watch; returns the token's expiry, if there is a
                token. Called when the peer is created: from then on, changes end the session.

        Raises:
            StreamOffline: The stream is not live.
            UnsupportedMedia: It has B-frames (`b_frames`), or the player lacks H.264 (`codec`).
            BadInput: The offer cannot be answered.
            RateLimited: Too many of the caller's peers have not connected yet.
            Unavailable: The node is full.
        """
        header = stream.ring.header
        if header is None or not stream.is_live:
            raise StreamOffline(_OFFLINE)
        way, is_plain = await self._chosen_way(), not has_reordering(stream.ring)
        if not is_plain and not (self._transcodes and way == "own"):
            raise UnsupportedMedia(_B_FRAMES, code="b_frames")
        good_until = check()
        self._peers.check_room("whep", player.address)
        peer = Peer("whep", stream.id, new_connection(self._ice), player)
        self._peers.add(peer)
        try:
            self._end_at(peer, good_until)
            if way == "own":
                profile = None if is_plain else PROFILE
                text = self._session(peer, stream).prepare(text, offer, header, profile)
            else:
                attach(peer, stream, header)
                self._count(peer, self.broadcast(stream.id))
            answer = await peer.answer(text, self._ice)
        except BaseException:
            await peer.close()
            raise
        return peer, answer

    def _end_at(self, peer: Peer, good_until: int | None) -> None:
        """End a session when its token expires; a viewer with a newer token starts another."""
        peer.good_until = good_until
        if good_until is not None:
            left_s = good_until - self._clock.now().timestamp()
            timer = asyncio.get_running_loop().call_later(left_s, peer.close_soon)
            peer.on_close.append(timer.cancel)

    def _session(self, peer: Peer, stream: LiveStream) -> Session:
        if self._send_buffer is None:
            self._send_buffer = SendBuffer()
        broadcast = self.broadcast(stream.id)
        return Session(peer, broadcast, self._clock, self._send_buffer, offload=self._offload)

    async def _chosen_way(self) -> Way:
        """Return how to send to viewers, detected once, before the first of them."""
        if self.way is None:
            missing = await missing_names()
            self.way = "aiortc" if missing else "own"
            log.info("whep_sends", way=self.way, missing=missing)
        return self.way

    @staticmethod
    def _count(peer: Peer, broadcast: Broadcast) -> None:
        broadcast.others += 1

        def left() -> None:
            broadcast.others -= 1

        peer.on_close.append(left)
