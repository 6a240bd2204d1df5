"""The settings in a browser: a stream's lifecycle, through every kind of control."""

import pytest

from tests.browser.conftest import Chromium
from tests.support.web import Person

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]


async def test_a_stream_is_made_shown_to_everybody_and_deleted(
    chromium: Chromium, person: Person
) -> None:
    async with chromium.page(person) as page:
        await page.goto("/settings/streams")
        await page.get_by_role("button", name="Add stream").click()
        await page.get_by_role("button", name="Demo", exact=True).click()
        await page.get_by_label("Name", exact=True).fill("Second yard")
        await page.get_by_role("button", name="Add and test").click()
        await page.get_by_text("Second yard is on air").wait_for()
        await page.get_by_role("button", name="Done").click()
        row = page.locator(".m-stream", has_text="Second yard")
        await row.get_by_text("organisation").wait_for()
        await row.get_by_role("button", name="More for Second yard").click()
        await page.get_by_role("menuitem", name="Edit").click()
        await page.get_by_label("Name in URLs").fill("demo")
        await page.get_by_label("Who can watch").click()
        await page.get_by_role("option", name="Anyone", exact=True).click()
        await page.get_by_role("button", name="Save").click()
        await page.get_by_role("alert").filter(has_text="Another stream").wait_for()
        await page.get_by_label("Name in URLs").fill("second")
        await page.get_by_role("button", name="Save").click()
        await row.get_by_text("public").wait_for()
        async with chromium.page() as visiting:
            answer = await visiting.goto("/live/second")
            assert answer
            assert answer.status == 200
            await visiting.get_by_role("heading", name="Second yard").wait_for()
        await row.get_by_role("button", name="More for Second yard").click()
        await page.get_by_role("menuitem", name="Delete").click()
        await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        await row.wait_for(state="detached")
