"""A collection plays its parts one after another for somebody who is signed out."""

from typing import Any

import pytest

from tests.browser.conftest import PHONE, Chromium
from tests.support.waiting import eventually
from tests.support.web import Person

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

_HEAR = """
(video) => {
  globalThis.heard = [];
  video.addEventListener("timeupdate", () => {
    if (!video.paused) globalThis.heard.push(video.currentTime);
  });
}"""


async def of_six_seconds(person: Person) -> dict[str, Any] | None:
    """Return a clip of the demo, once it has been on air for so long."""
    body = {"stream": "demo", "last_ms": 6000}
    made: dict[str, Any] = (await person.http.post("/api/clips", json=body)).json()
    return made if made["duration_ms"] > 5500 else None


async def test_parts_play_exactly_and_in_order(chromium: Chromium, person: Person) -> None:
    moment = (await eventually(lambda: of_six_seconds(person)))["moment_id"]
    opened = await person.http.patch(f"/api/moments/{moment}", json={"visibility": "public"})
    url = opened.json()["moment"]["shareUrl"]
    marks = []
    for start, end, note in ((4, 5, "The later part"), (0, 1, "The earlier part")):
        body = {"url": url, "start": start, "end": end, "note": note, "visibility": "public"}
        answer = await person.http.post("/api/marks", json=body | {"duration": 6})
        assert answer.status_code == 201, answer.text
        marks.append(answer.json())
    shelf = {
        "title": "Parts",
        "visibility": "unlisted",
        "moment_ids": [each["id"] for each in marks],
    }
    made = (await person.http.post("/api/collections", json=shelf)).json()
    async with chromium.page(size=PHONE) as page:
        await page.goto(made["share_url"])
        first, second = (page.locator("[data-item]", has_text=each["note"]) for each in marks)
        assert await first.get_attribute("aria-current") == "true"
        await page.locator("video").evaluate(_HEAR)
        await page.get_by_role("button", name="Play all").click()
        await page.locator(
            '[data-item][aria-current="true"]', has_text="The earlier part"
        ).wait_for()
        heard = await page.locator("html").evaluate("() => globalThis.heard")
        assert heard
        assert min(heard) >= 3.95
        assert await second.get_attribute("aria-current") == "true"
        await page.get_by_role("button", name="Play all").wait_for()  # the last one has ended
