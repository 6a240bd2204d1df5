"""Which network addresses a user's URL may lead to.

A name is resolved once, every address of the answer is checked, and the caller connects to a
checked address: never to the name, which could resolve differently the second time.
"""

import concurrent.futures
import ipaddress
import socket
from collections.abc import Callable, Iterable
from enum import Enum

from domain.core.errors import BadInput, Unavailable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolver = Callable[[str, int], list[str]]


class Policy(Enum):
    """Which addresses a fetch may reach."""

    PUBLIC_ONLY = "public"  # public internet addresses only
    PULL = "pull"  # cameras too: private networks, and the networks that the operator lists


_PRIVATE = tuple(
    ipaddress.ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)
# Instance metadata inside otherwise private ranges: Amazon's and Google's over IPv6.
_METADATA = frozenset(map(ipaddress.ip_address, ("fd00:ec2::254", "fd20:ce::254")))
# Not real destinations, or translators to anywhere: relays (RFC 7526), Teredo, NAT64 for local use
# (RFC 8215), site-local (RFC 3879), discard-only, benchmarking, reserved.
_NEVER_PUBLIC = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15",
        "240.0.0.0/4", "::/96", "64:ff9b:1::/48", "100::/64", "2001::/32", "fec0::/10",
    )
)  # fmt: skip
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class AddressRules:
    """A policy, with the networks that the operator allows for pulls."""

    def __init__(self, policy: Policy, networks: Iterable[str] = ()) -> None:
        self._policy = policy
        self._listed: tuple[Network, ...] = (
            tuple(ipaddress.ip_network(text, strict=False) for text in networks)
            if policy is Policy.PULL
            else ()
        )

    def allows(self, text: str) -> bool:
        """Return whether an address, and every address embedded in it, is allowed."""
        address = ipaddress.ip_address(text.partition("%")[0])
        return all(map(self._allows_form, _forms(address)))

    def _allows_form(self, address: Address) -> bool:
        if any(address in network for network in self._listed):
            return True
        if _is_public(address):
            return True
        return (
            self._policy is Policy.PULL
            and address not in _METADATA
            and any(address in network for network in _PRIVATE)
        )


def _forms(address: Address) -> list[Address]:
    """Return an address's destination: itself, or the IPv4 address embedded in it."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return [address.ipv4_mapped]
        if address.sixtofour is not None:
            return [address.sixtofour]
        if address in _NAT64:
            return [ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)]
    return [address]


def _is_public(address: Address) -> bool:
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not any(address in network for network in _NEVER_PUBLIC)
    )


# Name resolution cannot be interrupted, so it runs in its own threads.
_RESOLVERS = 8
_RESOLVE_TIMEOUT_S = 5.0


def system_resolver(host: str, port: int) -> list[str]:
    """Return the addresses of a host name, or of an address in any form the system parses."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(answer[4][0]) for answer in answers]


class AddressBook:
    """Resolves and checks."""

    def __init__(self, rules: AddressRules, resolver: Resolver = system_resolver) -> None:
        self._rules = rules
        self._resolver = resolver
        self._threads = concurrent.futures.ThreadPoolExecutor(
            _RESOLVERS, thread_name_prefix="resolve"
        )

    def resolve(self, host: str, port: int) -> list[str]:
        """Return the allowed addresses, in the system's order of preference.

        Raises:
            BadInput: One of the name's addresses is not allowed (`code="unsafe_url"`).
            Unavailable: The name does not exist, or DNS does not answer in time.
        """
        try:
            found = self._threads.submit(self._resolver, host, port).result(_RESOLVE_TIMEOUT_S)
        except (OSError, UnicodeError, TimeoutError) as error:
            raise Unavailable(
                f"The host name {host} was not found. Check the address.", retry_after_s=5
            ) from error
        addresses = list(dict.fromkeys(found))
        if not addresses or not all(map(self._rules.allows, addresses)):
            raise BadInput(
                f"{host} is not a permitted address: loopback, link-local, metadata and other "
                "internal addresses are blocked. Use a public address.",
                code="unsafe_url",
            )
        return addresses

    def close(self) -> None:
        """Stop the threads without waiting for running look-ups."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def resolve_checked(host: str, port: int, policy: Policy, networks: Iterable[str] = ()) -> str:
    """Return one checked address of a host, for protocols other than HTTP (such as RTSP).

    Connect to this address, not to the name. Blocks for up to 5 s: call it in a thread.

    Raises:
        BadInput: The host is not allowed (`code="unsafe_url"`).
        Unavailable: The name does not exist.
    """
    book = AddressBook(AddressRules(policy, networks))
    try:
        return book.resolve(host, port)[0]
    finally:
        book.close()
