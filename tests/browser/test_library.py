"""The library in a real browser: what no simulated user can see."""

import pytest
from playwright.async_api import Page

from tests.browser.conftest import DESKTOP, PHONE, Chromium, plays
from tests.browser.test_pages import make_clip
from tests.support.web import Person

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]


_DROPPED = """
() => {
  const dropped = new DataTransfer();
  dropped.items.add(new File(["error\\n".repeat(3)], "server.log"));
  dropped.items.add(new File(["[shop]"], "shop.toml"));
  return dropped;
}
"""


async def drop_files(page: Page) -> None:
    """Make a moment of dropped files, with the keyboard otherwise."""
    await page.keyboard.press("n")
    await page.get_by_label("Title").fill("Checkout in one page")
    dropped = await page.evaluate_handle(_DROPPED)
    await page.locator(".m-drop").dispatch_event("drop", {"dataTransfer": dropped})
    await page.get_by_text("2 files will be uploaded").wait_for()
    await page.keyboard.press("Control+Enter")
    await page.get_by_text("All files are in.").wait_for()
    await page.get_by_role("button", name="Open the moment").click()
    await page.get_by_role("heading", name="Checkout in one page").wait_for()
    for name in ("server.log", "shop.toml"):
        await page.get_by_role("button", name=f"Show {name}").wait_for()


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
            await page.get_by_role("link", name=f"Open {hostile}").click()
            await page.wait_for_url("**/library/moment_*")
            await page.get_by_role("heading", name=hostile).wait_for()
            await page.go_back()
            await page.get_by_role("button", name="Note").click()
            await page.wait_for_url("**/library?q=heron&kind=note")
            await page.go_back()
            await page.locator('.m-kinds [aria-pressed="true"]', has_text="All").wait_for()
            if size == DESKTOP:
                await drop_files(page)


async def test_a_clip_is_trimmed_shared_and_played_by_somebody_signed_out(
    chromium: Chromium, person: Person
) -> None:
    await make_clip(person, "For everybody")
    async with chromium.page(person) as page:
        await page.goto("/library")
        await page.get_by_role("link", name="Open For everybody").click()
        await plays(page)
        await page.get_by_role("button", name="Trim").click()
        start = page.get_by_role("region", name="Trim").get_by_role("slider", name="Start")
        await start.press("Shift+ArrowRight")
        await page.get_by_role("button", name="as a new clip").click()
        await page.locator(".m-toast").get_by_text("The new clip").wait_for()
        await page.get_by_role("button", name="Share").click()
        await page.get_by_role("button", name="Create a link").click()
        link = page.locator(".m-links a")
        url = await link.get_attribute("href")
        await page.get_by_role("button", name="Copy link").click()
        await page.get_by_role("button", name="Copied").wait_for()
    assert url
    async with chromium.page() as page:
        await page.goto(url)
        await page.get_by_role("heading", name="For everybody").wait_for()
        await page.locator(".m-bigplay").click()
        await plays(page)
