"""A real Chromium watches by WHEP over bad networks: loss, delay, jitter, reordering, an outage.

Between browser and node stands a UDP relay of our own that scripts what happens to packets from the
node, both ways in an outage; the answer's candidates are rewritten to it, so that all media passes.
It is a relay, not netem, so it runs where the kernel has no such thing.

Freezes are Chromium's own count (`freezeCount`); the worst gap is between two frames on screen;
after the outage the time to the next frame counts as recovery. The demo has a keyframe every 2 s
and cannot be asked for one.

Run as `python -m benchmarks.networks [--seconds 12]`.
"""

import argparse
import asyncio
import heapq
import itertools
import random
import re
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Page, async_playwright

from tests.conftest import isolated_settings
from tests.integration.node.conftest import Running, run_node, stream_config

Address = tuple[str, int]


@dataclass(frozen=True)
class Network:
    """What happens to packets on their way to the viewer."""

    name: str
    loss: float = 0.0
    delay_s: float = 0.0
    jitter_s: float = 0.0
    reorder: float = 0.0  # the share that comes 20 ms late
    outage: tuple[float, float] | None = None  # from, to; seconds after the first packet


NETWORKS = (
    Network("as it is"),
    Network("2 % loss", loss=0.02),
    Network("5 % loss", loss=0.05),
    Network("10 % loss", loss=0.10),
    Network("5 % loss, 40 ms", loss=0.05, delay_s=0.04),
    Network("150 ms, 30 ms jitter", delay_s=0.15, jitter_s=0.03),
    Network("reordering 5 %", reorder=0.05),
    Network("3 s outage", outage=(5.0, 8.0)),
)

_WATCH = r"""
async ([url, seconds, relay]) => {
  const video = document.querySelector('video'), pc = new RTCPeerConnection();
  const media = new MediaStream(), shown = [], delays = [];
  video.srcObject = media; video.muted = true;
  pc.ontrack = e => media.addTrack(e.track);
  pc.addTransceiver('video', {direction: 'recvonly'});
  pc.addTransceiver('audio', {direction: 'recvonly'});
  await pc.setLocalDescription(await pc.createOffer());
  const began = performance.now();
  const r = await fetch(url, {method: 'POST', headers: {'content-type': 'application/sdp'},
                              body: pc.localDescription.sdp.replace(/^a=candidate.*\r\n/gm, '')});
  const [rtp, utc] = r.headers.get('x-moments-clock').split('=').map(Number);
  const sdp = await r.text(), to = sdp.match(/^a=candidate:\S+ 1 udp \d+ (\S+) (\d+)/m);
  const port = await window.relayTo([to[1], Number(to[2])]);
  const answer = sdp.replace(/^(a=candidate:\S+ 1 udp \d+) \S+ \d+/gm, `$1 127.0.0.1 ${port}`);
  const see = (now, m) => {
    shown.push(now);
    const instant = utc + ((m.rtpTimestamp - rtp) | 0) * 100 / 9;
    delays.push(performance.timeOrigin + now - instant / 1e3);
    video.requestVideoFrameCallback(see);
  };
  video.requestVideoFrameCallback(see);
  await pc.setRemoteDescription({type: 'answer', sdp: answer});
  await video.play();
  await new Promise(done => setTimeout(done, seconds * 1000));
  const found = {};
  (await pc.getStats()).forEach(s => {
    if (s.type === 'inbound-rtp' && s.kind === 'video') Object.assign(found, s);
  });
  pc.close();
  return {shown: shown.map(t => t - began), delays, stats: found};
}
"""


