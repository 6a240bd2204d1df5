"""Share links: what visitors, crawlers and players get, and when it ends."""

import io
import re
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from PIL import Image

from tests.support.waiting import eventually
from tests.support.web import Person, Web


async def share(owner: Person, clip: dict[str, Any], **body: object) -> dict[str, Any]:
    made = await owner.http.post(f"/api/clips/{clip['id']}/share", json=body)
    assert made.status_code == 201, made.text
    link: dict[str, Any] = made.json()
    return link


async def test_a_link_opens_for_anybody(
    live: Web, owner: Person, visitor: httpx.AsyncClient, clip: dict[str, Any]
) -> None:
    made = await owner.http.post(f"/api/clips/{clip['id']}/share")
    assert made.status_code == 201, made.text
    link = made.json()
    assert link["share_url"] == f"{live.url}/s/{link['token']}"

    page = await visitor.get(link["share_url"])
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["x-robots-tag"] == "noindex"
    assert int(page.headers["cache-control"].split("max-age=")[1]) <= 60
    assert "Goal &lt;b&gt;" in page.text
    assert "<b>" not in page.text
    again = await visitor.get(link["share_url"], headers={"If-None-Match": page.headers["etag"]})
    assert again.status_code == 304

    head = await visitor.head(link["share_url"])
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == page.headers["etag"]

    tags = dict(re.findall(r'<meta (?:property|name)="([^"]+)" content="([^"]*)">', page.text))
    assert tags["og:video"] == f"{link['share_url']}/media.mp4"
    assert tags["og:video:type"] == "video/mp4"
    assert tags["twitter:card"] == "player"
    assert tags["twitter:player"] == f"{link['share_url']}/embed"
    assert tags["robots"] == "noindex"
    assert "0:02" in tags["og:description"]
    assert all(tags.values())
    picture = Image.open(io.BytesIO((await visitor.get(tags["og:image"])).content))
    said = (int(tags["og:image:width"]), int(tags["og:image:height"]))
    assert (picture.size, tags["og:image:type"]) == (said, "image/jpeg")

    whole = await visitor.get(tags["og:video"])
    assert (whole.status_code, whole.headers["content-type"]) == (200, "video/mp4")
    part = await visitor.get(tags["og:video"], headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, b"ftyp")
    assert part.headers["content-range"] == f"bytes 4-7/{len(whole.content)}"
    bad = await visitor.get(tags["og:video"], headers={"Range": "bytes=999999999-"})
    assert (bad.status_code, bad.json()["code"]) == (416, "bad_range")
    assert bad.headers["content-range"] == f"bytes */{len(whole.content)}"
    head = await visitor.head(tags["og:video"])
    assert head.headers["content-length"] == str(len(whole.content))
    poster = await visitor.get(tags["og:image"])
    assert (poster.status_code, poster.headers["content-type"]) == (200, "image/jpeg")
    saved = await visitor.get(f"{link['share_url']}/download")
    assert saved.headers["content-disposition"].startswith("attachment")
    listed = (await owner.http.get(f"/api/clips/{clip['id']}")).json()
    assert listed["share_url"] == link["share_url"]


async def test_an_embed_may_be_framed(
    owner: Person, visitor: httpx.AsyncClient, clip: dict[str, Any]
) -> None:
    link = await share(owner, clip)
    embed = await visitor.get(f"/s/{link['token']}/embed")
    assert embed.status_code == 200
    assert "frame-ancestors *" in embed.headers["content-security-policy"]
    page = await visitor.get(f"/s/{link['token']}")
    assert page.headers["x-frame-options"] == "DENY"


async def test_oembed_tells_how_to_embed(
    live: Web, owner: Person, visitor: httpx.AsyncClient, clip: dict[str, Any]
) -> None:
    link = await share(owner, clip)
    url = quote(link["share_url"], safe="")
    found = (await visitor.get(f"/oembed?url={url}&maxwidth=640")).json()
    assert (found["version"], found["type"]) == ("1.0", "video")
    assert found["width"] <= 640
    assert f'src="{link["share_url"]}/embed"' in found["html"]
    for foreign in ("https://evil.example/s/" + link["token"], live.url + "/nothing", "x"):
        answer = await visitor.get(f"/oembed?url={quote(foreign, safe='')}")
        assert answer.status_code == 404, foreign
    xml = await visitor.get(f"/oembed?url={url}&format=xml")
    assert "<version>1.0</version>" in xml.text


