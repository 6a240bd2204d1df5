"""Watching: what is captured is what was on the screen."""

import base64
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.async_api import Page

from media_server.ingest.counter import read_counter
from tests.browser.conftest import PHONE, Chromium
from tests.support.web import Person

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_PLAYS = "globalThis.momentsWatch?.player.video.readyState >= 3 && momentsWatch.player.isLive"
# The picture that the viewer has, and the snapshot that the page made of it, in one turn.
_SNAPSHOT = """
async () => {
  const { player, capture } = momentsWatch;
  const canvas = Object.assign(document.createElement("canvas"), { width: 1280, height: 720 });
  const made = new Promise((resolve) => {
    capture.addEventListener("made", ({ detail }) => resolve(detail.item), { once: true });
  });
  canvas.getContext("2d").drawImage(player.video, 0, 0, 1280, 720);
  document.querySelector(".m-btn.m-tonal").click();
  const item = await made;
  const bytes = new Uint8Array(await (await fetch(item.url)).arrayBuffer());
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return { seen: canvas.toDataURL("image/png").split(",")[1], kept: btoa(text) };
}
"""


def counter(encoded: str) -> int:
    picture = Image.open(io.BytesIO(base64.b64decode(encoded))).convert("RGB")
    number = read_counter(np.asarray(picture))
    assert number is not None
    return number


async def open_watch(page: Page) -> None:
    await page.goto("/watch/demo")
    await page.wait_for_function(_PLAYS)


async def test_a_snapshot_is_the_frame_on_the_screen(chromium: Chromium, person: Person) -> None:
    async with chromium.page(person) as page:
        await open_watch(page)
        for _ in range(3):
            both: dict[str, Any] = await page.evaluate(_SNAPSHOT)
            assert abs(counter(both["seen"]) - counter(both["kept"])) <= 1
        await page.evaluate("momentsWatch.player.stepFrame(-1)")
        await page.wait_for_function("!momentsWatch.player.video.seeking")
        both = await page.evaluate(_SNAPSHOT)
        assert counter(both["seen"]) == counter(both["kept"])


async def test_rewinding_shows_what_was_there(chromium: Chromium, person: Person) -> None:
    async with chromium.page(person) as page:
        await open_watch(page)
        await page.wait_for_function(
            "(() => { const w = momentsWatch.player.source.window();"
            " return w.end - w.start > 9000; })()"
        )
        await page.keyboard.press("ArrowLeft")
        for _ in range(5):
            await page.keyboard.press("ArrowLeft")
        await page.wait_for_function("momentsWatch.player.source.behind() > 4000")
        await page.get_by_role("button", name="Go live").click()
        await page.wait_for_function("momentsWatch.player.source.behind() < 4000")


async def test_the_whole_flow_on_a_phone(chromium: Chromium, person: Person) -> None:
    async with chromium.page(person, PHONE) as page:
        await open_watch(page)
        await page.locator(".m-dock").get_by_role("button", name="Clip").click()
        toast = page.locator(".m-toast")
        await toast.get_by_text("Clip is ready").wait_for()
        await toast.get_by_role("button", name="Rename").click()
        await toast.get_by_role("textbox", name="Name").fill("Over the hills")
        await toast.get_by_role("button", name="Save").click()
        await toast.get_by_text("Over the hills").wait_for()
        await page.locator(".m-cap").get_by_text("Over the hills").wait_for()


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
