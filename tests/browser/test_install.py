"""The installed app: without a connection a mark is kept, and sent later."""

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright

from tests.browser.conftest import PHONE, Chromium
from tests.conftest import command
from tests.support.waiting import eventually
from tests.support.web import Person, Web

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

_GOVERNED = "navigator.serviceWorker.controller !== null"
# A worker may open a page only after a person's click, which no test can make outside a page.
_CLICK = """
async () => {
  const [notification] = await registration.getNotifications(), opened = [];
  Clients.prototype.openWindow = async (url) => opened.push(url);
  const click = new NotificationEvent("notificationclick", { notification });
  let handled;
  click.waitUntil = (promise) => handled = promise;
  dispatchEvent(click);
  await handled;
  const left = (await registration.getNotifications()).length;
  return { title: notification.title, body: notification.body, opened, left };
}
"""
# Who asks for notifications while one is being shown can make Chromium forget it.
_COUNT = """() => {
  const show = ServiceWorkerRegistration.prototype.showNotification;
  globalThis.shown = 0;
  ServiceWorkerRegistration.prototype.showNotification = async function (...told) {
    await show.apply(this, told);
    globalThis.shown += 1;
  };
}"""
_TITLES = "async () => (await registration.getNotifications()).map((each) => each.title)"
_SHARED = "Listen to this https://youtu.be/dQw4w9WgXcQ?si=abc."


async def test_a_mark_made_without_a_connection_is_sent_later(
    chromium: Chromium, person: Person
) -> None:
    async with chromium.page(person, PHONE, worker=True) as page:
        await page.goto("/settings/profile")
        await page.wait_for_function(_GOVERNED)
        await page.context.set_offline(True)
        await page.goto(f"/offline?text={_SHARED}")
        await page.get_by_role("heading", name="You are offline").wait_for()
        assert (
            await page.get_by_label("Link").input_value() == "https://youtu.be/dQw4w9WgXcQ?si=abc"
        )
        assert await page.get_by_label("Note").input_value() == "Listen to this"
        await page.get_by_label("Start").fill("1:00")
        await page.get_by_label("End").fill("0:45")
        await page.get_by_role("button", name="Keep").click()
        await page.get_by_text("The end must be after the start.").wait_for()
        await page.get_by_label("End").fill("1:15")
        await page.get_by_role("button", name="Keep").click()
        await page.get_by_text("Waiting to be sent").wait_for()

        async def saved() -> bool:
            found = (await person.http.get("/api/marks", params={"mine": True})).json()
            return any((each["start"], each["end"]) == (60, 75) for each in found["items"])

        assert not await saved()
        await page.context.set_offline(False)
        await eventually(saved)
        await page.get_by_text("Waiting to be sent").wait_for(state="hidden")


async def test_the_manifest_is_whole(chromium: Chromium, person: Person) -> None:
    manifest = json.loads((await person.http.get("/manifest.webmanifest")).text)
    for each in manifest["icons"]:
        icon = await person.http.get(each["src"])
        assert (icon.status_code, icon.headers["content-type"]) == (200, "image/png")
    target = manifest["share_target"]
    shared = {"text": (None, "https://youtu.be/dQw4w9WgXcQ")}
    answer = await person.http.post(target["action"], files=shared)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/mark?text=https%3A%2F%2Fyoutu.be%2FdQw4w9WgXcQ"
    async with chromium.page(person) as page:
        devtools = await page.context.new_cdp_session(page)
        await page.goto("/settings/profile")
        told = await devtools.send("Page.getAppManifest")
        assert told["errors"] == []
        assert told["url"].endswith("/manifest.webmanifest")


@pytest_asyncio.fixture
async def windowed(web: Web) -> AsyncIterator[Chromium]:
    """Whole Chromium: its headless shell has no notifications."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=command("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        yield Chromium(browser, web.url)
        await browser.close()


async def test_a_push_is_shown_and_its_click_opens_the_moment(
    windowed: Chromium, person: Person
) -> None:
    moment = (await person.http.post("/api/moments/create", json={"title": "Release"})).json()
    href = f"/library/{moment['moment']['id']}"
    async with windowed.page(person, worker=True) as page:
        await page.context.grant_permissions(["notifications"])
        devtools = await page.context.new_cdp_session(page)
        known: dict[str, str] = {}

        def on_registered(told: dict[str, list[dict[str, str]]]) -> None:
            known.update(
                {each["scopeURL"]: each["registrationId"] for each in told["registrations"]}
            )

        devtools.on("ServiceWorker.workerRegistrationUpdated", on_registered)
        await devtools.send("ServiceWorker.enable")
        await page.goto("/settings/profile")
        await page.wait_for_function(_GOVERNED)
        [worker] = page.context.service_workers
        await worker.evaluate(_COUNT)
        titles = ("Jun mentioned you", "Jun and Mira mentioned you")  # the later one replaces
        for number, title in enumerate(titles, 1):
            pushed = {"id": "notice_1", "title": title, "detail": "Look — “why”?", "href": href}
            message = {
                "origin": windowed.url,
                "registrationId": known[f"{windowed.url}/"],
                "data": json.dumps(pushed),
            }
            await devtools.send("ServiceWorker.deliverPushMessage", message)

            async def is_handled(number: int = number) -> bool:
                return bool(await worker.evaluate("shown") == number)

            await eventually(is_handled)
            assert await worker.evaluate(_TITLES) == [title]
        clicked = await worker.evaluate(_CLICK)
        assert clicked == {
            "title": title,
            "body": "Look — “why”?",
            "opened": [windowed.url + href],
            "left": 0,
        }
        await page.goto(clicked["opened"][0])
        await page.get_by_role("heading", name="Release").wait_for()
