"""The segmenter's output decodes to the source's frames, in ffmpeg and in Chromium."""

from pathlib import Path

import pytest
from playwright.async_api import Page, Route, async_playwright

from media_server.media import mp4
from media_server.media.ring import Ring
from media_server.media.segmenter import Segmenter
from tests.conftest import chromium_path
from tests.integration.media.material import BASE_US, Look, Material, make, pyav_frames, read
from tests.integration.media.test_cut import joined, later

S = 1_000_000


def served(material: Material) -> tuple[bytes, Segmenter]:
    ring = Ring(10**12, 10**10)
    segmenter = Segmenter(ring)
    for packet in material.packets:
        ring.append(packet, material.header)
        segmenter.advance()
    data = segmenter.init(0) or b""
    for segment in segmenter.state().segments:
        for index in range(len(segment.parts)):
            data += b"".join(segmenter.part(segment.number, index) or [])
    return data, segmenter


@pytest.mark.parametrize("name", ["flower", "friday", "b-frames", "opus", "silent"])
def test_parts_decode_to_the_sources_frames(
    name: str, materials: dict[str, Material], tmp_path: Path
) -> None:
    material = materials[name]
    data, segmenter = served(material)
    (tmp_path / "live.mp4").write_bytes(data)
    got = pyav_frames(tmp_path / "live.mp4")
    film = [material.frames[pts] for pts in material.shown]
    # Frames that wait for a later one at the very end have not been published yet.
    whole = len(got) - 4
    assert whole > len(film) * 0.8
    assert got[:whole] == film[:whole]
    for segment in segmenter.state().segments:
        assert segment.start_us in material.frames  # the very frame's UTC


_PLAY = """async (source) => {
  const video = document.querySelector('video'), times = [], widths = [];
  video.src = source;
  await new Promise((ok, no) => { video.onloadeddata = ok; video.onerror = no; });
  const seen = (now, frame) => {
    times.push(frame.mediaTime); widths.push(frame.width);
    video.requestVideoFrameCallback(seen);
  };
  video.requestVideoFrameCallback(seen);
  await video.play();
  await new Promise(ok => { video.onended = ok; setTimeout(ok, 20000); });
  return {duration: video.duration, last: times.at(-1), widths: [...new Set(widths)],
          error: video.error && video.error.message};
}"""

_APPEND = """async (codecs) => {
  const video = document.querySelector('video'), media = new MediaSource();
  video.src = URL.createObjectURL(media);
  await new Promise(ok => media.onsourceopen = ok);
  const buffer = media.addSourceBuffer(`video/mp4; codecs="${codecs}"`);
  buffer.appendBuffer(await (await fetch('live.mp4')).arrayBuffer());
  await new Promise(ok => buffer.onupdateend = ok);
  const ranges = [];
  for (let i = 0; i < buffer.buffered.length; i++)
    ranges.push([buffer.buffered.start(i), buffer.buffered.end(i)]);
  return {ranges, error: video.error && video.error.message};
}"""


async def opened(page: Page, files: dict[str, bytes]) -> None:
    async def answer(route: Route) -> None:
        name = route.request.url.rsplit("/", 1)[1]
        if name in files:
            await route.fulfill(body=files[name], content_type="video/mp4")
        else:
            await route.fulfill(body="<video muted></video>", content_type="text/html")

    await page.route("**/*", answer)
    await page.goto("http://media.test/")


@pytest.mark.browser
async def test_chromium_plays_clips_and_parts(
    materials: dict[str, Material], tmp_path: Path
) -> None:
    small = read(make(tmp_path / "s.mp4", Look(seconds=3, gop=30, b_frames=2)))
    large = later(
        read(make(tmp_path / "l.mp4", Look(seconds=3, gop=30, b_frames=2, size=(640, 360)))), 3 * S
    )
    change = mp4.write(joined(small, large).select(BASE_US + 1_500_000, BASE_US + 4 * S))
    live, segmenter = served(materials["b-frames"])
    variant = segmenter.variant()
    assert variant is not None
    files = {"change.mp4": b"".join(change.buffers), "live.mp4": live}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium_path(), args=["--no-sandbox"]
        )
        page = await browser.new_page()
        await opened(page, files)
        played = await page.evaluate(_PLAY, "change.mp4")
        appended = await page.evaluate(_APPEND, variant.codecs)
        await browser.close()
    assert played["error"] is None
    assert abs(played["duration"] - 2.5) < 0.03
    assert played["widths"] == [320, 640]
    assert abs(played["last"] - (2.5 - 1 / 30)) < 0.04
    assert appended["error"] is None
    assert len(appended["ranges"]) == 1
    # Fragments count from 10 s, where the first frame is: programme time and media time agree.
    assert abs(appended["ranges"][0][0] - 10) < 0.001
