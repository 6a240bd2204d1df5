"""The RTMP port: many publishers, each with its own limits."""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable

from domain.core.errors import NodeUnavailable, NotFound, Unavailable
from domain.core.log import get_logger
from domain.core.time import Clock
from media_server.ingest.rtmp.session import Session
from media_server.ingest.rtmp.stream_writer import Feed, StreamFeed
from media_server.relay.publishing import Publishers, split_key
from media_server.relay.registry import Registry, Running

_LOOK_S = 1.0
# Peers without a key yet, per listener and per address: a publisher is one only briefly. A flood
# from many addresses evicts its own peers.
_MOST_STRANGERS, _MOST_OF_AN_ADDRESS = 200, 20

# Opens the way to a stream on another node; None if no node runs it.
StreamRedirect = Callable[[str, str, Session], Awaitable[Feed | None]]

log = get_logger(__name__)


class RtmpServer:
    """Admits publishers and connects them to their streams."""

    def __init__(
        self,
        registry: Registry,
        publishers: Publishers,
        clock: Clock,
        *,
        most: int = 200,
    ) -> None:
        self._registry = registry
        self._publishers = publishers
        self._clock = clock
        self._most = most
        self.elsewhere: StreamRedirect | None = None
        self._sessions: dict[Session, None] = {}  # oldest first
        self._servers: list[asyncio.AbstractServer] = []
        self.refused = 0

    def __len__(self) -> int:
        return len(self._sessions)

    @property
    def publishing(self) -> int:
        """The number of current publishers."""
        return sum(session.is_publishing for session in self._sessions)

    def counts(self) -> dict[str, int]:
        """Return the number of peers by state."""
        publishing = self.publishing
        return {"publishing": publishing, "waiting": len(self._sessions) - publishing}

    async def listen(self, listener: socket.socket, *, is_private: bool = False) -> None:
        """Accept connections; those at a private listener are other nodes."""
        make = self._relayed if is_private else self._session
        loop = asyncio.get_running_loop()
        self._servers.append(await loop.create_server(make, sock=listener))

    async def run(self) -> None:
        """Supervise the sessions until cancelled, then end them."""
        try:
            while True:
                await asyncio.sleep(_LOOK_S)
                self._look()
        finally:
            for server in self._servers:
                server.close()
            for session in list(self._sessions):
                session.redirect("The media node is shutting down. Connect again.")

    def _look(self) -> None:
        now = time.monotonic()
        for session in list(self._sessions):
            session.look(now)

    def _session(self) -> asyncio.Protocol:
        return Session(self).connection

    def _relayed(self) -> asyncio.Protocol:
        return Session(self, is_relayed=True).connection

    # Calls from sessions

    def came(self, session: Session) -> bool:
        """Register a newly connected session; return whether it may stay.

        When there are too many strangers, the oldest is evicted: a publisher needs little time.
        """
        strangers = [
            other
            for other in self._sessions
            if other.is_stranger and other.is_relayed == session.is_relayed
        ]
        alike = sum(other.connection.network == session.connection.network for other in strangers)
        if alike >= _MOST_OF_AN_ADDRESS and not session.is_relayed:  # nodes forward many
            self.refused += 1
            return False
        self._sessions[session] = None
        if len(strangers) >= _MOST_STRANGERS:
            self.refused += 1
            self.closed(strangers[0])
            strangers[0].connection.abort()
        return True

    async def publish(self, key: str, session: Session) -> Feed:
        """Start publishing; return the stream's writer.

        Raises:
            Unauthenticated: No stream has this key.
            Conflict: The stream has a publisher.
            Unavailable: The node is full.
        """
        stream_id, code = split_key(key)
        if self.publishing >= self._most:
            raise Unavailable(
                "This media node has reached its limit of publishers. Try again later."
            )
        try:
            running = self._registry.get(stream_id)
        except NotFound:
            self._publishers.check_known(stream_id, code)  # no directory look-ups for strangers
            feed = await self._publish_elsewhere(stream_id, key, session)
            if feed is not None:
                return feed
            running = self._arrived(stream_id)
        inlet = self._publishers.claim(stream_id, code, session)
        session.stream_id = stream_id
        log.info("publisher_connected", stream=stream_id, protocol="RTMP")
        feed = StreamFeed(inlet, self._clock, running.stream.ring.end_us)
        running.stream.publish(feed)
        return feed

    async def _publish_elsewhere(self, stream_id: str, key: str, session: Session) -> Feed | None:
        if self.elsewhere is None or session.is_relayed:
            return None
        return await self.elsewhere(stream_id, key, session)

    def _arrived(self, stream_id: str) -> Running:
        """Return a stream that may have been assigned to this node just now."""
        try:
            return self._registry.get(stream_id)
        except NotFound:
            raise NodeUnavailable(
                "No media node is running this stream right now. Try again shortly."
            ) from None

    def ended(self, session: Session, reason: str | None) -> None:
        """Note that a session has stopped publishing."""
        stream_id, session.stream_id = session.stream_id, None
        if stream_id is not None:
            self._publishers.release(stream_id, session, reason)
            log.info("publisher_left", stream=stream_id, protocol="RTMP", reason=reason)

    def closed(self, session: Session) -> None:
        """Forget a session."""
        self._sessions.pop(session, None)
