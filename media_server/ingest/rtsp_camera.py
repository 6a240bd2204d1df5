"""A connection to an RTSP camera: only to a checked address, plain or over TLS."""

import socket
import ssl
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from media_server.ingest.login import Login
from media_server.ingest.policy import PullPolicy, host_in_url
from media_server.ingest.reasons import SourceError

_CONNECT_S = 5.0
_NO_ANSWER = "The camera did not answer. Check that it is on and reachable from here."
# Options that libav would have read from the query; cameras do not know them.
_TRANSPORTS = {"tcp", "udp", "multicast", "udp_multicast", "http", "https"}


@dataclass(frozen=True)
class CameraAddress:
    """A camera's address and login."""

    parts: SplitResult
    address: str
    port: int

    @classmethod
    def find(cls, url: str, policy: PullPolicy) -> "CameraAddress":
        """Resolve and check the address.

        Raises:
            SourceError: It is not allowed, or not found.
        """
        parts = urlsplit(url)
        return cls(parts, *policy.pin(parts))

    @property
    def url(self) -> str:
        """The URL for requests to the camera: without the login."""
        parts = self.parts
        kept = [item for item in parts.query.split("&") if item not in _TRANSPORTS]
        host = f"{host_in_url(str(parts.hostname))}:{self.port}"
        return urlunsplit((parts.scheme, host, parts.path, "&".join(kept), ""))

    @property
    def login(self) -> Login | None:
        """The user and password in the URL."""
        user, password = (_printable(self.parts.username), _printable(self.parts.password))
        return Login(user, password) if user else None

    def is_same_server(self, other: "CameraAddress") -> bool:
        """Return whether a login for one may be sent to the other."""
        mine, its = self.parts, other.parts
        return (mine.scheme, mine.hostname, self.port) == (its.scheme, its.hostname, other.port)

    def connect(self) -> socket.socket:
        """Connect.

        Raises:
            SourceError: The camera is not reachable.
        """
        try:
            connection = socket.create_connection((self.address, self.port), timeout=_CONNECT_S)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return self._secured(connection) if self.parts.scheme == "rtsps" else connection
        except ConnectionRefusedError as error:
            raise SourceError(
                "The camera refused the connection. Check its address and port."
            ) from error
        except OSError as error:
            raise SourceError(_NO_ANSWER) from error

    def _secured(self, connection: socket.socket) -> socket.socket:
        """Wrap the connection in TLS; accepts cameras' self-signed certificates."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        try:
            return context.wrap_socket(connection, server_hostname=self.parts.hostname)
        except BaseException:
            connection.close()
            raise


def _printable(quoted: str | None) -> str:
    return "".join(filter(str.isprintable, unquote(quoted or "")))
