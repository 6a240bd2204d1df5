"""The settings in a browser: a stream's lifecycle, publish keys, roles, sign-up."""

import pytest

from tests.browser.conftest import Chromium
from tests.support.waiting import eventually
from tests.support.web import PASSWORD, Person

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]


async def test_a_stream_is_made_shown_to_everybody_and_deleted(
    chromium: Chromium, person: Person
) -> None:
    async with chromium.page(person) as page:
        await page.goto("/settings/streams")
        await page.get_by_role("button", name="Add stream").click()
        await page.get_by_role("radio", name="Demo").click()
        await page.get_by_label("Name").fill("Second yard")
        await page.get_by_role("button", name="Add and test").click()
        await page.get_by_text("Second yard is on air").wait_for()
        await page.get_by_role("button", name="Done").click()
        row = page.locator(".m-stream", has_text="Second yard")
        await row.get_by_text("organisation").wait_for()
        await row.get_by_role("button", name="More for Second yard").click()
        await page.get_by_role("menuitem", name="Edit").click()
        await page.get_by_label("Name in URLs").fill("demo")
        await page.get_by_label("Who can watch").select_option("public")
        await page.get_by_role("button", name="Save").click()
        await page.get_by_role("alert").filter(has_text="Another stream").wait_for()
        await page.get_by_label("Name in URLs").fill("second")
        await page.get_by_role("button", name="Save").click()
        await row.get_by_text("public").wait_for()
        async with chromium.page() as visiting:
            answer = await visiting.goto("/live/second")
            assert answer
            assert answer.status == 200
            await visiting.get_by_role("heading", name="Second yard").wait_for()
        await row.get_by_role("button", name="More for Second yard").click()
        await page.get_by_role("menuitem", name="Delete").click()
        await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        await row.wait_for(state="detached")


async def test_a_publish_key_is_shown_and_replaced(chromium: Chromium, person: Person) -> None:
    made = await person.http.post("/api/streams", json={"name": "Drone", "slug": "drone"})
    key = made.json()["publish_key"]
    async with chromium.page(person) as page:
        await page.goto("/settings/streams")
        await page.get_by_role("button", name="More for Drone").click()
        await page.get_by_role("menuitem", name="Publish key").click()
        shown = page.get_by_label("Publish key", exact=True)
        assert await shown.input_value() == key
        await page.get_by_role("button", name="Replace the key").click()
        await page.get_by_role("button", name="Replace", exact=True).click()
        toast = page.locator(".m-toast", has_text="The old key no longer works")
        await toast.get_by_role("button", name="Close").click()
        await toast.wait_for(state="detached")
        renewed = await shown.input_value()
    assert renewed != key
    assert (await person.http.get("/api/streams/drone")).json()["publish_key"] == renewed
    await person.http.delete("/api/streams/drone")


async def test_an_account_of_ones_own_where_sign_up_is_open(chromium: Chromium) -> None:
    async with chromium.page() as page:
        await page.goto("/sign-in")
        await page.get_by_role("link", name="Create one").click()
        await page.get_by_label("Your name").fill("Nia New")
        await page.get_by_label("Organisation").fill("New lab")
        await page.get_by_label("Email").fill("nia.new@example.org")
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Create account").click()
        await page.wait_for_url("**/live")


async def test_roles_are_changed_and_the_last_owner_stays(
    chromium: Chromium, person: Person
) -> None:
    invited = (await person.http.post("/api/invitations", json={"role": "viewer"})).json()
    async with chromium.page() as page:
        await page.goto(invited["url"])
        await page.get_by_label("Your name").fill("Rosa Role")
        await page.get_by_label("Email").fill("rosa.role@example.org")
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Create account and join").click()
        await page.wait_for_url("**/live")

    async def role_of_rosa() -> str:
        members = (await person.http.get("/api/members")).json()["items"]
        return str(next(m["role"] for m in members if m["name"] == "Rosa Role"))

    async with chromium.page(person) as page:
        await page.goto("/settings/members")
        await page.get_by_label("Role of Rosa Role").select_option("admin")

        async def is_admin() -> bool:
            return await role_of_rosa() == "admin"

        await eventually(is_admin)
        mine = page.locator(".m-li", has_text="(you)").locator("select")
        await mine.select_option("member")
        await page.get_by_role("alert").filter(has_text="owner").wait_for()
        assert await mine.input_value() == "owner"
        await page.get_by_role("button", name="Remove Rosa Role").click()
        await page.get_by_role("dialog").get_by_role("button", name="Remove").click()
        await page.locator(".m-li", has_text="Rosa Role").wait_for(state="detached")


async def test_a_token_is_shown_once(chromium: Chromium, person: Person) -> None:
    async with chromium.page(person) as page:
        await page.goto("/settings/tokens")
        await page.get_by_role("button", name="New token").click()
        await page.get_by_label("Purpose").fill("Cron")
        await page.get_by_role("button", name="Create", exact=True).click()
        token = await page.locator(".m-secret .m-mono").text_content()
        assert token
        headers = {"Authorization": f"Bearer {token}"}
        answer = await page.request.get(f"{chromium.url}/api/streams", headers=headers)
        assert answer.status == 200
        await page.reload()
        row = page.locator(".m-li", has_text="Cron")
        await row.get_by_role("button", name="Revoke").click()
        assert token not in await page.content()
        await page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
        await row.wait_for(state="detached")
    refused = await person.http.get("/api/streams", headers={**headers, "Cookie": ""})
    assert refused.status_code == 401
