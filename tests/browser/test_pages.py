"""The other pages: entrance, sharing, settings; narrow screens too."""

import pytest
from playwright.async_api import Page

from tests.browser.conftest import Chromium
from tests.support.web import PASSWORD, Person, Web

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

PAGES = (
    "/live",
    "/watch/demo",
    "/library",
    "/videos",
    "/commits",
    "/chats",
    "/search?q=nothing",
    "/discover",
    "/settings/profile",
    "/settings/organisation",
    "/settings/members",
    "/settings/vms",
    "/settings/tokens",
    "/settings/apps",
    "/settings/data",
    "/offline",
    "/collections",
    "/settings/streams",
    "/settings/storage",
    "/settings/webhooks",
    "/settings/retention",
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


async def test_signing_in_leads_to_where_one_wanted_to_go(
    chromium: Chromium, person: Person
) -> None:
    async with chromium.page() as page:
        await page.goto("/library?kind=snapshot")
        await page.get_by_label("Email").fill(person.email)
        await page.get_by_label("Password", exact=True).fill("not that one")
        await page.get_by_role("button", name="Sign in").click()
        await page.get_by_role("alert").filter(has_text="is wrong").wait_for()
        assert await page.get_by_label("Email").input_value() == person.email
        await page.get_by_label("Password", exact=True).fill(PASSWORD)
        await page.get_by_role("button", name="Sign in").click()
        await page.wait_for_url("**/library?kind=snapshot")


async def test_a_tab_acts_for_the_organisation_that_it_shows(chromium: Chromium, web: Web) -> None:
    person = await web.person()
    async with chromium.page(person) as page:
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


async def test_every_shared_clip_says_its_length_before_it_is_played(
    chromium: Chromium, person: Person
) -> None:
    ids = [await make_clip(person, f"Of some length {number}") for number in (1, 2)]
    shared = await person.http.post("/api/gallery/share", json={"ids": ids})
    async with chromium.page() as page:
        await page.goto(shared.json()["share_url"])
        hud = page.locator(".m-cliphud").nth(1)
        assert await hud.get_by_text("/ 0:02").is_visible()


async def settled(page: Page) -> None:
    await page.wait_for_function(_SETTLED)
