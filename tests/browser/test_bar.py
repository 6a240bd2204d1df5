"""The bar above every page, by the keyboard alone: search, notifications."""

import asyncio

import pytest
from playwright.async_api import Route

from domain.bootstrap import running
from domain.infra.indexing import INDEX_JOB
from tests.browser.conftest import Chromium
from tests.browser.test_layout import violations
from tests.support.web import Person, Web

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]


async def test_search_and_the_bell_by_the_keyboard(
    chromium: Chromium, web: Web, person: Person
) -> None:
    made = [
        (await person.http.post("/api/moments/create", json={"title": f"Blue heron {n}"})).json()
        for n in (1, 2)
    ]
    async with running(web.settings, "worker") as services:  # no worker runs here
        for each in made:
            job = {"source": "moment", "id": each["moment"]["id"]}
            await services.work.handlers[INDEX_JOB](job)
    async with chromium.page(person) as page:
        await page.goto("/settings/profile")
        await page.get_by_role("heading", name="Profile", exact=True).wait_for()
        await page.wait_for_function("globalThis.socket?.connected")
        await page.keyboard.press("/")
        field = page.get_by_role("combobox", name="Search everything")
        await field.fill("heron")
        options = page.get_by_role("option")
        await options.nth(2).wait_for()  # both, and the search page
        assert await options.nth(0).get_attribute("aria-selected") == "true"
        assert await violations(page) == []
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        await page.get_by_role("heading", name="Blue heron 1").wait_for()
        assert made[0]["moment"]["id"] in page.url

        await page.keyboard.press("Control+k")
        await page.get_by_role("option", name="heron", exact=True).click()  # a recent search
        await options.nth(2).wait_for()
        await page.keyboard.press("Escape")

        bell = page.get_by_role("button", name="Notifications")
        await bell.focus()
        await page.keyboard.press("Enter")
        panel = page.get_by_role("dialog", name="Notifications")
        await panel.get_by_text("Nothing yet").wait_for()
        assert await violations(page) == []
        await page.keyboard.press("Escape")
        await panel.wait_for(state="hidden")


async def test_a_press_before_the_page_is_drawn_is_kept(chromium: Chromium, person: Person) -> None:
    held, drawn = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        held.set()
        await drawn.wait()
        await route.continue_()

    async with chromium.page(person) as page:
        await page.route("**/framework.js", hold)
        account = page.get_by_role("button", name="account and theme")
        menu = page.get_by_role("group", name="Account")
        await page.goto("/settings/profile", wait_until="commit")
        await held.wait()
        await account.click()
        await menu.get_by_role("radio", name="Light").check()
        assert await page.evaluate("document.documentElement.dataset.theme") == "light"
        await account.focus()  # the menu outlives the button that it was opened by
        drawn.set()
        await page.wait_for_function("globalThis.socket?.connected")
        await page.keyboard.press("Escape")
        await menu.wait_for(state="hidden")
        assert await account.evaluate("(button) => button === document.activeElement")

        held.clear()
        drawn.clear()
        script = asyncio.Event()

        async def hold_script(route: Route) -> None:
            await script.wait()
            await route.continue_()

        async def come() -> None:
            for _ in range(50):
                await page.evaluate("0")
            script.set()

        await page.route("**/early*", hold_script)
        await page.goto("/settings/profile", wait_until="commit")
        await held.wait()
        # What a press needs comes late: until then there is nothing to be pressed.
        await asyncio.gather(page.get_by_role("button", name="Search everything").click(), come())
        drawn.set()
        await page.get_by_role("combobox", name="Search everything").fill("heron")
