"""Glass to glass between two Chromium pages through a node, and a late joiner's first frame.

    python -m benchmarks.glass_to_glass [--seconds 20] [--joins 12] [--size 1280x720]

**Glass to glass.** A page draws the current instant into every frame of a canvas as black and white
blocks and publishes the canvas by WHIP, 30 frames a second; another page watches by WHEP and reads
the blocks of each displayed frame. Both run in one browser, so they share a clock. The result
includes Chromium's own capture, H.264 encoder, jitter buffer and decoder, all on this machine. The
node's share is measured separately: from a frame assembled from its packets to its last packet on
the way to the viewer.

**A late joiner.** Viewers join the running stream at random instants; the time runs from the page
creating its connection, before it contacts the node, to its first frame on screen.
"""

import argparse
import asyncio
import random
import shutil
import statistics
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from tests.conftest import isolated_settings
from tests.integration.node.conftest import Running, run_node
from tests.integration.node.whip_peers import key_of
from tests.support.streams import stream_config

_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-renderer-backgrounding",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
]
# 32 blocks: 30 bits of milliseconds between two that are always white and black.
_PUBLISH = """
async ([url, key, width, height]) => {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d"), block = width / 32;
  const paint = (number) => {
    context.fillStyle = "#345";
    context.fillRect(0, 0, width, height);
    for (let x = 0; x < 60; x++) {
      context.fillStyle = `hsl(${(number * 7 + x * 23) % 360} 60% 50%)`;
      context.fillRect((x * 97 + number * 3) % width, block + (x * 61) % (height - block), 40, 40);
    }
    const now = Math.round(performance.timeOrigin + performance.now()) % 2 ** 30;
    for (let bit = 0; bit < 32; bit++) {
      const isWhite = bit === 0 || (bit < 31 && (now >> (bit - 1)) & 1);
      context.fillStyle = isWhite ? "#fff" : "#000";
      context.fillRect(bit * block, 0, block, block);
    }
  };
  let number = 0;
  setInterval(() => paint(number++), 1000 / 30);
  const track = canvas.captureStream(30).getVideoTracks()[0];
  const peer = globalThis.peer = new RTCPeerConnection();
  const transceiver = peer.addTransceiver(track, { direction: "sendonly",
    sendEncodings: [{ maxBitrate: 2_500_000 }] });
  const codecs = RTCRtpSender.getCapabilities("video").codecs;
  transceiver.setCodecPreferences(codecs.filter((each) => each.mimeType === "video/H264"));
  await peer.setLocalDescription();
  const answer = await fetch(url, { method: "POST", body: peer.localDescription.sdp,
    headers: { "content-type": "application/sdp", authorization: `Bearer ${key}` } });
  await peer.setRemoteDescription({ type: "answer", sdp: await answer.text() });
}
"""
_WATCH = """
async ([url, seconds]) => {
  const began = performance.now();
  const video = Object.assign(document.createElement("video"), { muted: true, autoplay: true });
  document.body.append(video);
  const media = video.srcObject = new MediaStream(), peer = new RTCPeerConnection();
  peer.ontrack = ({ track, receiver }) => {
    receiver.jitterBufferTarget = 0;
    media.addTrack(track);
  };
  peer.addTransceiver("video", { direction: "recvonly" });
  peer.addTransceiver("audio", { direction: "recvonly" });
  const line = Object.assign(document.createElement("canvas"), { width: 32, height: 1 });
  const context = line.getContext("2d", { willReadFrequently: true });
  const delays = [];
  let first;
  const shown = new Promise((resolve) => {
    const see = () => {
      first ??= performance.now() - began;
      const block = video.videoWidth / 32;
      context.drawImage(video, 0, block / 4, video.videoWidth, block / 2, 0, 0, 32, 1);
      const pixels = context.getImageData(0, 0, 32, 1).data;
      let stamp = 0;
      for (let bit = 1; bit < 31; bit++) stamp += (pixels[bit * 4] > 127) * 2 ** (bit - 1);
      const now = (performance.timeOrigin + performance.now()) % 2 ** 30;
      if (pixels[0] > 127 && pixels[124] < 128) delays.push(now - stamp);
      resolve();
      video.requestVideoFrameCallback(see);
    };
    video.requestVideoFrameCallback(see);
  });
  await peer.setLocalDescription();
  const answer = await fetch(url, { method: "POST", body: peer.localDescription.sdp,
    headers: { "content-type": "application/sdp" } });
  await peer.setRemoteDescription({ type: "answer", sdp: await answer.text() });
  await shown;
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const found = {};
  (await peer.getStats()).forEach((each) => {
    if (each.type === "inbound-rtp" && each.kind === "video") Object.assign(found, each);
  });
  const per = (name) => 1000 * found[name] / Math.max(1, found.framesDecoded);
  await fetch(new URL(answer.headers.get("location"), url), { method: "DELETE" });
  peer.close();
  video.remove();
  return { first, delays, buffer: per("jitterBufferDelay"), decoding: per("totalDecodeTime"),
    processing: per("totalProcessingDelay") };
}
"""


