"""Signed out: captures of a public stream, players embedded in another site's page."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page

from tests.browser.conftest import Chromium, plays
from tests.browser.test_pages import make_clip
from tests.support.web import Person

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]


@pytest_asyncio.fixture
async def foreign() -> AsyncIterator[str]:
    """A page of another origin that frames the URLs in its query, as WordPress does."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        target = (await reader.readline()).decode().split()[1].partition("?")[2]
        frame = f'<iframe sandbox="allow-scripts" src="{target}" width="640" height="360"></iframe>'
        body = f"<!doctype html>{frame}"
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n"
        writer.write(f"{head}Connection: close\r\n\r\n{body}".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    yield f"http://localhost:{port}/?"
    server.close()
    await server.wait_closed()


async def framed(page: Page, url: str) -> bool:
    """Return whether the framed page loaded."""
    await page.goto(url)
    root = page.frames[1].locator("html")
    protocol = await root.evaluate("root => root.ownerDocument.location.protocol")
    return bool(protocol == "http:")  # a refused one shows the browser's own page


async def test_a_visitor_keeps_what_they_see_where_they_may(
    chromium: Chromium, person: Person
) -> None:
    await person.http.patch("/api/streams/demo", json={"allow_capture": True})
    async with chromium.page() as page:
        await page.goto("/live/demo")
        await plays(page)
        toast = page.locator(".m-toast")
        for key, name in (("s", "Snapshot"), ("c", "Clip")):
            await page.keyboard.press(key)
            await toast.get_by_text(f"{name} is ready").wait_for()
            covered, control = (
                await toast.bounding_box(),
                await page.get_by_role("button", name=name).bounding_box(),
            )
            assert covered
            assert control
            assert covered["y"] + covered["height"] < control["y"]
        await toast.get_by_role("button", name="Copy link").click()
        await toast.get_by_text("Copied").wait_for()
    await person.http.patch("/api/streams/demo", json={"allow_capture": False})
    async with chromium.page() as page:
        await page.goto("/live/demo")
        await page.reload()  # a browser keeps a public page for a while
        await plays(page)
        assert not await page.get_by_role("button", name="Clip").count()
        await page.keyboard.press("c")
        assert not await page.locator(".m-toast").count()


async def test_players_are_framed_by_anybody_and_pages_by_nobody(
    chromium: Chromium, person: Person, foreign: str
) -> None:
    clip = await make_clip(person, "Framed")
    link = (await person.http.post(f"/api/clips/{clip}/share")).json()["share_url"]
    live = f"{chromium.url}/live/demo"
    async with chromium.page() as page:
        assert await framed(page, f"{foreign}{live}/embed")
        await page.frame_locator("iframe").locator("video").first.wait_for()
        assert await framed(page, f"{foreign}{link}/embed")
        await page.frame_locator("iframe").get_by_label("Framed").first.wait_for()
        await page.frames[1].wait_for_function(
            "[...document.querySelectorAll('button use')].some((each) => each.getBBox().width)"
        )
        for path in (live, link, f"{chromium.url}/sign-in", f"{chromium.url}/library"):
            assert not await framed(page, f"{foreign}{path}"), path
