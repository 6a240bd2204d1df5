"""Watching: a capture is exactly what was on screen."""

import base64
import io
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image
from playwright.async_api import Page

from media_server.ingest.counter import read_counter
from tests.browser.conftest import PHONE, Chromium, plays
from tests.support.waiting import eventually
from tests.support.web import Person

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

_PLAYS = "globalThis.momentsWatch?.player.video.readyState >= 3 && momentsWatch.player.isLive"
# The picture that the viewer has before and after the page takes its own (a busy browser changes
# frames between them), and the snapshot that came of it.
_SNAPSHOT = """
async () => {
  const { player, capture } = momentsWatch;
  const screen = () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 360 });
    canvas.getContext("2d").drawImage(player.video, 0, 0, 640, 360);
    return canvas;
  };
  const button = document.querySelector(".m-btn.m-tonal");
  while (button.disabled) await new Promise(requestAnimationFrame);  // as a person would
  const made = new Promise((resolve, reject) => {
    capture.addEventListener("made", ({ detail }) => resolve(detail.item), { once: true });
    const refuse = () => reject(new Error(document.querySelector(".m-toast")?.textContent));
    capture.addEventListener("refused", refuse, { once: true });
  });
  const before = screen();
  button.click();
  const after = screen();
  const item = await made;
  const bytes = new Uint8Array(await (await fetch(item.url)).arrayBuffer());
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  const [seen, later] = [before, after].map((each) => each.toDataURL("image/png").split(",")[1]);
  return { seen, later, kept: btoa(text) };
}
"""


def counter(encoded: str) -> int:
    picture = Image.open(io.BytesIO(base64.b64decode(encoded))).convert("RGB")
    number = read_counter(np.asarray(picture))
    assert number is not None
    return number


# The picture on the screen, as a program reads it.
_SEEN = """
() => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 360 });
  canvas.getContext("2d").drawImage(momentsWatch.player.video, 0, 0, 640, 360);
  return canvas.toDataURL("image/png").split(",")[1];
}
"""
_STILL = "momentsWatch.player.source.isPaused && !momentsWatch.player.source.isSeeking"
# Held long enough to go back in, wherever the test begins.
HELD = """
(ms) => {
  const held = momentsWatch.player.source.window();
  return held && held.end - held.start > ms;
}
"""
# Pause `ms` before the live edge, on a frame that is shown.
_PAUSE_BACK = """
async (ms) => {
  const { player } = momentsWatch;
  const { source } = player;
  const at = source.window().end - ms;
  player.pause();
  player.seek(at);
  // In a gap of a busy machine's demo, what precedes or follows it is shown.
  const isNear = (seen) => Math.abs(seen - at) < ms / 2;
  const shows = () => !source.isSeeking && source.isPaused && isNear(source.seenInstant());
  const given = performance.now() + 60_000;
  while (!shows()) {
    if (performance.now() > given) {
      throw new Error(`${source.mode}: ${source.seenInstant()} instead of ${at}`);
    }
    await new Promise(requestAnimationFrame);
  }
}
"""
_STEP = """
async (count) => {
  const { player } = momentsWatch;
  const { video } = player;
  const shown = new Promise((resolve) => video.requestVideoFrameCallback(resolve));
  // Where a busy machine left frames out, a step may end on the frame that is shown already.
  const same = new Promise((resolve) => {
    video.addEventListener("seeked", () => setTimeout(resolve, 1000), { once: true });
  });
  player.stepFrame(count);
  await Promise.race([shown, same]);
}
"""
_RANGE = """
() => {
  const { start, end } = momentsWatch.timeline.selection();
  return [start, end];
}
"""
# Note which instant is under the pointer as it moves.
_POINT = """
() => momentsWatch.timeline.lane.addEventListener("pointermove", ({ clientX }) => {
  const { lane, view } = momentsWatch.timeline;
  const { left, width } = lane.getBoundingClientRect();
  globalThis.under = view.start + ((clientX - left) / width) * (view.end - view.start);
})
"""
# Whether the frame and the time of that instant are shown.
_SHOWN = """
() => {
  const [image, time] = document.querySelector(".m-hover").children;
  const frame = Number(/(\\d+)[.]jpg/.exec(image.src)?.[1]) / 1000;
  return image.complete && image.naturalWidth && Math.abs(frame - globalThis.under) <= 250
    && time.textContent.startsWith(new Date(globalThis.under).toTimeString().slice(0, 8));
}
"""
# The capture that a press makes.
_PRESS = """
async (selector) => {
  const made = new Promise((resolve, reject) => {
    const take = ({ detail }) => resolve(detail.item);
    momentsWatch.capture.addEventListener("made", take, { once: true });
    const refuse = () => reject(new Error(document.querySelector(".m-toast")?.textContent));
    momentsWatch.capture.addEventListener("refused", refuse, { once: true });
  });
  document.querySelector(selector).click();
  return await made;
}
"""


async def open_watch(page: Page, *, held_ms: int = 0) -> None:
    await page.goto("/watch/demo")
    await page.wait_for_function(_PLAYS)
    await page.wait_for_function(HELD, arg=held_ms)


async def seen(page: Page) -> int:
    await page.wait_for_function(_STILL)
    return counter(await page.evaluate(_SEEN))


