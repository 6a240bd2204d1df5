"""Real Chromium against the real web process and a real media node with its demo stream."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from domain.infra.postgres import Server as PostgresServer
from tests.conftest import chromium_path
from tests.fakes.players import Players
from tests.support.waiting import eventually
from tests.support.web import Person, Web, node_running, web_running

DESKTOP, PHONE = (1440, 900), (390, 844)
_FLAGS = ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"]


def _step_back() -> None:
    """Give Chromium no priority over the node: it raises that of its process that draws."""
    for process in psutil.Process().children(recursive=True):
        if process.nice() < 0:
            process.nice(0)


@dataclass(frozen=True)
class Chromium:
    """A browser, and the app under test."""

    browser: Browser
    url: str
    # Of windows without and with touch. Their caches stay warm, which saves a second per page.
    _idle: tuple[list[BrowserContext], list[BrowserContext]] = field(
        default_factory=lambda: ([], []), init=False
    )

    @asynccontextmanager
    async def page(
        self,
        person: Person | None = None,
        size: tuple[int, int] = DESKTOP,
        *,
        worker: bool = False,
    ) -> AsyncIterator[Page]:
        """Open a page that knows nothing of earlier ones, signed in as somebody.

        Fails on script errors.
        """
        has_touch = size[0] < 720
        idle = [] if worker else self._idle[has_touch]
        context = idle.pop() if idle else await self._context(has_touch=has_touch, worker=worker)
        if person:
            await context.add_cookies(
                [{"name": "moments_session", "value": person.cookie, "url": self.url}]
            )
        page = await context.new_page()
        await page.set_viewport_size({"width": size[0], "height": size[1]})
        page.set_default_timeout(60_000)
        failures: list[str] = []
        page.on("pageerror", lambda error: failures.append(str(error)))
        try:
            yield page
        finally:  # an open page would keep playing during later tests
            if worker:
                await context.close()
            else:
                await self._forget(context)
                idle.append(context)
        assert not failures

    async def _context(self, *, has_touch: bool, worker: bool) -> BrowserContext:
        return await self.browser.new_context(
            has_touch=has_touch,
            service_workers="allow" if worker else "block",  # one would hide requests from routes
            base_url=self.url,
        )

    async def _forget(self, context: BrowserContext) -> None:
        """Close a context's pages and clear all but its cache."""
        for page in context.pages:
            await page.close()
        page = await context.new_page()
        devtools = await context.new_cdp_session(page)
        stored = {"origin": self.url, "storageTypes": "local_storage,indexeddb,cache_storage"}
        await devtools.send("Storage.clearDataForOrigin", stored)
        await page.close()
        await context.clear_cookies()


# A live player has two videos: the one behind moves on before it has anything to show.
_MOVED = """
(videos) => videos.some((video) => video.currentTime > 0.3 && video.readyState >= 3
  && (videos.length === 1 || video.classList.contains("m-front")))
"""


async def plays(page: Page) -> None:
    """Wait until the page's visible video has advanced."""

    async def moved() -> bool:  # evaluated from outside: public pages' CSP forbids eval
        return bool(await page.locator("video").evaluate_all(_MOVED))

    await eventually(moved)


@pytest.fixture(scope="package")
def players() -> Iterator[Players]:
    """The providers' players, as the pages find them."""
    with Players() as players:
        yield players


@pytest_asyncio.fixture(scope="package")
async def web(
    tmp_path_factory: pytest.TempPathFactory, server: PostgresServer, players: Players
) -> AsyncIterator[Web]:
    home: Path = tmp_path_factory.mktemp("browser")
    names = ("youtube", "spotify", "soundcloud", "vimeo")
    values = {f"{name}_player_url": players.url for name in names}
    async with (
        # A quarter of the pixels: Chromium decodes and paints in software here.
        web_running(home, server, "browser", demo=False, demo_height=360, **values) as web,
        node_running(web),
    ):
        yield web


@pytest_asyncio.fixture(scope="package")
async def person(web: Web) -> Person:
    """A user whose demo stream is on air."""
    person = await web.person()
    await person.add_demo()

    async def on_air() -> bool:
        stream = (await person.http.get("/api/streams/demo")).json()
        return stream.get("status") == "live" and bool(stream["window"])

    await eventually(on_air, 180)
    return person


@pytest_asyncio.fixture(scope="package")
async def chromium(web: Web) -> AsyncIterator[Chromium]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path(), args=_FLAGS)
        _step_back()
        yield Chromium(browser, web.url)
        await browser.close()
