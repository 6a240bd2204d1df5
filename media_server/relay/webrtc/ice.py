"""ICE: the addresses to listen on and to announce, and the STUN and TURN servers.

aiortc binds a port on every address but loopback, and announces those addresses to the peer. Both
are configurable here. Behind NAT, `announced` replaces the address of every host candidate (the
router must forward the port unchanged, so `ports` limits them to a range).
"""

import asyncio
import re
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from random import SystemRandom
from typing import Any, Final

from aioice.candidate import Candidate, candidate_foundation, candidate_priority
from aioice.ice import StunProtocol
from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection

from domain.core.errors import Unavailable
from domain.core.log import get_logger
from domain.core.settings import Settings
from media_server.relay.webrtc.aiortc_internals import ice_connections
from media_server.relay.webrtc.consent import Consent

# Don't let a dead STUN/TURN server delay the answer beyond this.
_GATHER_S: Final = 2
_TRIES: Final = 20
# Larger than any WebRTC packet, which are sized for Ethernet.
_MOST_DATAGRAM_BYTES: Final = 1500
# Some seconds of a publisher; the system may limit it (net.core.rmem_max).
_RECEIVE_BYTES: Final = 2 * 1024 * 1024
_URL = re.compile(
    r"(?P<scheme>stuns?|turns?):((?P<user>[^:@]+):(?P<password>[^@]+)@)?(?P<rest>[^@\s\"<>;]+)"
)
_HOST_CANDIDATE = re.compile(r"^(a=candidate:\S+ \d+ udp \d+ )(\S+)( \d+ typ host.*)$", re.M)

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class IceServer:
    """A STUN or TURN server."""

    url: str
    username: str | None = None
    credential: str | None = None


@dataclass(frozen=True, slots=True)
class Ice:
    """A node's ICE configuration."""

    servers: tuple[IceServer, ...] = ()
    addresses: tuple[str, ...] = ()  # to listen on; empty: those of all interfaces
    announced: tuple[str, ...] = ()  # announced to peers instead of the host addresses
    ports: range | None = None

    @property
    def is_local(self) -> bool:
        """Whether to listen for peers on this very machine."""
        return any(each.startswith("127.") or each == "::1" for each in self.addresses)


def parse_server(text: str) -> IceServer:
    """Parse `stun:host:port` or `turn:user:password@host:port?transport=udp`.

    Raises:
        ValueError: It is neither.
    """
    match = _URL.fullmatch(text)
    if match is None or (match["scheme"].startswith("turn") and match["user"] is None):
        raise ValueError(
            "an ICE server is stun:host:port or turn:user:password@host:port?transport=udp"
        )
    return IceServer(f"{match['scheme']}:{match['rest']}", match["user"], match["password"])


def ice_of(settings: Settings) -> Ice:
    """Return the configuration from the settings.

    Raises:
        ValueError: A server or the port range is malformed.
    """
    ports = None
    if settings.webrtc_ports:
        first, _, last = settings.webrtc_ports.partition("-")
        ports = range(int(first), int(last or first) + 1)
    return Ice(
        tuple(parse_server(text) for text in settings.ice_servers),
        settings.webrtc_addresses,
        settings.webrtc_announced,
        ports,
    )


def link_values(ice: Ice) -> list[str]:
    """Return the `Link` header values that announce the servers to clients (RFC 9725, 4.6)."""
    values = []
    for server in ice.servers:
        value = f'<{server.url}>; rel="ice-server"'
        if server.username is not None:
            value += (
                f'; username="{server.username}"; credential="{server.credential}"'
                '; credential-type="password"'
            )
        values.append(value)
    return values


def new_connection(ice: Ice) -> RTCPeerConnection:
    """Return a peer connection configured with the servers."""
    servers = [
        RTCIceServer(urls=server.url, username=server.username, credential=server.credential)
        for server in ice.servers
    ]
    return RTCPeerConnection(RTCConfiguration(iceServers=servers))


def prepare(connection: RTCPeerConnection, ice: Ice) -> None:
    """Make a peer connection use our addresses; between the remote and the local description.

    A connection without aioice's internals (another version) gathers and checks as aioice does.
    """
    for each in ice_connections(connection):
        each.get_component_candidates = _Gathering(each, ice)
        each.query_consent = Consent(each)


class _Gathering:
    """Replaces aioice's gathering: our addresses, our port range, shorter timeouts."""

    def __init__(self, connection: Any, ice: Ice) -> None:  # noqa: ANN401 (aioice's, by its inner names)
        self._connection = connection
        self._gather = connection.get_component_candidates
        self._ice = ice

    async def __call__(
        self, component: int, addresses: list[str], timeout: int = 5
    ) -> list[Candidate]:
        chosen = [*self._ice.addresses] or [a for a in addresses if not a.startswith("fe80:")]
        hosts = []
        if self._ice.ports is not None:
            hosts = [await self._bind(component, address, self._ice.ports) for address in chosen]
            chosen = []
        others: list[Candidate] = await self._gather(component, chosen, min(timeout, _GATHER_S))
        self._furnish()
        return [*hosts, *others]

    def _furnish(self) -> None:
        """Guard the sockets, and enlarge their buffers for times when the loop is busy."""
        for protocol in self._connection._protocols:
            protocol.datagram_received = _guarded(protocol.datagram_received)
            sock = protocol.transport.get_extra_info("socket")
            if sock is not None:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BYTES)

    async def _bind(self, component: int, address: str, ports: range) -> Candidate:
        loop = asyncio.get_running_loop()
        for port in SystemRandom().sample(ports, min(_TRIES, len(ports))):
            try:
                _, protocol = await loop.create_datagram_endpoint(
                    lambda: StunProtocol(self._connection), local_addr=(address, port)
                )
            except OSError:
                continue
            protocol.local_candidate = Candidate(
                foundation=candidate_foundation("host", "udp", address),
                component=component,
                transport="udp",
                priority=candidate_priority(component, "host"),
                host=address,
                port=port,
                type="host",
            )
            self._connection._protocols.append(protocol)
            return protocol.local_candidate
        raise Unavailable(f"No UDP port is free at {address}. Widen MOMENTS_WEBRTC_PORTS.")


def _guarded(take: Callable[[bytes, Any], None]) -> Callable[[bytes, Any], None]:
    """Shield aioice and aiortc from packets that would end a session and that anybody can send."""

    def received(data: bytes, address: object) -> None:
        if not 0 < len(data) <= _MOST_DATAGRAM_BYTES:
            return
        try:
            take(data, address)
        except (struct.error, LookupError, TypeError) as error:  # STUN with malformed attributes
            log.debug("datagram_refused", error=type(error).__name__)

    return received


def announce(sdp: str, ice: Ice) -> str:
    """Return a description whose host candidates have the announced addresses."""
    if not ice.announced:
        return sdp
    lines: list[str] = []
    done: set[str] = set()
    for line in sdp.split("\r\n"):
        match = _HOST_CANDIDATE.match(line)
        if match is None:
            lines.append(line)
            continue
        for address in ice.announced:
            told = f"{match[1]}{address}{match[3]}"
            if told not in done and (":" in address) == (":" in match[2]):
                done.add(told)
                lines.append(told)
    return "\r\n".join(lines)
