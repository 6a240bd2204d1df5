"""Which connections a server keeps: a number in all, and a number of each address.

Where there are too many, one that waits for its client makes room: first one that has sent no
request yet, then one that is idle between two, the oldest first. So whoever opens connections and
says nothing loses them to those who do say something. While all are busy a new one is refused.
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
# A proxy on this machine may speak for everybody, and attackers on it have other ways.
LOOPBACK = ("127.0.0.0/8", "::1")
ANYBODY = "*"

log = get_logger(__name__)


class State(Enum):
    """What a connection is doing."""

    NEW = "no request has come yet"
    BUSY = "a request is being received or answered"
    IDLE = "the next request has not come"


class Place:
    """One connection's place; `leave` it when the connection is closed."""

    __slots__ = ("_leave", "abort", "state")

    def __init__(self, leave: Callable[["Place"], None]) -> None:
        self._leave = leave
        self.state = State.BUSY  # until there is something to abort
        self.abort: Callable[[], object] = lambda: None

    def leave(self) -> None:
        """Give the place to another; twice is once."""
        self._leave(self)


class Connections:
    """The places of one server."""

    def __init__(self, most: int, most_of_address: int, trusted: Iterable[str] = LOOPBACK) -> None:
        """Set the limits; the second one does not hold for trusted addresses and networks."""
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
        """Return a place for a connection from an address, or None where it must be refused."""
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
            with contextlib.suppress(ValueError):  # a name: no connection comes from one
                yield ipaddress.ip_network(each, strict=False)


_HINT = (
    "If the address is your proxy's, add it to MOMENTS_TRUSTED_PROXIES. If many people share it, "
    "raise MOMENTS_CONNECTIONS_PER_ADDRESS. If there are too many in all, raise the limit on open "
    "files."
)
