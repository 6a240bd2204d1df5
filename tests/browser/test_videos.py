"""A video from the drop to the line of its transcript that is played."""

import json
from dataclasses import asdict
from pathlib import Path

import asyncpg
import pytest
from playwright.async_api import Page

from domain.chats.models import Citation
from tests.browser.conftest import Chromium
from tests.browser.test_layout import inspect
from tests.browser.test_pages import settled
from tests.support.films import write_talk
from tests.support.web import Person, Web, worker_running

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]
_CAPTIONS = """WEBVTT

00:00.200 --> 00:01.500
<v Ada>Is the lord of the universe in?

00:02.600 --> 00:03.500
Yes, he is in.
"""


async def test_a_dropped_video_plays_from_a_line_of_its_transcript(
    chromium: Chromium, web: Web, person: Person, tmp_path: Path
) -> None:
    film, captions = tmp_path / "friday.mp4", tmp_path / "friday.vtt"
    write_talk(film)
    captions.write_text(_CAPTIONS)
    async with worker_running(web), chromium.page(person) as page:
        await page.goto("/videos")
        await page.get_by_label("Choose files").set_input_files([film, captions])
        row = page.locator(".m-piped", has_text="friday")
        await row.get_by_label("All stages done").wait_for()
        await row.get_by_role("link", name="friday").click()
        line = page.locator(".m-ln", has_text="Yes, he is in.")
        await line.get_by_role("button", name="Play from 0:02").click()
        await page.locator(".m-ln.m-on", has_text="Yes, he is in.").wait_for()
        video = page.locator(".m-videodeck video")
        assert await video.evaluate("video => Math.floor(video.currentTime)") == 2
        await page.get_by_label("Search the transcript").fill("lord")
        await page.locator(".m-ln mark", has_text="lord").wait_for()
        await page.get_by_role("button", name="Last 15 s").click()
        await page.get_by_role("button", name="Keep").click()
        await page.get_by_role("button", name="Moment 1, kept").wait_for()
        address = page.url
        await _cropped(page)
        await _cited_from_a_chat(page, person, web, address.rpartition("/")[2])
    assert await inspect(chromium, person, {address: settled}) == {}


async def _cropped(page: Page) -> None:
    """Drag what a vertical clip keeps, and move it by a key."""
    await page.locator(".m-found .m-li", has_not_text="clip follows").wait_for()
    await page.get_by_role("button", name="More for 1").click()
    await page.get_by_role("menuitem", name="Make a vertical clip").click()
    dialog = page.locator(".m-qdialog")
    await dialog.locator(".q-select").click()
    await page.get_by_role("option", name="A part of the frame").click()
    frame = dialog.get_by_role("slider")
    await frame.drag_to(frame, target_position={"x": 0, "y": 50})
    await frame.press("ArrowRight")
    assert await frame.get_attribute("aria-valuetext") == "1 % from the left"
    await dialog.get_by_role("button", name="Cancel").click()
    await dialog.wait_for(state="hidden")


async def _cited_from_a_chat(page: Page, person: Person, web: Web, video_id: str) -> None:
    """See a citation of an answer play beside its chat, from its time."""
    moment_id = (await person.http.get(f"/api/videos/{video_id}")).json()["moment_id"]
    chat = (await person.http.post("/api/sessions", json={"moment_id": moment_id})).json()
    said = {"content": "He is in."}
    made = await person.http.post(f"/api/sessions/{chat['id']}/messages", json=said)
    cited = Citation(9, moment_id, "friday", "Yes, he is in.", "", 2.6, video_id)
    assert web.settings.database_url is not None
    database = await asyncpg.connect(web.settings.database_url.get_secret_value())
    answer = "UPDATE messages SET role = 'assistant', created_by = NULL, citations = $2"
    held = json.dumps([asdict(cited)])
    await database.execute(f"{answer} WHERE id = $1", made.json()["id"], held)
    await database.close()
    await page.goto(f"/chats/{chat['id']}")
    await page.locator(".m-ln", has_text="Yes, he is in.").wait_for()
    citation = page.locator("a.m-cite")
    assert await citation.get_attribute("href") == f"/videos/{video_id}?t=2.6"
    await citation.click()
    await page.wait_for_function(
        "() => { const { played } = document.querySelector('.m-chatplayer video');"
        " return played.length && played.start(0) >= 2.5 && played.end(0) > 2.7; }"
    )
    assert page.url.endswith(f"/chats/{chat['id']}")
