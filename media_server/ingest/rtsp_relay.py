"""An RTSP relay between libav and a camera that connects only to checked addresses.

libav follows RTSP redirects by itself to any address. So it connects to a local port of ours, which
accepts that one connection. Behind it the relay speaks with the camera: it logs in, checks and
follows redirects, and forwards replies that name no other server. libav sees one server and one
protocol, TCP; with a camera that refuses TCP, the relay speaks UDP.
"""

import contextlib
import secrets
import select
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from urllib.parse import urljoin, urlsplit

from domain.core.log import get_logger
from media_server.ingest.policy import PullPolicy
from media_server.ingest.reasons import SourceError
from media_server.ingest.rtsp_camera import CameraAddress
from media_server.ingest.rtsp_datagrams import Datagrams
from media_server.ingest.rtsp_dialogue import Dialogue, Redirected
from media_server.ingest.rtsp_messages import Message, MessageReader

_ACCEPT_S, _SEND_S = 10.0, 5.0
_READ_BYTES = 64 * 1024
_MOST_REDIRECTS = 5

log = get_logger(__name__)


class RtspRelay:
    """Relays between libav and one camera for the duration of a pull."""

    def __init__(self, url: str, policy: PullPolicy) -> None:
        self._policy = policy
        self._camera = CameraAddress.find(url, policy)
        self._upstream = self._camera.connect()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1)
        self._listener.settimeout(_ACCEPT_S)
        # The secret path keeps other programs on this machine from connecting instead of libav.
        port = self._listener.getsockname()[1]
        self.url = f"rtsp://127.0.0.1:{port}/{secrets.token_urlsafe(16)}"
        self._datagrams = Datagrams(self._camera.address)
        self._dialogue = Dialogue(self.url, self._camera.url, self._camera.login, self._datagrams)
        self._requests, self._replies = MessageReader(), MessageReader()
        self._redirects = 0
        self._thread = threading.Thread(target=self._run, name="rtsp-relay", daemon=True)

    @property
    def reason(self) -> SourceError | None:
        """Why the camera does not play, if known."""
        return self._dialogue.reason

    @classmethod
    @contextlib.contextmanager
    def to_camera(cls, url: str, policy: PullPolicy) -> Iterator["RtspRelay"]:
        """Connect to a camera, and relay until the context exits.

        Raises:
            SourceError: The camera is not allowed, or not reachable.
        """
        relay = cls(url, policy)
        relay._thread.start()
        try:
            yield relay
        finally:
            with contextlib.suppress(OSError):
                relay._listener.shutdown(socket.SHUT_RDWR)  # in case libav never connected
            relay._thread.join(_ACCEPT_S)

    def _run(self) -> None:
        """Serve libav, which notices the relay's end by its closed connection."""
        with contextlib.ExitStack() as stack:
            stack.callback(self._hang_up)
            try:
                with self._listener:
                    player = stack.enter_context(self._listener.accept()[0])
                player.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._carry(player)
            except SourceError as error:
                self._dialogue.reason = error
            except OSError as error:
                log.info("rtsp_relay_ended", error=type(error).__name__)
            except Exception:
                log.exception("rtsp_relay_failed")

    def _hang_up(self) -> None:
        self._upstream.close()
        self._datagrams.close()

    def _carry(self, player: socket.socket) -> None:
        """Forward messages from both sides until one of them closes."""
        while True:
            connections = [player, self._upstream, *self._datagrams.sockets]
            for connection in _readable(connections, self._datagrams.patience_s):
                if connection.type == socket.SOCK_DGRAM:
                    player.sendall(b"".join(self._datagrams.receive(connection)))
                elif not self._pass_on(connection, player):
                    return
            for frame in self._datagrams.overdue():
                player.sendall(frame)

    def _pass_on(self, connection: socket.socket, player: socket.socket) -> bool:
        """Forward what has arrived over TCP; return whether the connection goes on."""
        data = _read(connection)
        if not data:
            return data is None
        try:
            if connection is player:
                self._ask(self._requests.feed(data))
            else:
                self._answer(self._replies.feed(data), player)
        except Redirected as redirect:
            self._move(redirect.location)
            self._replies = MessageReader()
        return True

    def _ask(self, items: Iterator[Message | bytes]) -> None:
        for item in items:
            if isinstance(item, bytes) and self._datagrams.sockets:
                self._datagrams.send_frames(item)
                continue
            frames = item if isinstance(item, bytes) else self._dialogue.request(item)
            self._upstream.sendall(frames)

    def _answer(self, items: Iterator[Message | bytes], player: socket.socket) -> None:
        for item in items:
            if isinstance(item, bytes):
                player.sendall(item)
                continue
            to_player, to_camera = self._dialogue.reply(item)
            self._upstream.sendall(to_camera)
            player.sendall(to_player)

    def _move(self, location: str) -> None:
        """Follow a redirect after the same check as for the first address.

        Raises:
            SourceError: It leads to an address that is not allowed, or to none.
        """
        self._redirects += 1
        url = urljoin(self._camera.url, location)
        if self._redirects > _MOST_REDIRECTS or urlsplit(url).scheme not in {"rtsp", "rtsps"}:
            raise SourceError(
                "The camera redirects to something other than a stream. Enter another URL.",
                kind="refused",
            )
        try:
            camera = CameraAddress.find(url, self._policy)
        except SourceError as error:
            raise SourceError(
                f"The camera redirects to another address. {error.message}", kind=error.kind
            ) from error
        self._upstream.close()
        self._upstream = camera.connect()
        login = self._dialogue.login if camera.is_same_server(self._camera) else None
        self._camera, self._datagrams.address = camera, camera.address
        self._upstream.sendall(self._dialogue.move(camera.url, camera.login or login))


def _read(connection: socket.socket) -> bytes | None:
    """Return received bytes; None if they were for TLS only, such as a session ticket."""
    connection.settimeout(0)
    try:
        return connection.recv(_READ_BYTES)
    except ssl.SSLWantReadError:
        return None
    finally:
        connection.settimeout(_SEND_S)


def _readable(connections: Sequence[socket.socket], within_s: float | None) -> list[socket.socket]:
    """Wait until there is something to read, or for a time, and return the connections."""
    for connection in connections:
        if isinstance(connection, ssl.SSLSocket) and connection.pending():
            return [connection]
    poll = select.poll()
    for connection in connections:
        poll.register(connection, select.POLLIN)
    ready = {number for number, _ in poll.poll(within_s and within_s * 1000)}
    return [connection for connection in connections if connection.fileno() in ready]