@pytest.mark.parametrize(
    ("body", "ended", "code"),
    [
        ({}, "This link was revoked", "link_revoked"),
        ({"expires_in_s": 1}, "expired", "link_expired"),
    ],
)
async def test_a_link_that_was_says_that_it_is_gone(
    owner: Person,
    visitor: httpx.AsyncClient,
    clip: dict[str, Any],
    body: dict[str, int],
    ended: str,
    code: str,
) -> None:
    link = await share(owner, clip, **body)
    if not body:
        await owner.http.delete(f"/api/clips/{clip['id']}/share/{link['token']}")
    read = f"/api/public/shares/{link['token']}"

    async def is_over() -> bool:
        return (await visitor.get(read)).status_code != 200

    await eventually(is_over)
    answer = await visitor.get(read)
    assert (answer.status_code, answer.json()["code"]) == (410, code)
    for path in ("", "/embed"):
        page = await visitor.get(f"/s/{link['token']}{path}")
        assert page.status_code == 410
        assert re.search(f"<h1>.*{ended}.*</h1>", page.text)
        assert clip["title"] not in page.text
        assert "Ask " in page.text
        assert ("/sign-in" in page.text) == (path == "")
    tried = await visitor.post(f"/s/{link['token']}/unlock", data={"password": "x"})
    assert tried.status_code == 410


async def test_a_revoked_link_is_gone(
    owner: Person, visitor: httpx.AsyncClient, clip: dict[str, Any]
) -> None:
    link = await share(owner, clip)
    assert (await visitor.get(f"/s/{link['token']}")).status_code == 200
    revoked = await owner.http.delete(f"/api/clips/{clip['id']}/share/{link['token']}")
    assert revoked.json() == {"success": True}
    for path in ("", "/media.mp4", "/thumbnail.jpg", "/download", "/embed"):
        answer = await visitor.get(f"/s/{link['token']}{path}")
        assert answer.status_code == 410, path
        assert answer.headers["cache-control"] == "no-store"
    again = await owner.http.delete(f"/api/clips/{clip['id']}/share/{link['token']}")
    assert again.status_code == 404


async def test_a_password_is_asked_for(
    owner: Person, visitor: httpx.AsyncClient, clip: dict[str, Any]
) -> None:
    link = await share(owner, clip, password="open sesame")
    path = f"/s/{link['token']}"
    asked = await visitor.get(path)
    assert asked.status_code == 200
    assert asked.headers["cache-control"] == "no-store"
    assert 'type="password"' in asked.text
    assert clip["title"] not in asked.text
    for bytes_ in ("/media.mp4", "/thumbnail.jpg", "/download"):
        assert (await visitor.get(path + bytes_)).status_code == 403, bytes_
    oembed = await visitor.get(f"/oembed?url={quote(link['share_url'], safe='')}")
    assert oembed.status_code == 401

    wrong = await visitor.post(f"{path}/unlock", data={"password": "no"})
    assert wrong.status_code == 401
    assert 'role="alert"' in wrong.text
    right = await visitor.post(f"{path}/unlock", data={"password": "open sesame"})
    assert (right.status_code, right.headers["location"]) == (303, path)
    assert f"Path={path}" in right.headers["set-cookie"]
    assert "HttpOnly" in right.headers["set-cookie"]
    page = await visitor.get(path)
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    media = await visitor.get(f"{path}/media.mp4")
    assert media.status_code == 200
    assert "no-store" in media.headers["cache-control"]


async def test_downloads_may_be_withheld(
    owner: Person, visitor: httpx.AsyncClient, clip: dict[str, Any]
) -> None:
    link = await share(owner, clip, may_download=False)
    assert (await visitor.get(f"/s/{link['token']}/media.mp4")).status_code == 200
    refused = await visitor.get(f"/s/{link['token']}/download")
    assert refused.status_code == 403
    assert "/download" not in (await visitor.get(f"/s/{link['token']}")).text


async def test_several_behind_one_link_and_as_a_zip(
    owner: Person, visitor: httpx.AsyncClient, clip: dict[str, Any]
) -> None:
    snapshot = (await owner.http.post("/api/snapshots", json={})).json()
    ids = [clip["id"], snapshot["id"]]
    link = (await owner.http.post("/api/gallery/share", json={"ids": ids})).json()
    page = await visitor.get(f"/s/{link['token']}")
    assert page.text.count("<article") == 2
    image = await visitor.get(f"/s/{link['token']}/image?item={snapshot['id']}")
    assert image.headers["content-type"] == "image/jpeg"
    other = await visitor.get(f"/s/{link['token']}/image?item=snap_other")
    assert other.status_code == 404

    zipped = await owner.http.post("/api/gallery/archive", json={"ids": ids})
    assert zipped.status_code == 200
    assert zipped.headers["content-type"] == "application/zip"
    assert zipped.content[:2] == b"PK"
    moments = ",".join((clip["moment_id"], snapshot["moment_id"]))
    form = await owner.http.post("/api/moments/archive/form", data={"ids": moments})
    assert form.content[:2] == b"PK"
    deleted = await owner.http.post("/api/gallery/delete", json={"ids": ids})
    assert deleted.json()["count"] == 2
    assert (await visitor.get(f"/s/{link['token']}")).status_code == 410
    restored = await owner.http.post("/api/gallery/restore", json={"ids": ids})
    assert restored.json()["count"] == 2


