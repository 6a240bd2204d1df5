"""`/m/{slug}`: what anybody sees of a moment, and when nobody does."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest_asyncio

from tests.support.web import Person, Web

PNG = bytes.fromhex("89504e470d0a1a0a") + b"picture"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HOSTILE = "</title><script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


@pytest_asyncio.fixture(scope="package")
async def ada(live: Web, owner: Person) -> Person:  # the first organisation is the owner's
    """Somebody with an organisation of their own."""
    del owner
    return await live.person()


async def create(person: Person, **values: object) -> dict[str, Any]:
    body = {"title": "Hero: second button", "visibility": "public", **values}
    answer = await person.http.post("/api/moments/create", json=body)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()["moment"]
    return made


async def change(person: Person, moment: Mapping[str, Any], **values: object) -> dict[str, Any]:
    answer = await person.http.patch(f"/api/moments/{moment['id']}", json=values)
    assert answer.status_code == 200, answer.text
    changed: dict[str, Any] = answer.json()["moment"]
    return changed


async def add_file(
    person: Person,
    moment: Mapping[str, Any],
    name: str,
    mime_type: str,
    data: bytes,
    metadata: Mapping[str, object] | None = None,
) -> str:
    """Add a file that has been checked; return its id."""
    body = {
        "assetType": "other",
        "fileName": name,
        "mimeType": mime_type,
        "fileSizeBytes": len(data),
        "uploadMethod": "api",
    }
    begun = await person.http.post(f"/api/moments/{moment['id']}/assets/upload", json=body)
    url = urlsplit(begun.json()["uploadUrl"])
    headers = {"content-type": mime_type}
    put = await person.http.put(f"{url.path}?{url.query}", content=data, headers=headers)
    assert put.status_code == 200, put.text
    asset_id: str = begun.json()["assetId"]
    done = {"status": "completed", "metadata": metadata or {}}
    assert (await person.http.post(f"/api/moments/assets/{asset_id}/status", json=done)).is_success
    return asset_id


def path(moment: Mapping[str, Any]) -> str:
    return f"/m/{moment['slug']}"


def tags_of(page: httpx.Response) -> dict[str, str]:
    return dict(re.findall(r'<meta (?:property|name)="([^"]+)" content="([^"]*)">', page.text))


async def test_a_public_moment_has_a_page(
    live: Web, ada: Person, visitor: httpx.AsyncClient
) -> None:
    made = await create(ada, description="New layout", tags=["release"])
    assert re.fullmatch(r"hero-second-button-[0-9a-z]{12}", made["slug"])
    assert made["shareUrl"] == f"{live.url}/m/{made['slug']}"
    page = await visitor.get(made["shareUrl"])
    assert page.status_code == 200
    for text in ("Hero: second button", "New layout", "release", "Saved by"):
        assert text in page.text
    assert ada.email not in page.text
    assert "noindex" not in page.text
    assert "x-robots-tag" not in page.headers
    assert "set-cookie" not in page.headers
    assert page.headers["cache-control"] == "public, max-age=30"
    assert "script-src 'self';" in page.headers["content-security-policy"]
    again = await visitor.get(path(made), headers={"If-None-Match": page.headers["etag"]})
    assert again.status_code == 304
    tags = tags_of(page)
    assert all(tags.values())
    assert (tags["og:url"], tags["og:description"]) == (made["shareUrl"], "New layout")
    assert f"/oembed?format=json&amp;url={quote(made['shareUrl'], safe='')}" in page.text
    card = await visitor.get(tags["og:image"])
    assert (card.status_code, card.headers["content-type"]) == (200, "image/png")
    embed = await visitor.get(path(made) + "/embed")
    assert "frame-ancestors *" in embed.headers["content-security-policy"]
    listed = (await ada.http.get("/api/moments/list")).json()["moments"]
    assert made["shareUrl"] in [item["moment"]["shareUrl"] for item in listed]


async def test_who_may_see_it(ada: Person, owner: Person, visitor: httpx.AsyncClient) -> None:
    made = await create(ada, visibility="private")
    assert (made["slug"], made["shareUrl"]) == (None, None)
    made = await change(ada, made, visibility="unlisted")
    page = await visitor.get(path(made))
    assert page.status_code == 200
    assert page.headers["x-robots-tag"] == tags_of(page)["robots"] == "noindex"
    for visibility in ("private", "organization"):
        closed = await change(ada, made, visibility=visibility)
        assert closed["shareUrl"] is None
        for who in (visitor, owner.http, ada.http):  # in its own organisation too: cacheable
            for below in ("", "/embed", "/media", "/thumbnail.jpg", "/download"):
                answer = await who.get(path(made) + below)
                assert answer.status_code == 404, below
                assert made["title"] not in answer.text
    open_again = await change(ada, made, visibility="public")
    assert open_again["slug"] == made["slug"]
    for slug in ("nothing", "A" * 99, "%00", "%2e%2e", made["slug"].upper()):
        assert (await visitor.get(f"/m/{slug}")).status_code in {400, 404}, slug


async def test_an_earlier_slug_redirects(
    ada: Person, owner: Person, visitor: httpx.AsyncClient
) -> None:
    made = await create(ada)
    assert (await change(ada, made, title="Other"))["slug"] == made["slug"]
    named = await change(ada, made, slug="our-hero")
    assert named["slug"] == "our-hero"
    for below in ("", "/embed", "/download?item=x"):
        moved = await visitor.get(path(made) + below)
        assert (moved.status_code, moved.headers["location"]) == (301, f"/m/our-hero{below}")
        assert moved.headers["cache-control"] == "public, max-age=30"
    for slug in ("our-hero", made["slug"]):
        taken = await owner.http.post(
            "/api/moments/create", json={"title": "x", "visibility": "public", "slug": slug}
        )
        assert (taken.status_code, taken.json()["code"]) == (409, "slug_taken")
    back = await change(ada, made, slug=made["slug"])
    assert (await visitor.get(path(back))).status_code == 200
    assert (await visitor.get("/m/our-hero")).headers["location"] == path(made)
    unlisted = await change(ada, made, visibility="unlisted", slug="secret")
    assert re.fullmatch(r"secret-[0-9a-z]{12}", unlisted["slug"])  # nobody guesses it
    for bad in ("", "Ünïcode", "a b", "-a", "x" * 64, "../a"):
        refused = await ada.http.patch(f"/api/moments/{made['id']}", json={"slug": bad})
        assert refused.status_code == 400, bad


async def test_what_was_deleted_is_gone_until_it_is_restored(
    ada: Person, visitor: httpx.AsyncClient
) -> None:
    made = await create(ada)
    named = await change(ada, made, slug="soon-gone")
    assert (await ada.http.delete(f"/api/moments/{made['id']}")).is_success
    for address in (path(made), path(named)):
        gone = await visitor.get(address)
        assert gone.status_code == 410
        assert "<h1>This moment was deleted</h1>" in gone.text
        assert "sent it to you.</p>" in gone.text
        assert made["title"] not in gone.text
    assert (await visitor.get(path(named) + "/media")).status_code == 410
    assert (await ada.http.post(f"/api/moments/{made['id']}/restore")).is_success
    assert (await visitor.get(path(named))).status_code == 200


async def test_nothing_that_people_wrote_runs(ada: Person, visitor: httpx.AsyncClient) -> None:
    speaker = {"text": HOSTILE, "speaker_identifier": HOSTILE, "emotion": "<b>x</b>"}
    made = await create(
        ada,
        title=HOSTILE,
        description=HOSTILE,
        tags=["<script>"],
        keyEmotions=["<script>"],
        speakers=[speaker],
        gitBranch=HOSTILE,
        gitCommitHash="</dd><script>",
        gitCommitMessage=HOSTILE,
        gitAuthor=HOSTILE,
        gitAuthorEmail="secret@example.org",
        gitDiff="+ a secret",
        metadata={"repository": "javascript:alert(1)", "other": "a secret"},
        source={"provider": HOSTILE, "providerId": HOSTILE, "title": HOSTILE, "artist": HOSTILE},
        startS=1,
        endS=2,
    )
    metadata = {"width": HOSTILE, "height": -1, "durationMs": [1], "preview": HOSTILE}
    await add_file(ada, made, "a.log", "text/plain", b"x", metadata)
    await add_file(ada, made, "a.png", "image/png", PNG, metadata)
    for below in ("", "/embed"):
        page = (await visitor.get(path(made) + below)).text
        assert "alert(1)" in page
        for running in ("<script>", "<img src=x", "<b>x", 'href="javascript:', 'src="javascript:'):
            assert running not in page, running
        assert "secret" not in page
    found = await visitor.get(f"/oembed?url={quote(made['shareUrl'], safe='')}")
    assert found.headers["content-type"].startswith("application/json")


async def test_a_commit_shows_its_facts_and_files(ada: Person, visitor: httpx.AsyncClient) -> None:
    made = await create(
        ada,
        gitBranch="main",
        gitCommitHash="7be20aa11111",
        gitCommitMessage="feat(hero): second call",
        gitAuthor="Ada Lind",
        metadata={"repository": "https://git.example/web-shop"},
    )
    size = {"width": 1280, "height": 800}
    first = await add_file(ada, made, "home.png", "image/png", PNG, size)
    second = await add_file(ada, made, "tablet.png", "image/png", PNG + b"2", size)
    await add_file(ada, made, "run.webm", "video/webm", b"film", {"durationMs": 24000})
    log = await add_file(ada, made, "build.log", "text/plain", b"1 < 2", {"preview": "1 < 2"})
    svg = await add_file(ada, made, "logo.svg", "image/svg+xml", SVG)
    html = await add_file(ada, made, "report.html", "text/html", b"<script>alert(1)</script>")
    page = await visitor.get(path(made))
    for text in ("main", "7be20aa11111", "feat(hero)", "Ada Lind", "1 &lt; 2", "logo.svg"):
        assert text in page.text
    assert 'href="https://git.example/web-shop"' in page.text
    tags = tags_of(page)
    assert tags["og:image"] == f"{made['shareUrl']}/image"
    assert (tags["og:image:width"], tags["twitter:card"]) == ("1280", "summary_large_image")
    picture = await visitor.get(tags["og:image"], headers={"Range": "bytes=1-3"})
    assert (picture.status_code, picture.content) == (206, b"PNG")
    assert picture.headers["content-disposition"].startswith("inline")
    other = await visitor.get(f"{path(made)}/image?item={second}")
    assert other.content == PNG + b"2"
    read = await visitor.get(f"{path(made)}/media?item={log}")
    assert read.headers["content-type"].startswith("text/plain")
    for active in (svg, html):
        for below in ("media", "image", "download"):
            answer = await visitor.get(f"{path(made)}/{below}?item={active}")
            assert answer.headers["content-type"] == "application/octet-stream"
            assert answer.headers["content-disposition"].startswith("attachment")
            assert "sandbox" in answer.headers["content-security-policy"]
        assert f"image?item={active}" not in page.text
    found = (await visitor.get(f"/oembed?url={quote(made['shareUrl'], safe='')}")).json()
    assert (found["type"], found["url"]) == ("photo", tags["og:image"])

    hidden = await create(ada, visibility="private")
    stranger = await add_file(ada, hidden, "private.png", "image/png", PNG)
    for below in ("image", "media", "download", "thumbnail.jpg", "embed"):
        answer = await visitor.get(f"{path(made)}/{below}?item={stranger}")
        assert answer.status_code == 404, below
    assert (await visitor.get(f"{path(made)}/image?item={first}")).status_code == 200


async def test_what_lies_in_a_providers_media_opens_there(
    ada: Person, visitor: httpx.AsyncClient
) -> None:
    source = {
        "provider": "youtube",
        "url": "https://www.youtube.com/watch?v=abc&t=1",
        "title": "Night Ferry",
        "artist": "Glass Harbour",
        "durationS": 222,
    }
    made = await create(ada, title="That drop", source=source, startS=45, endS=60)
    page = (await visitor.get(path(made))).text
    assert 'href="https://www.youtube.com/watch?v=abc&amp;t=45s"' in page
    assert "Open at 0:45" in page
    assert "15 seconds of" in page
    assert "YouTube" in page
    found = (await visitor.get(f"/oembed?url={quote(made['shareUrl'], safe='')}")).json()
    assert found["type"] == "rich"
    assert f'src="{made["shareUrl"]}/embed"' in found["html"]


async def test_a_clips_moment_plays_and_leaves_with_its_stream(
    owner: Person, visitor: httpx.AsyncClient, clip: dict[str, Any], stream: dict[str, Any]
) -> None:
    moment = await change(owner, {"id": clip["moment_id"]}, visibility="public")
    page = await visitor.get(moment["shareUrl"])
    tags = tags_of(page)
    assert tags["og:video"] == f"{moment['shareUrl']}/media.mp4"
    assert page.text.count("<video") == 1
    part = await visitor.get(tags["og:video"], headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, b"ftyp")
    assert (await visitor.get(tags["og:image"])).headers["content-type"] == "image/jpeg"
    found = (await visitor.get(f"/oembed?url={quote(moment['shareUrl'], safe='')}")).json()
    assert found["type"] == "video"
    of_stream = f"/api/streams/{stream['id']}"
    assert (await owner.http.patch(of_stream, json={"visibility": "private"})).is_success
    try:
        for below in ("", "/media.mp4"):
            assert (await visitor.get(path(moment) + below)).status_code == 404
        assert (await change(owner, moment, title="Hidden"))["shareUrl"] is None
        await change(owner, moment, visibility="private")
        refused = await owner.http.patch(
            f"/api/moments/{moment['id']}", json={"visibility": "unlisted"}
        )
        assert (refused.status_code, refused.json()["code"]) == (409, "source_private")
    finally:
        await owner.http.patch(of_stream, json={"visibility": "public"})


async def test_a_private_moment_is_shared_by_a_link_with_a_password(
    live: Web, ada: Person, owner: Person, visitor: httpx.AsyncClient
) -> None:
    made = await create(ada, visibility="private", gitBranch="main", gitAuthor="Ada Lind")
    log = await add_file(ada, made, "build.log", "text/plain", b"fine", {"preview": "fine"})
    share = f"/api/moments/{made['id']}/share"
    assert (await owner.http.post(share, json={})).status_code == 404
    body = {"password": "open sesame", "expires_in_s": 3600}
    answer = await ada.http.post(share, json=body)
    assert answer.status_code == 201, answer.text
    link = answer.json()
    assert link["share_url"] == f"{live.url}/s/{link['token']}"
    page = f"/s/{link['token']}"
    assert made["title"] not in (await visitor.get(page)).text
    assert (await visitor.get(f"{page}/media?item={log}")).status_code == 403
    await visitor.post(f"{page}/unlock", data={"password": "open sesame"})
    opened = await visitor.get(page)
    assert opened.headers["cache-control"] == "no-store"
    for text in (made["title"], "Ada Lind", "<pre", "This link works for "):
        assert text in opened.text
    assert (await visitor.get(f"{page}/media?item={log}")).content == b"fine"
    [listed] = (await ada.http.get(share)).json()["items"]
    assert listed["token"] == link["token"]
    seen = (await ada.http.get(f"/api/moments/{made['id']}")).json()["moment"]["moment"]
    assert seen["shareUrl"] == link["share_url"]
    assert (await ada.http.delete(f"{share}/{link['token']}")).json() == {"success": True}
    assert (await visitor.get(page)).status_code == 410


async def test_a_moment_without_files_is_shared(ada: Person, visitor: httpx.AsyncClient) -> None:
    made = await create(ada, visibility="private", title="Only words")
    link = (await ada.http.post(f"/api/moments/{made['id']}/share", json={})).json()
    assert "Only words" in (await visitor.get(link["share_url"])).text
    assert (await visitor.get(link["share_url"] + "/media.mp4")).status_code == 404
    assert (await visitor.get(f"/api/public/shares/{link['token']}")).json()["items"] == []
    assert (await ada.http.delete(f"/api/moments/{made['id']}")).is_success
    assert (await visitor.get(link["share_url"])).status_code == 410
