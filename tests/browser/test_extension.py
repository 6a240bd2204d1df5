"""The extension and the bookmark, pressed on a provider's own page that plays."""

import io
import itertools
import json
import wave
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, CDPSession, Page, Route, async_playwright

from tests.conftest import command
from tests.support.waiting import eventually
from tests.support.web import Person, Web

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

_SITE, _VIDEO, _LENGTH_S = "https://www.youtube.com", "NightFerry5", 222
# An advertisement beside the video is larger, but does not play.
_WATCH = """<!doctype html><title>Night Ferry</title><video></video>
<video style="width: 900px; height: 600px"></video><script type="module">
const film = await (await fetch("/film.wav")).blob();
for (const video of document.querySelectorAll("video")) video.src = URL.createObjectURL(film);
</script>"""
# At a sixteenth of its speed a second lasts long enough to press a button in it.
_PLAY_AT = """
async (at) => {
  const video = document.querySelector("video");
  if (video.readyState < 1) await new Promise((done) => video.onloadedmetadata = done);
  Object.assign(video, { currentTime: at + 0.1, playbackRate: 0.0625, muted: true });
  await video.play();
}
"""
_SIGNALS = itertools.count(1)


class Popup:
    """What opens under the extension's button; Chromium lets nobody drive it as a page."""

    def __init__(self, devtools: CDPSession, session: str) -> None:
        self._devtools = devtools
        self._session = session
        self._answers: dict[int, Any] = {}
        devtools.on("Target.receivedMessageFromTarget", self._heard)

    @classmethod
    async def opened(cls, devtools: CDPSession, extension: str, tab: Page) -> "Popup":
        """Press the extension's button on a tab."""
        wanted = {"filter": [{"type": "tab"}]}
        tabs = (await devtools.send("Target.getTargets", wanted))["targetInfos"]
        [target] = [each["targetId"] for each in tabs if each["url"] == tab.url]
        press = {"id": extension, "targetId": target}
        await devtools.send("Extensions.triggerAction", press)
        found: list[str] = []

        async def is_open() -> bool:
            targets = (await devtools.send("Target.getTargets"))["targetInfos"]
            found[:] = [each["targetId"] for each in targets if "/popup.html" in each["url"]]
            return bool(found)

        await eventually(is_open)
        to = {"targetId": found[0], "flatten": False}
        made = await devtools.send("Target.attachToTarget", to)
        return cls(devtools, made["sessionId"])

    def _heard(self, event: dict[str, Any]) -> None:
        answer = json.loads(event["message"])
        if event["sessionId"] == self._session and "id" in answer:
            self._answers[answer["id"]] = answer

    async def run(self, script: str) -> Any:  # noqa: ANN401 (whatever the script returns)
        """Run a script in it and return its value."""
        signal = next(_SIGNALS)
        asked = {"expression": script, "returnByValue": True, "userGesture": True}
        message = {"id": signal, "method": "Runtime.evaluate", "params": asked}
        to = {"sessionId": self._session, "message": json.dumps(message)}
        await self._devtools.send("Target.sendMessageToTarget", to)

        async def answered() -> bool:
            return signal in self._answers

        await eventually(answered)
        return self._answers[signal]["result"]["result"].get("value")

    async def press(self, button: str, then: str) -> None:
        """Press a button, and wait until a condition holds."""
        await self.run(f"document.querySelector({json.dumps(button)}).click()")

        async def holds() -> bool:
            return bool(await self.run(then))

        await eventually(holds)


