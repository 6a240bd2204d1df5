"""A real Chromium over bad networks: loss, delay, jitter, reordering, an outage.

It watches by WHEP, then publishes its fake camera by WHIP. A scripted UDP relay between browser and
node distorts media in one direction, or both in an outage; the answer's candidates are rewritten to
it, so that all media passes through. It is a relay rather than netem, so it runs on kernels without
netem.

Freezes are Chromium's own count (`freezeCount`); the worst gap is between two frames on screen;
after the outage the time to the next frame counts as recovery. The demo has a keyframe every 2 s
and cannot be asked for one. For ingest, the frames that reached the buffer count: the worst gap is
between two arrivals, a freeze is a gap of a quarter of a second or more, and frames are missing
relative to the camera's own rate.

Run as `python -m benchmarks.networks [--seconds 12]`.
"""

import argparse
import asyncio
import itertools
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Page, async_playwright

from benchmarks._bad_network import Network, relayed
from domain.live.wire import IngestInfo
from tests.conftest import isolated_settings
from tests.integration.node.conftest import Running, run_node
from tests.integration.node.whip_peers import key_of
from tests.support.streams import stream_config

_FREEZE_S = 0.25


NETWORKS = (
    Network("undisturbed"),
    Network("2 % loss", loss=0.02),
    Network("5 % loss", loss=0.05),
    Network("10 % loss", loss=0.10),
    Network("5 % loss, 40 ms", loss=0.05, delay_s=0.04),
    Network("150 ms, 30 ms jitter", delay_s=0.15, jitter_s=0.03),
    Network("reordering 5 %", reorder=0.05),
    Network("3 s outage", outage=(5.0, 8.0)),
)

_WATCH = r"""
async ([url, seconds]) => {
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


_PUBLISH = r"""
async ([url, key, seconds]) => {
  const media = await navigator.mediaDevices.getUserMedia({
    video: {width: 640, height: 360, frameRate: 20}, audio: true});
  const pc = new RTCPeerConnection();
  for (const track of media.getTracks()) {
    const line = pc.addTransceiver(track, {direction: 'sendonly'});
    if (track.kind !== 'video') continue;
    const codecs = RTCRtpSender.getCapabilities('video').codecs;
    line.setCodecPreferences(codecs.filter(each => each.mimeType === 'video/H264'));
  }
  await pc.setLocalDescription();
  const r = await fetch(url, {method: 'POST',
    headers: {'content-type': 'application/sdp', authorization: `Bearer ${key}`},
    body: pc.localDescription.sdp.replace(/^a=candidate.*\r\n/gm, '')});
  const sdp = await r.text(), to = sdp.match(/^a=candidate:\S+ 1 udp \d+ (\S+) (\d+)/m);
  const port = await window.relayTo([to[1], Number(to[2])]);
  const answer = sdp.replace(/^(a=candidate:\S+ 1 udp \d+) \S+ \d+/gm, `$1 127.0.0.1 ${port}`);
  await pc.setRemoteDescription({type: 'answer', sdp: answer});
  await new Promise(done => setTimeout(done, seconds * 1000));
  await fetch(new URL(r.headers.get('location'), url), {method: 'DELETE'});
  pc.close();
  media.getTracks().forEach(track => track.stop());
}
"""


async def watch(page: Page, running: Running, network: Network, seconds: float) -> None:
    """Watch once and print a row."""
    broadcast = running.node._state.whep.broadcast("stream_a")
    before = broadcast.total()
    url = f"{running.viewer.base_url}/whep/stream_a"
    async with relayed(page, network, inward=False):
        found = await page.evaluate(_WATCH, [url, seconds])
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


async def publish(page: Page, running: Running, network: Network, seconds: float) -> None:
    """Publish once and print a row."""
    stream = running.node.registry.get("stream_b").stream
    reader, frames = stream.read(), list[tuple[float, int]]()
    info: list[IngestInfo] = []

    def take() -> None:
        now = asyncio.get_running_loop().time()
        frames.extend((now, a.packet.pts_us) for a in reader.take() if a.packet.track == "video")
        info[:] = [found for found in (stream.status().ingest, *info) if found][:1]

    stream.on_batch.append(take)
    key = key_of(running.settings, "stream_b")
    async with relayed(page, network, inward=True):
        url = f"{running.viewer.base_url}/whip/stream_b"
        await page.evaluate(_PUBLISH, [url, key, seconds])
    await running.until_status("offline", "stream_b")
    stream.on_batch.remove(take)
    reader.close()
    gaps = [after[0] - before[0] for before, after in itertools.pairwise(frames)]
    steps = [after[1] - before[1] for before, after in itertools.pairwise(frames)]
    usual = sorted(steps)[len(steps) // 2] if steps else 1
    missing = sum(round(step / usual) - 1 for step in steps)
    frozen = [gap for gap in gaps if gap >= _FREEZE_S]
    said = info[0] if info else None
    print(
        f"{network.name:22} {len(frames):4} frames came, {missing:3} missing, worst gap "
        f"{max(gaps, default=0) * 1000:5.0f} ms, freezes {len(frozen)} ({sum(frozen):.1f} s)"
        + (
            f"; lost {said.lost_packets}, recovered {said.recovered_packets} of {said.packets}, "
            f"keyframes asked {said.keyframe_requests}"
            if said
            else ""
        ),
        flush=True,
    )


@asynccontextmanager
async def chromium() -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=[
                "--no-sandbox",
                "--autoplay-policy=no-user-gesture-required",
                "--use-fake-device-for-media-stream=fps=20",
                "--use-fake-ui-for-media-stream",
            ],
        )
        yield await browser.new_page()
        await browser.close()


async def run(seconds: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = isolated_settings(Path(folder), webrtc_addresses=("127.0.0.1",))
        async with run_node(settings) as running, chromium() as page:
            await running.run_streams(stream_config(), stream_config("stream_b", kind="push"))
            await running.until_held(3)
            await page.goto(f"{running.viewer.base_url}/hls/stream_a/status.json")
            await page.set_content("<video></video>")
            print("watching by WHEP")
            for network in NETWORKS:
                await watch(page, running, network, seconds)
            print("publishing by WHIP")
            for network in NETWORKS:
                await publish(page, running, network, seconds)
            broadcast = running.node._state.whep.broadcast("stream_a")
            await asyncio.sleep(1)
            print(f"left over: {len(broadcast.viewers)} viewers, {len(running.node.peers)} peers")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=12)
    asyncio.run(run(parser.parse_args().seconds))


if __name__ == "__main__":
    main()
