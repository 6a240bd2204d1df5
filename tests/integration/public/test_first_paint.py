"""A stream's pages show a frame and text before any script runs."""

import re
from typing import Any

import httpx
import pytest

from tests.support.web import Person

_POSTER = re.compile(r'<img class="m-poster" src="([^"]+)"')


@pytest.mark.parametrize("path", ["/live/{}", "/live/{}/embed"])
async def test_a_visitor_gets_the_newest_frame_in_the_page(
    visitor: httpx.AsyncClient, stream: dict[str, Any], path: str
) -> None:
    page = (await visitor.get(path.format(stream["slug"]))).text
    poster = _POSTER.search(page)
    assert "Joining the stream" in page
    assert poster
    picture = await visitor.get(poster[1])
    assert picture.headers["content-type"] == "image/jpeg"
    assert len(picture.content) < 100_000


async def test_a_stream_that_is_not_for_everybody_is_seen_with_a_right_alone(
    owner: Person, visitor: httpx.AsyncClient, stream: dict[str, Any]
) -> None:
    slug = stream["slug"]
    await owner.http.patch(f"/api/streams/{slug}", json={"visibility": "private"})
    try:
        page = (await owner.http.get(f"/watch/{slug}")).text
        poster = _POSTER.search(page)
        assert "Joining the stream" in page
        assert poster
        assert "/t/" in poster[1]
        assert (await visitor.get(poster[1])).status_code == 200
        bare = re.sub(r"/t/[^/]+", "", poster[1])
        assert (await visitor.get(bare)).status_code in {401, 403, 404}
        for path in (f"/watch/{slug}", f"/live/{slug}"):
            answer = await visitor.get(path)
            assert answer.status_code in {303, 404}
            assert "m-poster" not in answer.text
    finally:
        await owner.http.patch(f"/api/streams/{slug}", json={"visibility": "public"})


async def test_a_stream_that_sends_nothing_says_so(owner: Person) -> None:
    made = await owner.http.post("/api/streams", json={"name": "Quiet", "source": {"kind": "push"}})
    page = (await owner.http.get(f"/watch/{made.json()['slug']}")).text
    assert "Joining the stream" not in page
    assert "Waiting for the source" in page or "Off air" in page
    assert "m-poster" not in page
    await owner.http.delete(f"/api/streams/{made.json()['id']}")
