"""The mark page in a real browser, with players that speak the providers' own messages."""

import re

import pytest
from playwright.async_api import FrameLocator, Page, expect

from tests.browser.conftest import PHONE, Chromium, plays
from tests.browser.test_pages import make_clip
from tests.fakes.players import Players, Quirks
from tests.support.waiting import eventually
from tests.support.web import Person

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

FERRY, ADVERT, HOSTILE, BLOCKED = "NightFerry0", "AdvertFirst", "HostileFram", "BlockedPlay"
SPOTIFY, PREVIEW = "4uLU6hMCjMI75M1A2tKUQC", "4uLU6hMCjMI75M1A2tKUQP"
SAYS = {
    100: "private or has been removed",
    101: "on other sites",
    150: "on other sites",
    153: "which site plays the video",
}


# How many frames the page asks for during three of them.
_DRAWN = """
() => new Promise((done) => {
  const ask = requestAnimationFrame;
  let asked = 0;
  window.requestAnimationFrame = (draw) => ((asked += 1), ask(draw));
  ask(() => ask(() => ask(() => {
    window.requestAnimationFrame = ask;
    done(asked);
  })));
})
"""


def player_of(page: Page) -> FrameLocator:
    return page.frame_locator(".m-provider iframe")


async def position(page: Page) -> float:
    return float(await player_of(page).locator("#at").inner_text())


async def reaches(page: Page, seconds: float) -> None:
    """Wait until the stand-in's own clock has passed a position."""

    async def passed() -> bool:
        return await position(page) > seconds

    await eventually(passed)


async def open_video(page: Page, video: str, at: int = 0) -> None:
    await page.goto(f"/mark?url=https://youtu.be/{video}" + (f"?t={at}" if at else ""))
    await page.get_by_text("Glass Harbour").wait_for()  # as the player says


async def open_song(page: Page, song: str) -> None:
    await page.goto(f"/mark?url=https://open.spotify.com/track/{song}")
    await player_of(page).get_by_text("Night Ferry").wait_for()


async def choose(page: Page, start: str, end: str) -> None:
    for name, value in (("Start", start), ("End", end)):
        field = page.get_by_role("textbox", name=name)
        await field.fill(value)
        await field.press("Enter")


async def test_a_part_is_marked_looped_saved_and_opened_again(
    chromium: Chromium, person: Person, players: Players
) -> None:
    async with chromium.page(person) as page:
        await open_video(page, FERRY, 30)
        assert not await page.evaluate(_DRAWN), "nothing is drawn while nothing moves"
        await page.keyboard.press(" ")
        await reaches(page, 30.5)
        await page.keyboard.press("i")
        start = page.get_by_role("slider", name="Start")
        await expect(start).to_have_attribute("aria-valuetext", re.compile("0:3"))
        await choose(page, "0:44", "0:46")
        await start.press("ArrowRight")
        await page.get_by_role("slider", name="End").press("Shift+ArrowRight")
        await expect(page.get_by_role("textbox", name="End")).to_have_value("0:46.1")
        await page.keyboard.press("l")  # a loop: the player comes back by itself, twice
        for _ in range(2):
            await reaches(page, 45.8)

            async def came_back() -> bool:
                at = await position(page)
                assert at < 47
                return 44.5 < at < 45.6

            await eventually(came_back)
        await page.get_by_label("What happens here?").fill("That drop 🌊")
        await page.keyboard.press("Control+Enter")
        await page.locator(".m-toast").get_by_text("Moment saved").wait_for()
        await page.wait_for_url("**/mark?id=*")
        await page.get_by_label("What happens here?").blur()

        async def drafted() -> bool:  # a busy machine's player says too seldom where it is
            await page.keyboard.press("d")  # and one more for later, while it plays
            return not await page.locator(".m-deckwords").inner_text()

        await eventually(drafted)
        await page.locator(".m-toast").get_by_text("Draft saved").wait_for()
        await page.goto("/library?kind=mark")
        await page.get_by_role("link", name="Open That drop 🌊").click()
        await page.get_by_role("heading", name="That drop 🌊").wait_for()
        await page.get_by_role("button", name="Play this part").click()
        await reaches(page, 45.2)
        await player_of(page).locator('body[data-state="2"]').wait_for()  # paused at the end
        assert 45.5 < await position(page) < 46.9
        # Somebody else's copy is longer: the part is set anew, at its length.
        players.quirks[FERRY] = Quirks(duration_s=229)
        await page.keyboard.press("e")
        await page.wait_for_url("**/mark?id=*")
        await page.get_by_role("button", name="Play", exact=True).click()
        await page.get_by_text("This copy is 7 s longer").wait_for()
        await reaches(page, 45.4)
        await page.get_by_role("button", name="Start it here").click()
        await page.get_by_text("This copy is 7 s longer").wait_for(state="detached")
        start = page.get_by_role("slider", name="Start")
        await expect(start).not_to_have_attribute("aria-valuenow", "450")
    assert {each.rstrip("/") for each in players.referrers} == {chromium.url}


