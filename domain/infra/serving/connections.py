"""Which connections a server keeps: a limit in all, and a limit per address.

Over a limit, a connection that waits for its client is evicted: first one without any request yet,
then one idle between two requests, oldest first. So a client that opens connections and sends
nothing loses them to active clients. While all are busy, a new one is refused.
"""

import contextlib
import ipaddress
import itertools
import time
from collections.abc import Callable, Iterable, Iterator
from enum import Enum

from domain.core.log import get_logger
from domain.infra.rate_limit import network_of

_LOG_EVERY_S = 60.0
# A proxy on this machine may speak for everybody, and local attackers have other ways.
LOOPBACK = ("127.0.0.0/8", "::1")
ANYBODY = "*"

log = get_logger(__name__)


class State(Enum):
    """A connection's state."""

    NEW = "no request yet"
    BUSY = "receiving or answering a request"
    IDLE = "waiting for the next request"


class Place:
    """One connection's slot; `leave` it when the connection is closed."""

    __slots__ = ("_leave", "abort", "state")

    def __init__(self, leave: Callable[["Place"], None]) -> None:
        self._leave = leave
        self.state = State.BUSY  # until there is something to abort
        self.abort: Callable[[], object] = lambda: None

    def leave(self) -> None:
        """Release the slot; idempotent."""
        self._leave(self)


class Connections:
    """The slots of one server."""

    def __init__(self, most: int, most_of_address: int, trusted: Iterable[str] = LOOPBACK) -> None:
        """Set the limits; trusted addresses and networks are exempt from the second one."""
        self._most = most
        self._most_of_address = min(most_of_address, max(1, most // 2))
        self._trusted = list(_networks(trusted))
        self._places: dict[Place, str] = {}  # oldest first
        self._of: dict[str, dict[Place, None]] = {}
        self.refused = self.displaced = 0
        self._logged_s: float | None = None

    def __len__(self) -> int:
        return len(self._places)

    def enter(self, address: str) -> Place | None:
        """Return a slot for a connection from an address, or None to refuse it."""
        network = network_of(address)
        mine = self._of.get(network, {})
        has_room = (
            len(mine) < self._most_of_address or self._is_trusted(address) or self._make_room(mine)
        ) and (len(self._places) < self._most or self._make_room(self._places))
        if not has_room:
            self._refuse(network, len(mine))
            return None
        place = Place(self._remove)
        self._places[place] = network
        self._of.setdefault(network, {})[place] = None
        return place

    def _is_trusted(self, address: str) -> bool:
        ip = ipaddress.ip_address(address.partition("%")[0])
        ip = getattr(ip, "ipv4_mapped", None) or ip
        return any(ip in network for network in self._trusted)

    def _make_room(self, places: Iterable[Place]) -> bool:
        for state, place in itertools.product((State.NEW, State.IDLE), list(places)):
            if place.state is state:
                place.abort()
                self._remove(place)
                self.displaced += 1
                return True
        return False

    def _remove(self, place: Place) -> None:
        network = self._places.pop(place, None)
        if network is not None:
            del self._of[network][place]
            if not self._of[network]:
                del self._of[network]

    def _refuse(self, network: str, its_own: int) -> None:
        self.refused += 1
        now = time.monotonic()
        if self._logged_s is None or now - self._logged_s >= _LOG_EVERY_S:
            self._logged_s = now
            log.warning(
                "connections_refused",
                total=self.refused,
                address=network,
                of_address=its_own,
                open=len(self._places),
                hint=_HINT,
            )


def _networks(texts: Iterable[str]) -> Iterator[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    for text in texts:
        for each in ("0.0.0.0/0", "::/0") if text == ANYBODY else (text,):
            with contextlib.suppress(ValueError):  # a name: no connection has one
                yield ipaddress.ip_network(each, strict=False)


_HINT = (
    "If the address is your proxy's, add it to MOMENTS_TRUSTED_PROXIES. If many people share it, "
    "raise MOMENTS_CONNECTIONS_PER_ADDRESS. If there are too many in all, raise the limit on "
    "open files."
)
