"""A video from the drop to the line of its transcript that is played."""

from pathlib import Path

import pytest

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
    assert await inspect(chromium, person, {address: settled}) == {}
