"""A node's WebRTC peers: each with an id that is a capability, an ETag and a lifetime."""

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
# Viewers leave this share of a node's peers to publishers: one publisher serves many viewers.
_PUBLISHERS_SHARE = 10
# Unconnected offers per address: a second of a crowd behind one router.
_MOST_WAITING = 50
# Time from the answer to the connection; after it, an unconnected peer is dropped.
_CONNECT_S = 15.0
_MOST_TRICKLED = 40
_OVER = "This session has ended. Start a new one."
_UFRAG = re.compile(r"^a=ice-ufrag:(\S+)", re.M)
_REFUSED = (OperationError, InternalError, InvalidStateError, *PARSER_ERRORS)

log = get_logger(__name__)


class Peer:
    """One peer connection and what the signalling routes need of it.

    `on_close` holds everything that has to end with it, called once, for whatever reason it ended.
    """

    def __init__(
        self,
        direction: Direction,
        stream_id: str,
        connection: RTCPeerConnection,
        player: Player | None = None,
    ) -> None:
        # RFC 9725 requires unguessable session URLs: knowing one is the right to use it.
        self.id = "peer_" + secrets.token_hex(16)
        self.etag = f'"{secrets.token_hex(8)}"'
        self.direction = direction
        self.stream_id = stream_id
        self.connection = connection
        self.player = player  # the viewer
        self.good_until: int | None = None  # Unix seconds; None for access without a token
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
        """Answer an offer that passed `check_offer`.

        Raises:
            BadInput: We have no codec in common.
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
                    "The offer has no supported codec. Offer video as H.264 or VP8, audio as Opus."
                ) from None
        if self.is_closed:
            raise NotFound(_OVER)
        loop = asyncio.get_running_loop()
        self._deadline = loop.call_later(self.connect_s, self._overdue)
        return announce(connection.localDescription.sdp, ice)

    async def trickle(self, fragment: Fragment) -> None:
        """Add trickled candidates."""
        self._trickled += len(fragment.candidates)
        if self._trickled > _MOST_TRICKLED:
            raise BadInput("There are too many ICE candidates. Send fewer.")
        for candidate in fragment.candidates:
            if is_reachable(candidate.ip, local=self._takes_local):
                await self.connection.addIceCandidate(candidate)

    def close_soon(self) -> None:
        """Start closing; for callers that cannot wait."""
        if self._closing is None:
            self._closing = asyncio.get_running_loop().create_task(self._close())

    async def close(self) -> None:
        """Close and wait until everything is released."""
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
            async with self._answering:  # if closed in between, the sockets opened after would leak
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
        """Refuse before anything is created.

        Raises:
            RateLimited: Too many peers from this address have not connected yet.
            Unavailable: The node is full.
        """
        kept = self._most // _PUBLISHERS_SHARE if direction == "whep" else 0
        if len(self._by_id) >= self._most - kept:
            raise Unavailable(
                "This media node has reached its limit of WebRTC peers. Try again shortly.",
                retry_after_s=5,
            )
        waiting = [peer.player for peer in self._by_id.values() if not peer.is_connected]
        if sum(one is not None and one.address == address for one in waiting) >= _MOST_WAITING:
            raise RateLimited(
                "Too many sessions from your address have not connected yet. Try again shortly.",
                retry_after_s=5,
            )

    def add(self, peer: Peer) -> None:
        """Register a peer until it closes."""
        peer.connect_s = self.connect_s
        self._by_id[peer.id] = peer
        peer.on_close.append(lambda: self._forget(peer))

    def _forget(self, peer: Peer) -> None:
        self._by_id.pop(peer.id, None)

    def get(self, direction: Direction, stream_id: str, peer_id: str) -> Peer:
        """Return a peer.

        Raises:
            NotFound: The stream has no peer with this id, or it has ended.
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