@pytest.mark.parametrize("token", ["x", "a" * 32, "../etc", "%00", "a" * 3000])
async def test_links_that_never_were(visitor: httpx.AsyncClient, token: str) -> None:
    answer = await visitor.get(f"/s/{token}")
    assert answer.status_code in {400, 404}, answer.text


async def test_a_public_stream_has_a_page(
    live: Web, owner: Person, visitor: httpx.AsyncClient, stream: dict[str, Any]
) -> None:
    page = await visitor.get(f"/live/{stream['slug']}")
    assert page.status_code == 200
    assert stream["name"] in page.text
    assert "max-age" in page.headers["cache-control"]
    assert "set-cookie" not in page.headers
    head = await visitor.head(f"/live/{stream['slug']}")
    assert (head.status_code, head.content) == (200, b"")
    tags = dict(re.findall(r'<meta (?:property|name)="([^"]+)" content="([^"]*)">', page.text))
    assert tags["og:video"] == tags["twitter:player"] == f"{live.url}/live/{stream['slug']}/embed"
    assert (tags["og:image:width"], tags["og:image:height"]) == ("320", "180")
    assert all(tags.values())
    embed = await visitor.get(f"/live/{stream['slug']}/embed")
    assert "frame-ancestors *" in embed.headers["content-security-policy"]
    picture = await visitor.get(f"/live/{stream['slug']}/thumbnail.jpg", follow_redirects=True)
    assert picture.headers["content-type"] == "image/jpeg"
    oembed = await visitor.get(f"/oembed?url={live.url}/live/{stream['slug']}")
    assert oembed.json()["type"] == "video"

    made = await visitor.post(f"/api/public/streams/{stream['slug']}/snapshots", json={})
    assert made.status_code == 201, made.text
    assert (await visitor.get(made.json()["share_url"])).status_code == 200
    clip = await visitor.post(f"/api/public/streams/{stream['slug']}/clips", json={"last_ms": 1500})
    assert clip.status_code == 202, clip.text
    shared = (await visitor.get(f"/api/public/shares/{clip.json()['token']}")).json()
    assert shared["items"][0]["is_ready"]
    foreign = await visitor.post(
        f"/api/public/streams/{stream['slug']}/clips",
        json={"last_ms": 1500},
        headers={"Origin": "https://evil.example"},
    )
    assert foreign.status_code == 403
    assert owner.email not in page.text


async def test_a_public_stream_that_was_never_on_air_says_so(
    owner: Person, visitor: httpx.AsyncClient
) -> None:
    new = {"name": "Soon", "source": {"kind": "push"}, "visibility": "public"}
    made = (await owner.http.post("/api/streams", json=new)).json()

    async def is_known() -> bool:
        return "never on air yet" in (await visitor.get(f"/live/{made['slug']}")).text

    await eventually(is_known)
    page = (await visitor.get(f"/live/{made['slug']}")).text
    assert '"state": "never_on_air"' in page
    assert "Live from" not in page
    assert (await owner.http.delete(f"/api/streams/{made['id']}")).is_success


async def test_what_is_not_public_is_not_there(owner: Person, visitor: httpx.AsyncClient) -> None:
    made = await owner.http.post(
        "/api/streams", json={"name": "Hidden", "slug": "hidden", "visibility": "private"}
    )
    assert made.status_code == 201
    assert (await visitor.get("/live/hidden")).status_code == 404
    assert (await visitor.get("/api/streams/hidden/watch")).status_code == 404
    refused = await visitor.post("/api/public/streams/hidden/snapshots", json={})
    assert refused.status_code == 404
    stream_id = made.json()["id"]
    blocked = await visitor.get(f"/media/hls/{stream_id}/index.m3u8")
    assert blocked.status_code in {401, 403, 404}
    await owner.http.delete("/api/streams/hidden")
