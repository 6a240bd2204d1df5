"""The library in a real browser: what no simulated user can see."""

import pytest

from tests.browser.conftest import DESKTOP, PHONE, Chromium
from tests.support.web import Person

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]


async def test_moments_are_found_opened_and_arrive(chromium: Chromium, person: Person) -> None:
    hostile = "<img src=x onerror=alert(1)> heron"
    for title in (hostile, "Of something else"):
        made = await person.http.post("/api/moments/create", json={"title": title})
        assert made.status_code == 200, made.text
    for size in (DESKTOP, PHONE):
        async with chromium.page(person, size) as page:
            await page.goto("/library")
            await page.get_by_role("link", name="Open Of something else").wait_for()
            await page.get_by_role("heading", name="Today").wait_for()
            await page.get_by_label("Search the library").fill("heron")
            await page.get_by_role("link", name="Open Of something else").wait_for(state="detached")
            await page.wait_for_url("**/library?q=heron")
            title = f"A heron at {size[0]}"
            await person.http.post("/api/moments/create", json={"title": title})
            await page.get_by_role("link", name=f"Open {title}").wait_for()
            await page.locator(".m-gopen").last.click()
            await page.get_by_role("heading", name=hostile).wait_for()
            await page.go_back()
            await page.get_by_role("button", name="Note").click()
            await page.wait_for_url("**/library?q=heron&kind=note")
            await page.go_back()
            await page.locator('.m-kinds [aria-pressed="true"]', has_text="All").wait_for()