@pytest.fixture(scope="module")
def film() -> bytes:
    """Silence of known length, which a video plays as any film."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(8000)
        sound.writeframes(b"\x80" * 8000 * _LENGTH_S)
    return file.getvalue()


@pytest_asyncio.fixture
async def window(tmp_path: Path, web: Web, film: bytes) -> AsyncIterator[BrowserContext]:
    """Whole Chromium with the extension as people download it, and the provider's site."""
    async with httpx.AsyncClient(base_url=web.url) as http:
        archive = await http.get("/extension.zip")
    zipfile.ZipFile(io.BytesIO(archive.content)).extractall(tmp_path)
    folder = tmp_path / "moments-extension"
    # As if the person had allowed it to reach their Moments: no test can press that.
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["host_permissions"] = [f"http://{urlsplit(web.url).hostname}/*"]
    (folder / "manifest.json").write_text(json.dumps(manifest))

    async def site(route: Route) -> None:
        if route.request.url.endswith("/film.wav"):
            await route.fulfill(body=film, content_type="audio/wav")
        else:
            await route.fulfill(body=_WATCH, content_type="text/html")

    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            tmp_path / "profile",
            executable_path=command("chromium"),
            headless=False,
            args=[
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                f"--load-extension={folder}",
                "--enable-unsafe-extension-debugging",
            ],
            ignore_default_args=["--disable-extensions"],
        )
        await context.route(f"{_SITE}/**", site)
        yield context
        await context.close()


async def _connected(window: BrowserContext, web: Web, person: Person) -> str:
    """Connect the extension in its options; return its id."""
    page = await window.new_page()
    await page.goto("chrome://extensions")
    extension = str(
        await page.evaluate(
            "async () => (await chrome.developerPrivate.getExtensionsInfo())"
            ".find(({ name }) => name === 'Moments').id"
        )
    )
    await page.goto(f"chrome-extension://{extension}/options.html")
    await page.locator("[name=server]").fill(f"{web.url}/library")
    await page.locator("[name=token]").fill(await person.token())
    await page.locator("[type=submit]").click()

    async def is_connected() -> bool:
        return person.email in await page.locator("#outcome").inner_text()

    await eventually(is_connected)
    return extension


async def test_a_part_is_marked_on_the_page_that_plays_it(window: BrowserContext, web: Web) -> None:
    person = await web.person()
    extension = await _connected(window, web, person)
    tab = await window.new_page()
    await tab.goto(f"{_SITE}/watch?v={_VIDEO}&list=mix&si=abc")
    await tab.evaluate(_PLAY_AT, 45)
    browser = window.browser
    assert browser
    popup = await Popup.opened(await browser.new_browser_cdp_session(), extension, tab)
    await popup.press("body", "!document.getElementById('mark').hidden")
    assert await popup.run("document.getElementById('what').textContent") == "Night Ferry"
    field = "document.forms[0].elements"
    await popup.press("[data-set=start]", f"{field}.start.value === '0:45'")
    await tab.evaluate(_PLAY_AT, 60)
    await popup.press("[data-set=end]", f"{field}.end.value === '1:00'")
    await popup.run(f"{field}.note.value = 'That drop', {field}.visibility.value = 'public'")
    await popup.press("[type=submit]", "document.querySelector('#outcome a') !== null")
    [mark] = (await person.http.get("/api/marks", params={"q": "drop"})).json()["items"]
    assert (mark["start"], mark["end"], mark["note"]) == (45, 60, "That drop")
    assert (mark["provider"], mark["provider_id"]) == ("youtube", _VIDEO)
    found = await person.http.get(f"/api/tracks/{mark['track_id']}")
    assert found.json()["duration"] == _LENGTH_S
    made = await popup.run("document.querySelector('#outcome a').href")
    await tab.goto(made)
    await tab.get_by_text("0:45").first.wait_for()
    assert "1:00" in await tab.locator("main").inner_text()


async def test_the_bookmark_opens_a_mark_of_what_plays(window: BrowserContext, web: Web) -> None:
    person = await web.person()
    await window.add_cookies([{"name": "moments_session", "value": person.cookie, "url": web.url}])
    page = await window.new_page()
    await page.goto(f"{web.url}/settings/apps")
    bookmark = await page.get_by_role("link", name="Mark this").get_attribute("href")
    assert bookmark
    await page.goto(f"{_SITE}/watch?v={_VIDEO}")
    await page.evaluate(_PLAY_AT, 45)
    async with window.expect_page() as opened:
        await page.evaluate(unquote(bookmark.removeprefix("javascript:")))
    made = await opened.value
    await made.wait_for_url(f"{web.url}/mark?**")
    given = parse_qs(urlsplit(made.url).query)["url"]
    assert given == [f"{_SITE}/watch?v={_VIDEO}#t=45"]
