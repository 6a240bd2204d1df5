"""An open page outlives a restart of the web process."""

import pytest

from tests.browser.conftest import Chromium
from tests.browser.test_watch import open_watch
from tests.support.web import Person, Web

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]


async def test_a_restart_reloads_no_page(chromium: Chromium, web: Web, person: Person) -> None:
    async with chromium.page(person) as page:
        await open_watch(page)
        await page.evaluate("globalThis.player = momentsWatch.player")
        await web.stop()
        await web.start()
        await page.wait_for_function("globalThis.momentsRenewed === 1")
        await page.keyboard.press("s")
        await page.get_by_text("Snapshot is ready", exact=True).wait_for()
        assert await page.evaluate("momentsWatch.player === player"), "it goes on playing"
