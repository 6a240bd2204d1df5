"""`/m/{slug}/similar`: what is like a public moment, of what anybody may see."""

import httpx

from tests.integration.public.test_moment_pages import create, path
from tests.support.web import Web

TAGS = ["kingfisher"]


async def test_only_public_moments_are_like_a_public_one(
    live: Web, visitor: httpx.AsyncClient
) -> None:
    ada, bob = await live.person(), await live.person()
    made = await create(ada, title="A dive", tags=TAGS)
    await create(bob, title="Another dive", tags=TAGS)
    for visibility in ("private", "organization", "unlisted"):
        for person in (ada, bob):
            hidden = f"Hidden {visibility}"
            await create(person, title=hidden, tags=TAGS, visibility=visibility)
    page = await visitor.get(path(made))
    assert f'data-similar="{live.url}{path(made)}/similar"' in page.text
    for http in (visitor, ada.http):  # the same for everybody: it is kept for all
        found = await http.get(f"{path(made)}/similar")
        assert found.status_code == 200
        assert "Another dive" in found.text
        assert "Both are tagged “kingfisher”." in found.text
        assert "Hidden" not in found.text
        assert found.headers["cache-control"].startswith("public")
        assert found.headers["x-robots-tag"] == "noindex"


async def test_what_is_not_public_leads_nowhere(live: Web, visitor: httpx.AsyncClient) -> None:
    ada = await live.person()
    await create(ada, title="A dive", tags=TAGS)
    unlisted = await create(ada, title="Unlisted", tags=TAGS, visibility="unlisted")
    assert "data-similar" not in (await visitor.get(path(unlisted))).text
    found = await visitor.get(f"{path(unlisted)}/similar")
    assert (found.status_code, found.text.strip()) == (200, "")
    hidden = await create(ada, title="Hidden", tags=TAGS, visibility="private")
    assert (await visitor.get(f"/m/{hidden['id']}/similar")).status_code == 404
