"""A scripted UDP relay between a browser and a node: loss, delay, reordering."""

import asyncio
import heapq
import itertools
import random
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Page

Address = tuple[str, int]


@dataclass(frozen=True)
class Network:
    """What happens to media packets on the way."""

    name: str
    loss: float = 0.0
    delay_s: float = 0.0
    jitter_s: float = 0.0
    reorder: float = 0.0  # the share that is 20 ms late
    outage: tuple[float, float] | None = None  # from, to; seconds after the first packet


class Relay(asyncio.DatagramProtocol):
    """One port for browser and node; distorts media into or out of the node."""

    def __init__(self, node: Address, network: Network, *, inward: bool = False) -> None:
        self._node, self._network, self._inward = node, network, inward
        self._browser: Address | None = None
        self._chance = random.Random(11)
        self._late: list[tuple[float, int, bytes, Address]] = []
        self._number = itertools.count()
        self._began: float | None = None
        self._free_at = 0.0

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401 (asyncio's base type has no sendto)
        self._transport: asyncio.DatagramTransport = transport

    def datagram_received(self, data: bytes, addr: Address) -> None:
        now = asyncio.get_running_loop().time()
        is_media = 127 < data[0] < 192
        if is_media and self._began is None:
            self._began = now
        if self._is_out(now):
            return
        is_from_node = addr == self._node
        if not is_from_node:
            self._browser = addr
        to = self._browser if is_from_node else self._node
        if to is None:
            return
        if is_from_node is self._inward:
            self._later(data, to, self._network.delay_s, now)
        else:
            self._worse(data, to, now, is_media=is_media)

    def _worse(self, data: bytes, to: Address, now: float, *, is_media: bool) -> None:
        network, chance = self._network, self._chance
        if is_media and chance.random() < network.loss:
            return
        if chance.random() < network.reorder:
            self._later(data, to, 0.02, now)
            return
        delay = network.delay_s + chance.uniform(-1, 1) * network.jitter_s
        # Jitter is a queue that fills and empties: it does not reorder.
        self._free_at = max(self._free_at, now + delay)
        self._later(data, to, self._free_at - now, now)

    def _is_out(self, now: float) -> bool:
        outage = self._network.outage
        if outage is None or self._began is None:
            return False
        return outage[0] <= now - self._began < outage[1]

    def _later(self, data: bytes, to: Address, delay_s: float, now: float) -> None:
        if delay_s <= 0:
            if not self._transport.is_closing():
                self._transport.sendto(data, to)
            return
        heapq.heappush(self._late, (now + delay_s, next(self._number), data, to))
        asyncio.get_running_loop().call_at(now + delay_s, self._send_due)

    def _send_due(self) -> None:
        now = asyncio.get_running_loop().time()
        while self._late and self._late[0][0] <= now + 0.0005:
            _, _, data, to = heapq.heappop(self._late)
            if not self._transport.is_closing():
                self._transport.sendto(data, to)


@asynccontextmanager
async def relayed(page: Page, network: Network, *, inward: bool) -> AsyncIterator[None]:
    """Give a page `relayTo`, which returns the port of a relay to the node."""
    relays: list[asyncio.DatagramTransport] = []

    async def relay_to(to: tuple[str, int]) -> int:
        host, port = to
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: Relay((host, port), network, inward=inward), local_addr=("127.0.0.1", 0)
        )
        relays.append(transport)
        number: int = transport.get_extra_info("sockname")[1]
        return number

    name = f"relay{inward}{re.sub(r'[^a-z0-9]', '', network.name)}"
    await page.expose_function(name, relay_to)
    await page.evaluate(f"() => {{ window.relayTo = window.{name} }}")
    yield
    for relay in relays:
        relay.close()
