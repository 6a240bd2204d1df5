"""Every page describes a stream's state in the same words."""

import pytest

from tests.browser.conftest import DESKTOP, PHONE, Chromium, plays
from tests.browser.test_watch_range import stream
from tests.support.web import Person

pytestmark = [pytest.mark.browser, pytest.mark.slow]


async def test_a_stream_that_was_never_on_air_offers_nothing_to_take(
    chromium: Chromium, person: Person
) -> None:
    async with stream(person, "Soon", "push") as slug, chromium.page(person) as page:
        await page.goto(f"/watch/{slug}")
        for place in (".m-stage .m-badge", ".m-cover", ".m-health"):
            await page.locator(place).get_by_text("Never on air", exact=True).wait_for()
        for name, size in (("Clip", DESKTOP), ("Snapshot", PHONE)):
            await page.set_viewport_size({"width": size[0], "height": size[1]})
            button = page.get_by_role("button", name=name).locator("visible=true")
            assert await button.is_disabled()
        assert await page.get_by_role("radio", name="Last 10 s").is_disabled()
        assert await page.get_by_role("slider", name="Start").is_hidden()
        await page.locator(".m-phead").get_by_text("Never on air", exact=True).wait_for()
        await page.goto("/live")
        card = page.locator(".m-card", has_text="Soon")
        await card.locator(".m-badge").get_by_text("Never on air", exact=True).wait_for()


async def test_cards_say_why_a_camera_is_dead_and_play_under_the_pointer(
    chromium: Chromium, person: Person
) -> None:
    dead = stream(person, "Dock", "pull", url="rtsp://127.0.0.1:9/dock")
    async with dead, chromium.page(person) as page:
        await page.goto("/live")
        dock = page.locator(".m-card", has_text="Dock")
        await dock.get_by_text("The camera refused the connection.").wait_for()
        await dock.get_by_role("button", name="Try again").click()
        await page.locator(".m-toast").get_by_text("Connecting to the source").wait_for()

        demo = page.locator(".m-card", has_text="Demo")
        assert not await demo.locator("video").count()
        await demo.get_by_role("link", name="Watch Demo").hover()
        await demo.locator("video.m-on").wait_for()
        await plays(page)
        await dock.hover()
        await demo.locator("video").wait_for(state="detached")
