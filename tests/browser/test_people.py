"""Invitations, a viewer's limits, leaving; links with a password; the theme."""

import pytest

from domain.infra.images import parse_data_url
from tests.browser.conftest import Chromium, plays
from tests.browser.test_pages import make_clip
from tests.integration.api.test_other_organisations import PIXEL
from tests.support.web import PASSWORD, Person

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]


async def test_an_invited_viewer_only_looks(chromium: Chromium, person: Person) -> None:
    await make_clip(person, "To be looked at")
    invited = (await person.http.post("/api/invitations", json={"role": "viewer"})).json()
    async with chromium.page() as page:
        await page.goto(invited["url"])
        await page.get_by_label("Your name").fill("Vik Viewer")
        await page.get_by_label("Email").fill("vik.viewer@example.org")
        await page.get_by_label("Password", exact=True).fill(PASSWORD)
        await page.get_by_role("button", name="Create account and join").click()
        await page.wait_for_url("**/library")
        await page.goto("/live")
        await page.get_by_role("link", name="Watch Demo").wait_for()
        assert not await page.get_by_role("button", name="Add stream").count()
        await page.goto("/library")
        await page.get_by_role("link", name="Open To be looked at").click()
        await page.get_by_role("link", name="Download").wait_for()
        for name in ("Select", "Delete", "Trim", "Share"):
            assert not await page.get_by_role("button", name=name).count()
        await page.goto("/watch/demo")
        await page.get_by_role("slider", name="Playhead").wait_for()
        for name in ("Clip", "Snapshot", "Start", "End"):
            assert not await page.get_by_role("button", name=name).count()
        assert not await page.get_by_role("link", name="Charts").count()
        await page.get_by_role("button", name="account and theme").click()
        await page.get_by_role("button", name="Sign out").click()
        await page.wait_for_url("**/sign-in")
        await page.goto("/live")
        await page.wait_for_url("**/sign-in?*")


async def test_a_link_with_a_password_opens_with_it(chromium: Chromium, person: Person) -> None:
    clip = await make_clip(person, "Between us")
    body = {"password": "open sesame", "expires_in_s": 3600}
    shared = await person.http.post(f"/api/clips/{clip}/share", json=body)
    url = shared.json()["share_url"]
    async with chromium.page() as page:
        await page.goto(url)
        await page.get_by_label("Password").fill("not that")
        await page.get_by_role("button", name="Open").click()
        await page.get_by_role("alert").wait_for()
        await page.get_by_label("Password").fill("open sesame")
        await page.get_by_role("button", name="Open").click()
        await page.get_by_role("heading", name="Between us").wait_for()
        await page.locator(".m-bigplay").click()
        await plays(page)


async def test_dark_is_for_everybody_until_they_choose(chromium: Chromium, person: Person) -> None:
    async with chromium.page(person) as page:
        await page.emulate_media(color_scheme="light")
        await page.goto("/live")
        theme = "document.documentElement.dataset.theme"
        assert await page.evaluate(theme) == "dark"
        await page.get_by_role("button", name="account and theme").click()
        await page.get_by_role("radio", name="System").check()
        assert await page.evaluate(theme) == "light"


async def test_files_come_in_and_the_account_ends(chromium: Chromium, person: Person) -> None:
    invited = (await person.http.post("/api/invitations", json={"role": "member"})).json()
    marks = "url,start,end\r\nhttps://youtu.be/FromAFile00,45,60\r\nhttps://youtu.be/x,9,1\r\n"
    async with chromium.page() as page:
        await page.goto(invited["url"])
        await page.get_by_label("Your name").fill("Zoe Leaver")
        await page.get_by_label("Email").fill("zoe.leaver@example.org")
        await page.get_by_label("Password", exact=True).fill(PASSWORD)
        await page.get_by_role("button", name="Create account and join").click()
        await page.wait_for_url("**/library")
        await page.goto("/settings/profile")
        await page.get_by_label("Handle").fill("zoe-leaver")
        await page.get_by_role("button", name="Save").nth(1).click()
        await page.get_by_text("Choose a picture").wait_for()  # when the profile is saved
        picture = {"name": "me.png", "mimeType": "image/png", "buffer": parse_data_url(PIXEL).data}
        await page.locator("input[type=file]").set_input_files(picture)  # type: ignore[arg-type]
        await page.locator(".m-me img.m-avatar").wait_for()
        await page.goto("/settings/data")
        table = {"name": "marks.csv", "mimeType": "text/csv", "buffer": marks.encode()}
        await page.locator("input[type=file]").first.set_input_files(table)  # type: ignore[arg-type]
        await page.get_by_text("1 mark imported, 1 refused.").wait_for()
        async with page.expect_download() as download:
            await page.get_by_role("link", name="Download your data").click()
        assert (await download.value).suggested_filename.endswith(".zip")
        await page.get_by_role("button", name="Delete the account").click()
        await page.get_by_label("Current password").fill(PASSWORD)
        await page.get_by_role("button", name="Delete my account").click()
        await page.wait_for_url("**/sign-in")
        await page.goto("/u/zoe-leaver")
        await page.get_by_role("heading", name="This account was deleted").wait_for()
