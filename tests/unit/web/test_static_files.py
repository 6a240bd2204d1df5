"""Static files: content-hashed URLs, compression, conditional and partial reads."""

import gzip
import re
from dataclasses import dataclass

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from webapp import assets
from webapp.edge.asgi_types import ASGIApp, Message
from webapp.edge.immutable_files import ImmutableFiles
from webapp.edge.static_files import IMMUTABLE, accepts_gzip

SCRIPT = "js/player.js"
FONT = "vendor/inter/inter-latin-wght-normal.woff2"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


async def fetch(app: ASGIApp, path: str, method: str = "GET", **given: str) -> Answer:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    headers = [(k.replace("_", "-").encode(), v.encode()) for k, v in given.items()]
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": headers,
    }
    await app(scope, receive, send)
    found = {k.decode(): v.decode() for k, v in sent[0]["headers"]}
    return Answer(sent[0]["status"], found, b"".join(each["body"] for each in sent[1:]))


async def static(path: str, method: str = "GET", **given: str) -> Answer:
    return await fetch(assets.serve_static, path, method, **given)


def content(name: str) -> bytes:
    return (assets.FOLDER / name).read_bytes()


async def test_a_static_file_is_kept_forever_under_its_content() -> None:
    found = await static(assets.url(SCRIPT))
    assert (found.status, found.body) == (200, content(SCRIPT))
    assert found.headers["cache-control"] == IMMUTABLE
    assert found.headers["content-type"].startswith("text/javascript")
    for path in (f"/static/{SCRIPT}", f"/static/0123456789ab/{SCRIPT}"):
        found = await static(path)
        assert (found.status, found.headers["cache-control"]) == (200, "no-cache")


@pytest.mark.parametrize("path", ["/static/", "/static/../auth.py", "/static/nothing.js"])
async def test_nothing_else_is_served(path: str) -> None:
    assert (await static(path)).status == 404


_IMPORT = re.compile(r'(?:^import |\bfrom |\bimport\()"([^"]+)"|url\("([^"]+)"', re.MULTILINE)


def test_what_files_of_ours_load_has_the_same_version_in_its_address() -> None:
    files = [*assets.FOLDER.glob("js/*.js"), *assets.FOLDER.glob("css/*.css")]
    found = [
        (path, target)
        for path in files
        for match in _IMPORT.finditer(path.read_text())
        if not (target := match[1] or match[2]).startswith("data:")
    ]
    assert len(found) > 50
    for path, target in found:
        assert target.startswith("."), (path.name, target)
        assert (path.parent / target).is_file(), (path.name, target)


async def test_text_is_compressed_for_who_takes_it() -> None:
    plain = await static(assets.url(SCRIPT))
    packed = await static(assets.url(SCRIPT), accept_encoding="gzip, deflate, br")
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body == content(SCRIPT)
    assert packed.headers["content-length"] == str(len(packed.body))
    assert len(packed.body) < len(plain.body) / 2
    assert "content-encoding" not in plain.headers
    assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"
    assert plain.headers["etag"] != packed.headers["etag"]


async def test_what_is_compressed_already_is_left_alone() -> None:
    found = await static(assets.url(FONT), accept_encoding="gzip")
    assert found.body == content(FONT)
    assert not {"content-encoding", "vary"} & found.headers.keys()


@pytest.mark.parametrize(
    ("accepted", "is_taken"),
    [
        (None, False),
        ("", False),
        ("br", False),
        ("gzip", True),
        ("br, GZIP ; q=0.5", True),
        ("gzip;q=0", False),
        ("gzip;q=0.000, *", False),
        ("*", True),
        ("*;q=0", False),
        ("identity;q=0, *;q=0.1", True),
        ("identity, gzip;q=0.5", False),
        ("gzip;q=much", False),
    ],
)
def test_who_takes_gzip(accepted: str | None, is_taken: bool) -> None:  # noqa: FBT001
    assert accepts_gzip(accepted) is is_taken


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
async def test_what_is_known_is_not_sent_again(encoding: str) -> None:
    first = await static(assets.url(SCRIPT), accept_encoding=encoding)
    etag = first.headers["etag"]
    for known in (etag, f'"other", W/{etag}', "*"):
        again = await static(assets.url(SCRIPT), accept_encoding=encoding, if_none_match=known)
        assert (again.status, again.body) == (304, b"")
        assert again.headers["etag"] == etag
        assert again.headers["cache-control"] == IMMUTABLE
        assert again.headers["vary"] == "Accept-Encoding"
    again = await static(assets.url(SCRIPT), accept_encoding=encoding, if_none_match='"other"')
    assert (again.status, again.body) == (200, first.body)


async def test_a_head_says_what_a_get_would_send() -> None:
    for encoding in ("identity", "gzip"):
        whole = await static(assets.url(SCRIPT), accept_encoding=encoding)
        head = await static(assets.url(SCRIPT), "HEAD", accept_encoding=encoding, range="bytes=0-1")
        assert (head.status, head.headers, head.body) == (200, whole.headers, b"")
    assert (await static(assets.url(SCRIPT), "POST")).status == 405


async def test_a_range_is_of_the_plain_bytes() -> None:
    body = content(SCRIPT)
    part = await static(assets.url(SCRIPT), accept_encoding="gzip", range="bytes=10-19")
    assert (part.status, part.body) == (206, body[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(body)}"
    assert "content-encoding" not in part.headers
    behind = await static(assets.url(SCRIPT), range=f"bytes={len(body)}-")
    assert (behind.status, behind.headers["content-range"]) == (416, f"bytes */{len(body)}")
    assert behind.headers["cache-control"] == "no-store"
    packed = (await static(assets.url(SCRIPT), accept_encoding="gzip")).headers["etag"]
    whole = await static(assets.url(SCRIPT), range="bytes=10-19", if_range=packed)
    assert (whole.status, whole.body) == (200, body)


class Framework:
    """An app with a file that never changes and one that may."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        routes = [Route("/kept/{rest:path}", self._kept), Route("/other/{rest:path}", self._kept)]
        self.files = ImmutableFiles(Starlette(routes=routes), prefix="/kept/")

    async def _kept(self, request: Request) -> Response:
        self.asked.append(request.url.path)
        name = request.path_params["rest"]
        if name.endswith("gone.js"):
            return PlainTextResponse("gone", 404)
        kept = {} if name == "fresh.js" else {"cache-control": "public, immutable, max-age=9"}
        return Response("same(); " * 99, media_type="text/javascript", headers=kept)


async def test_a_framework_is_asked_for_an_immutable_file_once() -> None:
    app = Framework()
    first = await fetch(app.files, "/kept/a.js", accept_encoding="gzip")
    assert gzip.decompress(first.body) == b"same(); " * 99
    assert first.headers["cache-control"] == IMMUTABLE
    again = await fetch(app.files, "/kept/a.js", if_none_match='"0"', range="bytes=0-3")
    assert (again.status, again.body) == (206, b"same")
    known = first.headers["etag"]
    again = await fetch(app.files, "/kept/a.js", accept_encoding="gzip", if_none_match=known)
    assert again.status == 304
    assert app.asked == ["/kept/a.js"]


@pytest.mark.parametrize("path", ["/kept/fresh.js", "/kept/gone.js", "/other/a.js"])
async def test_a_framework_answers_for_everything_else(path: str) -> None:
    app = Framework()
    found = await fetch(app.files, path, accept_encoding="gzip")
    assert "content-encoding" not in found.headers
    asked = len(app.asked)
    await fetch(app.files, path)
    assert len(app.asked) > asked