async def test_adverts_previews_errors_and_blocked_playback(
    chromium: Chromium, person: Person, players: Players
) -> None:
    players.quirks |= {
        ADVERT: Quirks(ad_s=1.5),
        BLOCKED: Quirks(is_blocked=True),
        PREVIEW: Quirks(is_preview=True),
        **{f"Error{code}xxx": Quirks(error=code) for code in SAYS},
    }
    async with chromium.page(person) as page:
        start, alert = page.get_by_role("textbox", name="Start"), page.get_by_role("alert")
        await open_video(page, ADVERT)
        await page.keyboard.press(" ")
        await player_of(page).locator('body[data-state="1"]').wait_for()
        await page.get_by_role("button", name="Start here").click()
        await page.get_by_text("An advert is playing").wait_for()
        assert await start.input_value() == ""
        await reaches(page, 0.5)
        await page.get_by_role("button", name="Start here").click()
        await expect(start).not_to_have_value("")

        await open_song(page, PREVIEW)
        await page.get_by_role("button", name="Play", exact=True).click()
        await expect(alert).to_contain_text("Sign in to Spotify")
        await page.get_by_role("button", name="Start here").click()
        assert await start.input_value() == ""

        for code, words in SAYS.items():
            await page.goto(f"/mark?url=https://youtu.be/Error{code}xxx")
            await expect(alert).to_contain_text(words)
            await alert.get_by_role("link", name="Open it there").wait_for()

        await open_video(page, BLOCKED)
        await page.get_by_role("button", name="Play", exact=True).click()
        await expect(alert).to_contain_text("Press play in the player")
        await player_of(page).locator("#play").click()
        await reaches(page, 0.5)
        await expect(alert).to_have_count(0)


async def test_on_a_phone_a_part_of_a_song_is_dragged_and_survives_a_reload(
    chromium: Chromium, person: Person, players: Players
) -> None:
    players.quirks[HOSTILE] = Quirks(is_hostile=True)
    async with chromium.page(person, PHONE) as page:
        await open_video(page, HOSTILE, 45)
        await expect(page.get_by_role("alert")).to_have_count(0)  # others' words are not believed
        await open_song(page, SPOTIFY)
        await expect(page.get_by_role("button", name="No fade here")).to_be_disabled()
        await choose(page, "45", "60")
        handle = page.get_by_role("slider", name="End")
        box = await handle.bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        await page.mouse.move(x, y)
        await page.mouse.down()
        await page.mouse.move(x + 40, y, steps=4)
        await page.mouse.up()
        end = await page.get_by_role("textbox", name="End").input_value()
        assert end > "1:00"
        await page.get_by_label("What happens here?").fill("Half a thought")
        await page.keyboard.press("Tab")
        await page.wait_for_function("() => JSON.stringify(localStorage).includes('Half a')")
        await page.reload()
        await expect(page.get_by_role("textbox", name="End")).to_have_value(end)
        await expect(page.get_by_label("What happens here?")).to_have_value("Half a thought")
        await page.get_by_role("button", name="Preview").click()
        await reaches(page, 45)


async def test_a_clip_of_ours_plays_in_the_browser_s_own_player(
    chromium: Chromium, person: Person
) -> None:
    path = f"/api/clips/{await make_clip(person, 'A clip to mark')}"

    async def ready() -> str | None:
        clip = (await person.http.get(path)).json()
        return str(clip["moment_id"]) if clip["status"] == "ready" else None

    moment_id = await eventually(ready)
    async with chromium.page(person) as page:
        await page.goto(f"/mark?url={chromium.url}/library/{moment_id}")
        await page.keyboard.press(" ")
        await plays(page)
        await page.keyboard.press("i")
        await choose(page, "0:00", "0:01")
        await page.get_by_role("button", name="Preview").click()
        await page.locator("video").evaluate(
            "(video) => new Promise((done) => video.addEventListener('pause', done))"
        )
        at = float(await page.locator("video").evaluate("(video) => video.currentTime"))
        assert 0.7 < at < 1.6
        await page.keyboard.press("Control+Enter")
        await page.locator(".m-toast").get_by_text("Moment saved").wait_for()


async def test_soundcloud_and_vimeo_play_a_part(chromium: Chromium, person: Person) -> None:
    async with chromium.page(person) as page:
        for url in ("https://soundcloud.com/glass/night-ferry", "https://vimeo.com/76979871"):
            part = {"url": url, "start": 1, "end": 2, "duration": 222}
            await person.http.post("/api/marks", json=part)
            await page.goto(f"/mark?url={url}")
            await player_of(page).get_by_text("Night Ferry").wait_for()
            heat = page.locator(".m-heatbars").first
            await heat.locator("rect").first.wait_for()
            drawn = await heat.inner_html()
            start = page.get_by_role("textbox", name="Start")
            await start.fill("0:43")
            await person.http.post("/api/marks", json={**part, "start": 100, "end": 120})
            await page.wait_for_function(
                "(before) => document.querySelector('.m-heatbars').innerHTML !== before", arg=drawn
            )
            await expect(start).to_have_value("0:43")  # though the page was drawn anew
            await choose(page, "0:44", "0:45")
            await page.get_by_role("button", name="Preview").click()
            await reaches(page, 44.2)
