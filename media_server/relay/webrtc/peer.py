"""A node's WebRTC peers: each with an id that is a capability, an ETag and an end."""

import asyncio
import re
import secrets
from collections.abc import Callable
from typing import Literal

from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.exceptions import InternalError, InvalidStateError, OperationError

from domain.core.errors import BadInput, NotFound, RateLimited, Unavailable
from domain.core.log import get_logger
from media_server.relay.player import Player
from media_server.relay.webrtc.ice import Ice, announce, prepare
from media_server.relay.webrtc.sdp import (
    PARSER_ERRORS,
    Fragment,
    is_reachable,
    without_unreachable,
)

Direction = Literal["whip", "whep"]
# Viewers leave this share of a node's peers to publishers: there is one of those for many.
_PUBLISHERS_SHARE = 10
# Offers from one address that wait for their connection: a second of a crowd behind one router.
_MOST_WAITING = 50
# From the answer to a connection: a peer that does not connect is dropped.
_CONNECT_S = 15.0
_MOST_TRICKLED = 40
_OVER = "This session is not there any more: begin a new one"
_UFRAG = re.compile(r"^a=ice-ufrag:(\S+)", re.M)
_REFUSED = (OperationError, InternalError, InvalidStateError, *PARSER_ERRORS)

log = get_logger(__name__)


class Peer:
    """One peer connection with what the signalling routes need of it.

    Everything that has to end with it is in `on_close`; these are called once, when it has ended
    for whatever reason.
    """

    def __init__(
        self,
        direction: Direction,
        stream_id: str,
        connection: RTCPeerConnection,
        player: Player | None = None,
    ) -> None:
        # RFC 9725 wants session URLs that cannot be guessed: knowing one is the right to use it.
        self.id = "peer_" + secrets.token_hex(16)
        self.etag = f'"{secrets.token_hex(8)}"'
        self.direction = direction
        self.stream_id = stream_id
        self.connection = connection
        self.player = player  # who watches
        self.good_until: int | None = None  # Unix seconds; None for whom no token let in
        self.on_close: list[Callable[[], None]] = []
        self.is_closed = False
        self.connect_s = _CONNECT_S
        self.ufrags: frozenset[str] = frozenset()
        self._takes_local = False
        self._trickled = 0
        self._answering = asyncio.Lock()
        self._closing: asyncio.Task[None] | None = None
        self._deadline: asyncio.TimerHandle | None = None
        connection.on("connectionstatechange", self._changed)

    @property
    def is_connected(self) -> bool:
        """Whether media can flow."""
        return self.connection.connectionState == "connected"

    async def answer(self, offer: str, ice: Ice) -> str:
        """Answer an offer that `check_offer` let pass.

        Raises:
            BadInput: The peer offers nothing that we have in common.
            NotFound: It was closed meanwhile.
        """
        connection = self.connection
        self.ufrags = frozenset(_UFRAG.findall(offer))
        self._takes_local = ice.is_local
        try:
            async with self._answering:
                await connection.setRemoteDescription(
                    RTCSessionDescription(without_unreachable(offer, local=ice.is_local), "offer")
                )
                prepare(connection, ice)
                await connection.setLocalDescription(await connection.createAnswer())
        except _REFUSED as error:
            if not self.is_closed:
                log.info("offer_refused", direction=self.direction, error=str(error)[:200])
                raise BadInput(
                    "The offer has no codec that is taken here: video as H.264 or VP8, audio as"
                    " Opus"
                ) from None
        if self.is_closed:
            raise NotFound(_OVER)
        loop = asyncio.get_running_loop()
        self._deadline = loop.call_later(self.connect_s, self._overdue)
        return announce(connection.localDescription.sdp, ice)

    async def trickle(self, fragment: Fragment) -> None:
        """Take candidates that the peer found later."""
        self._trickled += len(fragment.candidates)
        if self._trickled > _MOST_TRICKLED:
            raise BadInput("There are too many ICE candidates")
        for candidate in fragment.candidates:
            if is_reachable(candidate.ip, local=self._takes_local):
                await self.connection.addIceCandidate(candidate)

    def close_soon(self) -> None:
        """Begin to close; for callers that cannot wait."""
        if self._closing is None:
            self._closing = asyncio.get_running_loop().create_task(self._close())

    async def close(self) -> None:
        """Close and wait until everything of it is gone."""
        self.close_soon()
        assert self._closing is not None  # noqa: S101 (set in the line before)
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        self.is_closed = True
        if self._deadline is not None:
            self._deadline.cancel()
        for callback in self.on_close:
            callback()
        try:
            async with self._answering:  # closed in between, the sockets opened after would stay
                await self.connection.close()
        except Exception:
            log.exception("peer_close_failed", peer=self.id[:12])

    def _changed(self) -> None:
        state = self.connection.connectionState
        if state == "connected" and self._deadline is not None:
            self._deadline.cancel()
        if state in {"failed", "closed"}:
            self.close_soon()

    def _overdue(self) -> None:
        log.info("peer_did_not_connect", direction=self.direction, stream=self.stream_id)
        self.close_soon()


class Peers:
    """All peers of a node, of both directions."""

    def __init__(self, most: int) -> None:
        self.connect_s = _CONNECT_S
        self._most = most
        self._by_id: dict[str, Peer] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def check_room(self, direction: Direction, address: str | None = None) -> None:
        """Refuse before anything is made.

        Raises:
            RateLimited: Too many of this address's have not connected yet.
            Unavailable: The node has as many peers as it takes.
        """
        kept = self._most // _PUBLISHERS_SHARE if direction == "whep" else 0
        if len(self._by_id) >= self._most - kept:
            raise Unavailable(
                "This media node has as many WebRTC peers as it takes: try again in a moment",
                retry_after_s=5,
            )
        waiting = [peer.player for peer in self._by_id.values() if not peer.is_connected]
        if sum(one is not None and one.address == address for one in waiting) >= _MOST_WAITING:
            raise RateLimited(
                "Too many sessions from your address have not connected yet: try again in a moment",
                retry_after_s=5,
            )

    def add(self, peer: Peer) -> None:
        """Keep a peer until it closes."""
        peer.connect_s = self.connect_s
        self._by_id[peer.id] = peer
        peer.on_close.append(lambda: self._forget(peer))

    def _forget(self, peer: Peer) -> None:
        self._by_id.pop(peer.id, None)

    def get(self, direction: Direction, stream_id: str, peer_id: str) -> Peer:
        """Return a peer.

        Raises:
            NotFound: There is none of this id at this stream, or it has ended.
        """
        peer = self._by_id.get(peer_id)
        if peer is None or (peer.direction, peer.stream_id) != (direction, stream_id):
            raise NotFound(_OVER)
        return peer

    def of(self, stream_id: str) -> list[Peer]:
        """Return the peers of a stream."""
        return [peer for peer in self._by_id.values() if peer.stream_id == stream_id]

    async def close(self) -> None:
        """Close all."""
        await asyncio.gather(*(peer.close() for peer in list(self._by_id.values())))