def described(values: list[float], unit: str = "ms") -> str:
    """Return the median, the 95th percentile, and the worst."""
    ordered = sorted(values)
    most = ordered[min(len(ordered) - 1, round(len(ordered) * 0.95))]
    return (
        f"median {statistics.median(ordered):.1f} {unit}, 95 % within {most:.1f}, "
        f"worst {ordered[-1]:.1f} ({len(ordered)})"
    )


class OwnShare:
    """Measures a frame's time through the node: into the ring, packetised, protected and sent."""

    def __init__(self, running: Running) -> None:
        self.taken: list[float] = []
        stream = running.node.registry.get("stream_a").stream
        drain, loop = stream.drain, asyncio.get_running_loop()

        def timed() -> bool:
            began = loop.time()
            came = drain()
            if came:
                self.taken.append((loop.time() - began) * 1000)
            return came

        stream.drain = timed  # type: ignore[method-assign]


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=_FLAGS
        )
        yield browser
        await browser.close()


async def joins(page: Page, url: str, count: int) -> list[float]:
    """Return each late joiner's wait for its first frame, in ms."""
    chance, waited = random.Random(5), []
    for _ in range(count):
        await asyncio.sleep(chance.uniform(0.3, 2.3))
        waited.append((await page.evaluate(_WATCH, [url, 0.2]))["first"])
    return waited


async def run(options: argparse.Namespace) -> None:
    width, height = map(int, options.size.split("x"))
    with tempfile.TemporaryDirectory() as folder:
        settings = isolated_settings(Path(folder), webrtc_addresses=("127.0.0.1",), still_workers=1)
        async with run_node(settings) as running, chromium() as browser:
            await running.run_streams(stream_config(kind="push"))
            base = str(running.viewer.base_url)
            publisher, viewer = await browser.new_page(), await browser.new_page()
            for page in (publisher, viewer):
                await page.goto(f"{base}/hls/stream_a/status.json")
                await page.set_content("<body></body>")
            key = key_of(settings, "stream_a")
            await publisher.evaluate(_PUBLISH, [f"{base}/whip/stream_a", key, width, height])
            await running.until_held(6)
            share = OwnShare(running)
            url = f"{base}/whep/stream_a"
            found = await viewer.evaluate(_WATCH, [url, options.seconds])
            status = await running.status()
            assert status.video is not None
            print(f"{status.video.width}x{status.video.height}, {status.video.fps:.0f} frames/s, "
                  f"{status.video.bitrate_kbps} kbit/s")  # fmt: skip
            print(f"glass to glass: {described(found['delays'][30:])}")
            print(
                f"  of it in the viewer: jitter buffer {found['buffer']:.1f} ms, decoding "
                f"{found['decoding']:.1f} ms, all {found['processing']:.1f} ms"
            )
            print(f"  of it in the node, a frame's way through: {described(share.taken)}")
            waited = await joins(viewer, url, options.joins)
            print(f"late joiner's first frame: {described(waited)}")
            await publisher.close()
            await running.run_streams(stream_config("stream_b"))
            await running.until_held(4, "stream_b")
            waited = await joins(viewer, f"{base}/whep/stream_b", options.joins)
            print(f"the same with the demo (720p30, a keyframe every 2 s): {described(waited)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--joins", type=int, default=12)
    parser.add_argument("--size", default="1280x720")
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