async def counters(person: Person, clip: dict[str, Any]) -> list[int]:
    """Return the frame counters of a clip, as it is downloaded."""

    async def ready() -> bool:
        state = (await person.http.get(f"/api/clips/{clip['id']}")).json()
        return bool(state["status"] == "ready")

    await eventually(ready)
    path = f"/api/clips/{clip['id']}/download"
    answer = await person.http.get(path, follow_redirects=True)
    with av.open(io.BytesIO(answer.content), "r") as file:
        frames = [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]
    numbers = [read_counter(np.asarray(frame, dtype=np.uint8)) for frame in frames]
    assert None not in numbers
    return [number for number in numbers if number is not None]


async def test_a_snapshot_is_the_frame_on_the_screen(chromium: Chromium, person: Person) -> None:
    async with chromium.page(person) as page:
        await open_watch(page)
        for _ in range(3):
            both: dict[str, Any] = await page.evaluate(_SNAPSHOT)
            seen_at, kept, later = (counter(both[name]) for name in ("seen", "kept", "later"))
            assert seen_at - 1 <= kept <= later + 1
        await page.evaluate("momentsWatch.player.stepFrame(-1)")
        await page.wait_for_function(_STILL)
        both = await page.evaluate(_SNAPSHOT)
        assert counter(both["seen"]) == counter(both["kept"])


async def test_a_clip_begins_and_ends_on_the_frames_asked_for(
    chromium: Chromium, person: Person
) -> None:
    async with chromium.page(person) as page:
        await open_watch(page, held_ms=9000)
        await page.evaluate(_PAUSE_BACK, 6000)
        first = await seen(page)
        await page.keyboard.press("i")
        last = first
        for _ in range(12):  # a busy machine's demo has gaps
            await page.evaluate(_STEP, 13)
            last = await seen(page)
            if last > first + 10:
                break
        assert last > first
        await page.keyboard.press("o")
        clip = await page.evaluate(_PRESS, ".m-btn.m-primary")
        numbers = await counters(person, clip)
        assert (numbers[0], numbers[-1]) == (first, last)
        assert numbers == sorted(set(numbers))


async def test_the_mouse_shows_what_was_there_and_drags_a_handle(
    chromium: Chromium, person: Person
) -> None:
    async with chromium.page(person) as page:
        await open_watch(page, held_ms=20_000)
        lane = await page.get_by_role("slider", name="Playhead").bounding_box()
        assert lane
        await page.evaluate(_POINT)
        await page.mouse.move(lane["x"] + lane["width"] / 2, lane["y"] + lane["height"] / 2)
        await page.locator(".m-hover").wait_for()
        await page.wait_for_function(_SHOWN)
        await page.mouse.move(lane["x"], lane["y"] - 100)
        await page.locator(".m-hover").wait_for(state="hidden")
        await page.get_by_role("radio", name="Range").click()
        start, _ = before = await page.evaluate(_RANGE)
        box = await page.get_by_role("slider", name="Start").bounding_box()
        assert box
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        await page.mouse.move(x, y)
        await page.mouse.down()
        await page.mouse.move(x - 60, y, steps=4)
        await page.wait_for_function("momentsWatch.player.source.mode === 'hls'")
        assert await page.evaluate("momentsWatch.player.video.paused"), "the frame stands still"
        await page.mouse.up()
        after = await page.evaluate(_RANGE)
        assert after[0] < start
        assert after[1] == before[1]


async def test_rewinding_shows_what_was_there(chromium: Chromium, person: Person) -> None:
    async with chromium.page(person) as page:
        await open_watch(page, held_ms=9000)
        live = counter(await page.evaluate(_SEEN))
        await page.evaluate(_PAUSE_BACK, 8000)
        assert await seen(page) < live
        await page.evaluate("momentsWatch.player.goLive()")
        await page.keyboard.press("ArrowLeft")
        for _ in range(5):
            await page.keyboard.press("ArrowLeft")
        await page.wait_for_function("momentsWatch.player.source.behind() > 4000")
        await page.get_by_role("button", name="Go live").click()
        await page.wait_for_function("momentsWatch.player.source.behind() < 4000")


async def test_the_whole_flow_on_a_phone(chromium: Chromium, person: Person) -> None:
    async with chromium.page(person, PHONE) as page:
        await open_watch(page)
        await page.locator(".m-dock").get_by_role("button", name="Clip").tap()
        toast = page.locator(".m-toast")
        await toast.get_by_text("Clip is ready").wait_for()
        await toast.get_by_role("button", name="Title and note").tap()
        await page.get_by_label("Title", exact=True).fill("Over the hills")
        await page.get_by_role("button", name="Save").tap()
        await toast.get_by_text("Over the hills").wait_for()
        await page.locator(".m-cap").get_by_text("Over the hills").wait_for()
        await page.locator(".m-dock").get_by_role("button", name="Snapshot").tap()
        await toast.get_by_text("Snapshot is ready").wait_for()
        await page.goto("/library")
        await page.get_by_role("link", name="Open Over the hills").tap()
        await page.get_by_role("button", name="Share").tap()
        await page.get_by_role("button", name="Create a link").tap()
        url = await page.locator(".m-links a").get_attribute("href")
    assert url
    async with chromium.page(size=PHONE) as page:
        await page.goto(url)
        await page.get_by_role("heading", name="Over the hills").wait_for()
        await page.locator(".m-bigplay").tap()
        await plays(page)


async def test_a_range_is_set_with_the_keyboard(chromium: Chromium, person: Person) -> None:
    async with chromium.page(person) as page:
        await open_watch(page)
        start = page.get_by_role("slider", name="Start")
        await start.focus()
        await page.keyboard.press("End")
        await start.press("ArrowLeft")
        await page.get_by_role("radio", name="Range", checked=True).wait_for()
        spoken = await start.get_attribute("aria-valuetext")
        assert spoken
        assert spoken.count(":") == 2
