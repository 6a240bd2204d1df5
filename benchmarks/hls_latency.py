"""How far hls.js plays behind live, by the frame counter on screen.

    python -m benchmarks.hls_latency [--seconds 30] [--loss 0.02]

A real Chromium without WebRTC plays the demo's public page. The demo's counter encodes the clock
instant of each frame; it is read off the <video> every half second and compared with the same
clock. The page's own value is printed beside it, and so is the alternative: the delay of a player
that loads whole segments, which starts three of them behind (RFC 8216, 6.3.3). A stall is a wait
of the player in the middle of playing. With `--loss` everything passes a relay with a round trip of
40 ms that delays bytes as TCP does when packets are lost.
"""

import argparse
import asyncio
import statistics
import tempfile
from pathlib import Path

from playwright.async_api import async_playwright

from benchmarks._lossy_tcp import lossy
from media_server.ingest.counter import BITS, BLOCK, HEIGHT, LEFT, TOP, WIDTH
from tests.support.stack import Stack, needs, until

_FPS = 30
_SETTLE_S = 20
_WHOLE_SEGMENTS_S = 3 * 2.0
_ROUND_TRIP_S = 0.04
_FLAGS = ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"]
# Each block of the counter's row becomes one pixel; the first 32 are the number.
_DELAY = """
(video, [bits, left, top, width, height, scale, fps]) => {
  const line = Object.assign(document.createElement("canvas"), { width: bits, height: 1 });
  const context = line.getContext("2d", { willReadFrequently: true });
  const by = video.videoWidth / scale;
  context.drawImage(video, left * by, top * by, width * by, height * by, 0, 0, bits, 1);
  const pixels = context.getImageData(0, 0, bits, 1).data;
  let number = 0;
  for (let bit = 0; bit < 32; bit++) number = number * 2 + (pixels[bit * 4] > 118);
  const frames = ((performance.timeOrigin + performance.now()) * fps / 1000) % 2 ** 32;
  return ((frames - number + 2 ** 32) % 2 ** 32) * 1000 / fps;
}
"""


def show_the_demo(stack: Stack) -> None:
    """Make the demo's page public, and wait until it can play."""
    with stack.client() as client:
        client.patch("/api/streams/demo", json={"visibility": "public"}).raise_for_status()
        until(lambda: client.get("/api/streams/demo").json()["window"])


async def run(seconds: float, loss: float) -> None:
    with tempfile.TemporaryDirectory() as folder, Stack(Path(folder) / "home") as stack:
        show_the_demo(stack)
        async with (
            lossy(stack.port, loss=loss, round_trip_s=_ROUND_TRIP_S if loss else 0) as relay,
            async_playwright() as playwright,
        ):
            browser = await playwright.chromium.launch(
                executable_path=needs("chromium"),
                args=[*_FLAGS, f"--host-resolver-rules=MAP 127.0.0.1 127.0.0.1:{relay}"],
            )
            page = await browser.new_page()
            await page.add_init_script("delete globalThis.RTCPeerConnection")
            await page.goto(f"{stack.url}/live/demo")
            video = page.locator("video.m-front")
            await asyncio.sleep(_SETTLE_S)
            await video.evaluate(
                "v => { v.stalls = 0; v.addEventListener('waiting', () => v.stalls++); }"
            )
            row = [BITS, LEFT, TOP + BLOCK * 0.3, BITS * BLOCK, BLOCK * 0.4, WIDTH, _FPS]
            delays = []
            for _ in range(round(seconds * 2)):
                delays.append(await video.evaluate(_DELAY, row) / 1000)
                await asyncio.sleep(0.5)
            size = await video.evaluate("v => [v.videoWidth, v.videoHeight]")
            stalls = await video.evaluate("v => v.stalls")
            await browser.close()
    assert size == [WIDTH, HEIGHT]
    middle = statistics.median(delays)
    print(
        f"hls.js behind live: median {middle:.2f} s, least {min(delays):.2f}, most "
        f"{max(delays):.2f} ({len(delays)} samples); {stalls} stalls at {loss:.0%} loss"
    )
    ratio = _WHOLE_SEGMENTS_S / middle
    print(f"with whole segments of 2 s: {_WHOLE_SEGMENTS_S:.0f} s, {ratio:.1f} times as much")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--loss", type=float, default=0)
    chosen = parser.parse_args()
    asyncio.run(run(chosen.seconds, chosen.loss))


if __name__ == "__main__":
    main()
