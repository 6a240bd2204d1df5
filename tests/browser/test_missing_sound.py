"""The page plays a source that announces audio and sends none."""

from pathlib import Path

import pytest
from playwright.async_api import Route

from tests.browser.conftest import Chromium
from tests.integration.node.sources import AAC, H264, make_film, web_server, without_sound
from tests.support.web import Person

pytestmark = [pytest.mark.browser, pytest.mark.ffmpeg, pytest.mark.slow]

_MOVES = """
() => {
  const { video } = globalThis.momentsWatch?.player ?? {};
  if (!video || video.readyState < 3) return false;
  globalThis.beganAt ??= video.currentTime;
  return video.currentTime > beganAt + 2;
}
"""


async def test_a_stream_whose_sound_never_comes_plays_by_hls(
    chromium: Chromium, person: Person, tmp_path: Path
) -> None:
    film = make_film(tmp_path / "film.flv", *H264, *AAC, seconds=120).read_bytes()

    async def refuse(route: Route) -> None:
        body = '{"error": "This stream has B-frames", "code": "b_frames"}'
        await route.fulfill(status=415, content_type="application/json", body=body)

    with web_server() as web:
        web.handlers["/mute"] = lambda request: request.answer(without_sound(film))
        source = {"kind": "pull", "url": f"{web.url}/mute"}
        made = await person.http.post("/api/streams", json={"name": "Mute", "source": source})
        assert made.status_code == 201, made.text
        async with chromium.page(person) as page:
            await page.route("**/whep/**", refuse)
            await page.goto(f"/watch/{made.json()['slug']}")
            await page.wait_for_function(_MOVES)
            assert await page.evaluate("momentsWatch.player.source.mode") == "hls"
        await person.http.delete(f"/api/streams/{made.json()['id']}")