class Relay(asyncio.DatagramProtocol):
    """One port for viewer and node: what comes from the node goes to the viewer, changed."""

    def __init__(self, node: Address, network: Network) -> None:
        self._node, self._network = node, network
        self._viewer: Address | None = None
        self._chance = random.Random(11)
        self._late: list[tuple[float, int, bytes]] = []
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
        if addr != self._node:
            self._viewer = addr
            self._later(data, self._node, self._network.delay_s, now)
        elif self._viewer is not None:
            self._to_viewer(data, self._viewer, now, is_media=is_media)

    def _to_viewer(self, data: bytes, viewer: Address, now: float, *, is_media: bool) -> None:
        network, chance = self._network, self._chance
        if is_media and chance.random() < network.loss:
            return
        if chance.random() < network.reorder:
            self._later(data, viewer, 0.02, now)
            return
        delay = network.delay_s + chance.uniform(-1, 1) * network.jitter_s
        # Jitter is a queue that fills and empties: it does not overtake.
        self._free_at = max(self._free_at, now + delay)
        self._later(data, viewer, self._free_at - now, now)

    def _is_out(self, now: float) -> bool:
        outage = self._network.outage
        if outage is None or self._began is None:
            return False
        return outage[0] <= now - self._began < outage[1]

    def _later(self, data: bytes, to: Address, delay_s: float, now: float) -> None:
        if delay_s <= 0:
            self._transport.sendto(data, to)
            return
        loop = asyncio.get_running_loop()
        if to != self._viewer:
            loop.call_later(delay_s, self._transport.sendto, data, to)
            return
        heapq.heappush(self._late, (now + delay_s, next(self._number), data))
        loop.call_at(now + delay_s, self._send_due)

    def _send_due(self) -> None:
        now = asyncio.get_running_loop().time()
        while self._late and self._late[0][0] <= now + 0.0005 and self._viewer is not None:
            self._transport.sendto(heapq.heappop(self._late)[2], self._viewer)


async def watch(page: Page, running: Running, network: Network, seconds: float) -> None:
    """Watch once and print a row."""
    relays: list[asyncio.DatagramTransport] = []

    async def relay_to(to: tuple[str, int]) -> int:
        host, port = to
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: Relay((host, port), network), local_addr=("127.0.0.1", 0)
        )
        relays.append(transport)
        number: int = transport.get_extra_info("sockname")[1]
        return number

    name = f"relay{re.sub(r'[^a-z0-9]', '', network.name)}"
    await page.expose_function(name, relay_to)
    await page.evaluate(f"() => {{ window.relayTo = window.{name} }}")
    broadcast = running.node._state.whep.broadcast("stream_a")
    before = broadcast.total()
    url = f"{running.viewer.base_url}/whep/stream_a"
    found = await page.evaluate(_WATCH, [url, seconds, None])
    for relay in relays:
        relay.close()
    after, stats, shown = broadcast.total(), found["stats"], found["shown"]
    gaps = [b - a for a, b in itertools.pairwise(shown)]
    settled = sorted(found["delays"][len(found["delays"]) // 3 :]) or [0.0]
    print(
        f"{network.name:22} first {shown[0] if shown else -1:5.0f} ms, {len(shown):4} shown, "
        f"worst gap {max(gaps, default=0):5.0f} ms, freezes {stats.get('freezeCount', 0)} "
        f"({stats.get('totalFreezesDuration', 0):.1f} s), behind live "
        f"{settled[len(settled) // 2]:4.0f} ms; lost {stats.get('packetsLost', 0)}, "
        f"asked again {after.nacked - before.nacked}, sent again {after.resent - before.resent}, "
        f"keyframes asked {after.keyframe_requests - before.keyframe_requests}",
        flush=True,
    )


@asynccontextmanager
async def chromium() -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
        )
        yield await browser.new_page()
        await browser.close()


async def run(seconds: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = isolated_settings(Path(folder), webrtc_addresses=("127.0.0.1",))
        async with run_node(settings) as running, chromium() as page:
            await running.run_streams(stream_config())
            await running.until_held(3)
            await page.goto(f"{running.viewer.base_url}/hls/stream_a/status.json")
            await page.set_content("<video></video>")
            for network in NETWORKS:
                await watch(page, running, network, seconds)
            broadcast = running.node._state.whep.broadcast("stream_a")
            await asyncio.sleep(1)
            print(f"left over: {len(broadcast.viewers)} viewers, {len(running.node.peers)} peers")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=12)
    asyncio.run(run(parser.parse_args().seconds))


if __name__ == "__main__":
    main()
