"""The other pages: entrance, gallery, sharing, settings; narrow screens too."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Page

from tests.browser.conftest import DESKTOP, PHONE, Chromium, plays
from tests.support.web import PASSWORD, Person, Web

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

PAGES = (
    "/live",
    "/watch/demo",
    "/library",
    "/gallery",
    "/settings/profile",
    "/settings/organisation",
    "/settings/members",
    "/settings/vms",
    "/settings/tokens",
    "/settings/streams",
    "/settings/storage",
)


_SETTLED = """
() => {
  return document.fonts.status === "loaded" && !document.querySelector(".m-skel")
    && (!document.querySelector("#m-boot") || document.querySelector("h1"));
}
"""


async def make_clip(person: Person, title: str) -> str:
    body = {"stream": "demo", "last_ms": 2000, "title": title}
    answer = await person.http.post("/api/clips", json=body)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


@asynccontextmanager
async def clip_opened(
    chromium: Chromium, person: Person, title: str, size: tuple[int, int] = DESKTOP
) -> AsyncIterator[tuple[str, Page]]:
    """Make a clip and open it in the gallery; give its id and the page."""
    clip = await make_clip(person, title)
    async with chromium.page(person, size) as page:
        await page.goto(f"/gallery?open={clip}")
        yield clip, page


async def test_signing_in_leads_to_where_one_wanted_to_go(
    chromium: Chromium, person: Person
) -> None:
    async with chromium.page() as page:
        await page.goto("/gallery?tab=snapshots")
        await page.get_by_label("Email").fill(person.email)
        await page.get_by_label("Password", exact=True).fill("not that one")
        await page.get_by_role("button", name="Sign in").click()
        await page.get_by_role("alert").filter(has_text="is wrong").wait_for()
        assert await page.get_by_label("Email").input_value() == person.email
        await page.get_by_label("Password", exact=True).fill(PASSWORD)
        await page.get_by_role("button", name="Sign in").click()
        await page.wait_for_url("**/gallery?tab=snapshots")


async def test_a_tab_acts_for_the_organisation_that_it_shows(chromium: Chromium, web: Web) -> None:
    person = await web.person()
    async with chromium.page(person) as page:
        async with page.expect_websocket(lambda socket: "/api/events" in socket.url) as opened:
            await page.goto("/live")
        assert f"organization_id={person.organization_id}" in (await opened.value).url
        await page.goto("/settings/organisation")
        await page.get_by_label("Name").wait_for()
        made = await person.http.post("/api/organizations", json={"name": "Of another tab"})
        await page.get_by_label("Name").fill("Of this tab")
        await page.get_by_role("button", name="Save").click()
        await page.locator(".m-toast", has_text="Saved").wait_for()
    found = (await person.http.get("/api/organizations")).json()["items"]
    assert {each["id"]: each["name"] for each in found} == {
        person.organization_id: "Of this tab",
        made.json()["id"]: "Of another tab",
    }


async def test_a_deleted_clip_comes_back_with_undo(chromium: Chromium, person: Person) -> None:
    await make_clip(person, "To be undone")
    async with chromium.page(person) as page:
        await page.goto("/gallery")
        card = page.locator(".m-gc", has_text="To be undone")
        await card.get_by_role("button", name="Select").click()
        await page.get_by_role("toolbar").get_by_role("button", name="Delete").click()
        await card.wait_for(state="detached")
        await page.locator(".m-toast").get_by_role("button", name="Undo").click()
        await card.wait_for()


async def test_a_shared_clip_plays_for_somebody_signed_out(
    chromium: Chromium, person: Person
) -> None:
    async with clip_opened(chromium, person, "For everybody") as (_, page):
        await page.get_by_text("Share with a link").click()
        await page.get_by_role("button", name="Create a link").click()
        url = await page.get_by_role("textbox", name="Link").input_value()
        await page.get_by_role("button", name="Done", exact=True).click()
        assert await page.locator(".m-links a").get_attribute("href") == url
    async with chromium.page() as page:
        await page.goto(url)
        await page.get_by_role("heading", name="For everybody").wait_for()
        await page.locator(".m-bigplay").click()
        await plays(page)


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
async def test_pressing_again_where_a_link_was_made_only_copies_it(
    chromium: Chromium, person: Person, size: tuple[int, int]
) -> None:
    async with clip_opened(chromium, person, "Pressed twice", size) as (clip, page):
        await page.get_by_text("Share with a link").click()
        button = page.get_by_role("button", name="Create a link")
        await button.scroll_into_view_if_needed()
        box = await button.bounding_box()
        assert box
        at = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        await page.mouse.click(*at)
        await page.get_by_text("The link was copied").wait_for()
        await page.mouse.click(*at)
        await page.get_by_role("button", name="Copied").wait_for()
        assert await page.get_by_role("dialog").is_visible()
    assert (await person.http.get(f"/api/clips/{clip}")).status_code == 200
    links = (await person.http.get(f"/api/clips/{clip}/share")).json()["items"]
    assert len(links) == 1


async def test_what_was_deleted_is_found_and_restored(chromium: Chromium, person: Person) -> None:
    ids = [await make_clip(person, f"Regretted {number}") for number in (1, 2)]
    await person.http.post("/api/gallery/delete", json={"ids": ids})
    async with chromium.page(person) as page:
        await page.goto("/gallery")
        await page.get_by_role("button", name="Status").click()
        await page.get_by_role("menuitem", name="Deleted").click()
        first, second = (page.locator(".m-gc", has_text=f"Regretted {number}") for number in (1, 2))
        await first.get_by_text("Kept until").wait_for()
        await first.get_by_role("button", name="Restore").click()
        await first.wait_for(state="detached")
        await second.get_by_role("button", name="Select").click()
        await page.get_by_role("toolbar").get_by_role("button", name="Restore").click()
        await second.wait_for(state="detached")
        await page.get_by_role("button", name="Deleted: remove this filter").click()
        await first.wait_for()
        await second.wait_for()


async def test_a_label_that_was_just_given_can_be_chosen(
    chromium: Chromium, person: Person
) -> None:
    async with clip_opened(chromium, person, "To be labelled") as (_, page):
        label = page.get_by_label("Add a label")
        await label.fill("heron")
        await label.press("Enter")
        await page.get_by_role("button", name="Remove heron").wait_for()
        await page.get_by_role("button", name="Close").click()
        await page.get_by_role("button", name="Label", exact=True).click()
        await page.get_by_text("heron (1)").wait_for()


async def test_every_shared_clip_says_its_length_before_it_is_played(
    chromium: Chromium, person: Person
) -> None:
    ids = [await make_clip(person, f"Of some length {number}") for number in (1, 2)]
    shared = await person.http.post("/api/gallery/share", json={"ids": ids})
    async with chromium.page() as page:
        await page.goto(shared.json()["share_url"])
        hud = page.locator(".m-cliphud").nth(1)
        assert await hud.get_by_text("/ 0:02").is_visible()


async def test_a_clip_is_trimmed_into_a_new_one(chromium: Chromium, person: Person) -> None:
    async with clip_opened(chromium, person, "Long") as (_, page):
        await page.get_by_role("button", name="Trim").click()
        start = page.get_by_role("region", name="Trim").get_by_role("slider", name="Start")
        await start.press("Shift+ArrowRight")
        await page.get_by_role("button", name="as a new clip").click()
        await page.locator(".m-toast").get_by_text("The new clip is ready").wait_for()


async def settled(page: Page) -> None:
    await page.wait_for_function(_SETTLED)


async def test_what_is_not_there_says_so(chromium: Chromium, person: Person) -> None:
    async with chromium.page(person) as page:
        answer = await page.goto("/nowhere")
        assert answer
        assert answer.status == 404
        await page.get_by_role("heading", name="Page not found").wait_for()
