"""Accessibility: touch, zoom, reduced motion, screen readers."""

import pytest
from playwright.async_api import Locator, Page

from tests.browser.conftest import PHONE, Chromium
from tests.browser.test_watch import _RANGE, open_watch
from tests.support.web import Person

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]


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


async def test_what_was_made_is_said_and_stays_without_motion(
    chromium: Chromium, person: Person
) -> None:
    async with chromium.page(person) as page:
        await page.emulate_media(reduced_motion="reduce")
        await open_watch(page)
        for key, said in (("s", "Snapshot is ready"), ("c", "Clip is ready")):
            await page.keyboard.press(key)
            region = page.locator(".m-app-toasts [aria-live=polite]")
            await region.filter(has_text=said).wait_for(state="attached")
            await page.locator(".m-toast").get_by_text(said).wait_for()
        assert not await page.locator(".m-flying").count()


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
