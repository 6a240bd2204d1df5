"""Watching: a range's lifecycle, and what remains of a stream that goes off air."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Locator, Page, Route

from tests.browser.conftest import PHONE, Chromium
from tests.browser.test_real_time import camera, go_live  # noqa: F401  (a fixture)
from tests.browser.test_watch import _PLAYS, _PRESS, _RANGE, HELD, open_watch
from tests.support.web import Person

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

_LONGER = """(ms) => {
  const range = momentsWatch.timeline.selection();
  return range !== null && range.end - range.start > ms;
}"""
_SEEN_AFTER = "(at) => momentsWatch.player.source.seenInstant() > at"
_SEEN_BEFORE = """(at) => {
  const seen = globalThis.momentsWatch?.player.source.seenInstant();
  return seen && seen < at;
}"""
_PAUSED = "momentsWatch.player.source.isPaused"
# What the timeline says has left, from now on.
_HEAR = """
() => {
  globalThis.left = [];
  momentsWatch.timeline.addEventListener("left", ({ detail }) => left.push(detail.whole));
}
"""


@asynccontextmanager
async def stream(person: Person, name: str, kind: str, **source: str) -> AsyncIterator[str]:
    """Make a stream that keeps ten seconds."""
    body = {"name": name, "source": {"kind": kind, **source}, "buffer_s": 10}
    made = await person.http.post("/api/streams", json=body)
    assert made.status_code == 201, made.text
    try:
        yield made.json()["slug"]
    finally:
        await person.http.delete(f"/api/streams/{made.json()['id']}")


async def drag(page: Page, name: str, by: int) -> None:
    box = await page.get_by_role("slider", name=name).bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x + by, y, steps=4)
    await page.mouse.up()


async def test_a_range_is_open_until_its_end_is_set_and_is_let_go_when_it_has_left(
    chromium: Chromium, person: Person
) -> None:
    async with stream(person, "Short", "demo") as slug, chromium.page(person) as page:
        await page.goto(f"/watch/{slug}")
        await page.wait_for_function(_PLAYS)
        await page.evaluate(_HEAR)
        await page.keyboard.press("i")
        await page.wait_for_function(_LONGER, arg=1000)
        clip: dict[str, Any] = await page.evaluate(_PRESS, ".m-btn.m-primary")
        assert clip["duration_ms"] >= 900

        await page.keyboard.press("i")
        await page.wait_for_function(_LONGER, arg=4000)
        await page.keyboard.press("o")
        _, end = await page.evaluate(_RANGE)
        await page.wait_for_function(_SEEN_AFTER, arg=end + 1000)
        assert (await page.evaluate(_RANGE))[1] == end

        await page.get_by_text("That range has left the buffer").wait_for()
        assert await page.evaluate("left") == [False, True]
        await page.get_by_role("radio", name="Last 10 s", checked=True).wait_for()
        assert await page.locator(".m-before").text_content() == "No longer buffered"


async def test_the_keys_are_the_page_s_after_a_handle_was_dragged(
    chromium: Chromium, person: Person
) -> None:
    async with chromium.page(person) as page:
        await page.goto("/watch/demo")
        await page.wait_for_function(_PLAYS)
        await page.wait_for_function(HELD, arg=20_000)
        await page.get_by_role("radio", name="Range").click()
        await drag(page, "Start", -40)
        chosen = await page.evaluate(_RANGE)
        await page.keyboard.press("l")
        await page.wait_for_function(_PLAYS)
        await page.keyboard.press("Shift+ArrowLeft")
        await page.wait_for_function("momentsWatch.player.source.behind() > 8000")
        assert await page.evaluate(_RANGE) == chosen
        await page.get_by_role("slider", name="Start").focus()
        await page.keyboard.press("Space")
        await page.wait_for_function(_PAUSED)
        await page.keyboard.press("Space")
        await page.wait_for_function(f"!{_PAUSED}")


async def drag_by_touch(page: Page, target: Locator, by: float) -> None:
    """Drag with one finger, as the browser has it from a touch screen."""
    box = await target.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    session = await page.context.new_cdp_session(page)

    async def touch(kind: str, *points: dict[str, float]) -> None:
        event = {"type": kind, "touchPoints": list(points)}
        await session.send("Input.dispatchTouchEvent", event)

    await touch("touchStart", {"x": x, "y": y})
    for step in range(1, 7):
        await touch("touchMove", {"x": x + by * step / 6, "y": y + 2 * step})
    await touch("touchEnd")


async def test_both_handles_follow_a_finger(chromium: Chromium, person: Person) -> None:
    async with chromium.page(person, PHONE) as page:
        await open_watch(page, held_ms=30_000)
        await page.get_by_role("radio", name="Range").tap()
        before = await page.evaluate(_RANGE)
        await drag_by_touch(page, page.get_by_role("slider", name="Start"), -60)
        wider = await page.evaluate(_RANGE)
        assert wider[0] < before[0] - 1000
        assert wider[1] == before[1]
        await drag_by_touch(page, page.get_by_role("slider", name="End"), -50)
        after = await page.evaluate(_RANGE)
        assert after[0] == wider[0]
        assert after[1] < wider[1] - 1000
        assert await page.evaluate("scrollY") == 0


async def test_what_is_left_of_a_stream_off_air_can_be_looked_back_at(
    camera: Chromium,  # noqa: F811
    person: Person,
) -> None:
    async with (
        stream(person, "Gone", "push") as slug,
        camera.page(person) as sender,
        camera.page(person, PHONE) as page,
    ):
        await go_live(sender, slug)
        await page.goto(f"/watch/{slug}")
        await page.wait_for_function(_PLAYS)
        await page.wait_for_function(HELD, arg=3000)
        await sender.locator("[data-go]").click()
        for place in (".m-cover", ".m-phead"):
            await page.locator(place).get_by_text("Off air since").wait_for()
        await page.locator(".m-ruler").get_by_text("End", exact=True).wait_for()
        ended = await page.evaluate("momentsWatch.player.source.window()")
        told = await page.evaluate("momentsWatch.player.source.status.at")
        await page.wait_for_function("(at) => momentsWatch.player.source.status.at > at", arg=told)
        assert await page.evaluate("momentsWatch.player.source.window()") == ended

        back = page.get_by_role("button", name="Rewind")
        assert await page.locator(".m-hud-b").is_hidden()
        await back.tap()
        await back.wait_for(state="hidden")
        await back.wait_for()  # all of it was played
        assert await page.evaluate(_PAUSED)
        await page.keyboard.press("ArrowRight")  # there is nothing to go on to
        await back.wait_for(state="hidden")
        await page.keyboard.press("Space")
        await back.wait_for()
        await page.route("**/media.m3u8*", late)  # pressed before there is a playlist
        await page.reload()  # who comes now finds the same
        await back.tap()
        await page.wait_for_function(_SEEN_BEFORE, arg=ended["end"] - 1500)
        await back.wait_for()
        await page.unroute("**/media.m3u8*", late)
        await sender.locator("[data-go]").click()
        await page.wait_for_function(_PLAYS)


async def late(route: Route) -> None:
    """Let a request wait for longer than what is buffered plays."""
    await asyncio.sleep(1.5)
    await route.continue_()


@pytest.mark.parametrize("looks_back", [False, True])
async def test_without_webrtc_playing_goes_on_when_the_stream_is_back(
    camera: Chromium,  # noqa: F811
    person: Person,
    *,
    looks_back: bool,
) -> None:
    async with (
        stream(person, "Back", "push") as slug,
        camera.page(person) as sender,
        camera.page(person) as page,
    ):
        await page.add_init_script("delete globalThis.RTCPeerConnection")
        await go_live(sender, slug)
        await page.goto(f"/watch/{slug}")
        await page.wait_for_function(_PLAYS)
        await page.wait_for_function(HELD, arg=5000)
        if looks_back:
            await page.keyboard.press("Shift+ArrowLeft")
            await page.keyboard.press("Space")
            await page.wait_for_function(_PAUSED)
        await sender.locator("[data-go]").click()
        off_air = page.locator(".m-badge", has_text="Off air")
        await off_air.wait_for()
        await page.wait_for_function("!momentsWatch.player.source.hls.clock.details.live")
        cover = page.locator(".m-cover").get_by_text("Off air since")
        assert await cover.is_visible() is not looks_back
        if not looks_back:
            await page.wait_for_function("momentsWatch.player.source.isOver")
        await page.route("**/media.m3u8*", late)
        end = await page.evaluate("momentsWatch.player.source.window().end")
        await sender.locator("[data-go]").click()
        await off_air.wait_for(state="detached")
        if looks_back:
            assert await page.evaluate("momentsWatch.player.source.seenInstant()") < end
            await page.keyboard.press("Space")
            await page.wait_for_function(_SEEN_AFTER, arg=end)
        else:
            await page.wait_for_function(_PLAYS)
