"""Callers and origins."""

from pathlib import Path
from typing import Any

import pytest

from domain.accounts.models import Caller
from domain.core.errors import Forbidden, Unauthenticated
from tests.conftest import isolated_settings
from webapp.auth import Gatekeeper, bearer_of, cookie_of, keeping, session_cookie
from webapp.edge.asgi_types import Message


class Accounts:
    """Knows one session and one token."""

    async def authenticate(self, credential: str, *, organization_id: str | None = None) -> Caller:
        if credential not in {"a-session", "mt_token"}:
            raise Unauthenticated
        kind: Any = "token" if credential == "mt_token" else "session"
        return Caller("user_1", organization_id, kind)


def scope(method: str = "GET", *, type_: str = "http", **headers: str) -> dict[str, Any]:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    where = {"path": "/api/streams", "query_string": b""}
    return {"type": type_, "method": method, "headers": pairs, **where}


def gatekeeper(tmp_path: Path, **values: object) -> Gatekeeper:
    return Gatekeeper(Accounts(), isolated_settings(tmp_path, **values))


async def test_nobody_is_nobody(tmp_path: Path) -> None:
    assert await gatekeeper(tmp_path).identify(scope()) is None
    with pytest.raises(Unauthenticated):
        await gatekeeper(tmp_path).require(scope())


async def test_a_bearer_token_needs_no_origin(tmp_path: Path) -> None:
    asked = scope("POST", authorization="Bearer mt_token", x_organization_id="org_1")
    caller = await gatekeeper(tmp_path).identify(asked)
    assert caller == Caller("user_1", "org_1", "token")


async def test_where_no_header_can_be_sent_the_query_chooses(tmp_path: Path) -> None:
    query = {"query_string": b"after=3&organization_id=org_2"}
    doors, cookie = gatekeeper(tmp_path), "moments_session=a-session"
    for asked, chosen in (
        (scope(cookie=cookie) | query, "org_2"),
        (scope(cookie=cookie, x_organization_id="org_1") | query, "org_1"),
        (scope(cookie=cookie) | {"query_string": b"organization_id="}, None),
        (scope(cookie=cookie) | query | {"path": "/live"}, None),
    ):
        assert await doors.identify(asked) == Caller("user_1", chosen, "session")


async def test_a_bearer_token_comes_before_a_cookie(tmp_path: Path) -> None:
    asked = scope("POST", authorization="Bearer mt_token", cookie="moments_session=a-session")
    caller = await gatekeeper(tmp_path).identify(asked)
    assert caller is not None
    assert caller.credential == "token"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("origin", [None, "https://evil.example", "null", "http://localhost:1"])
async def test_a_cookie_writes_for_our_own_pages_only(
    tmp_path: Path, method: str, origin: str | None
) -> None:
    headers = {"cookie": "moments_session=a-session", "host": "moments.example"}
    if origin:
        headers["origin"] = origin
    doors = gatekeeper(tmp_path, public_url="https://moments.example")
    with pytest.raises(Forbidden):
        await doors.identify(scope(method, **headers))


async def test_a_cookie_reads_from_anywhere(tmp_path: Path) -> None:
    asked = scope("GET", cookie="x=1; moments_session=a-session", origin="https://evil.example")
    assert await gatekeeper(tmp_path).identify(asked) is not None


async def test_a_socket_is_a_write(tmp_path: Path) -> None:
    headers = {"cookie": "moments_session=a-session", "origin": "https://evil.example"}
    with pytest.raises(Forbidden):
        await gatekeeper(tmp_path).identify(scope(type_="websocket", **headers))


def test_our_origins(tmp_path: Path) -> None:
    public = gatekeeper(
        tmp_path, public_url="https://moments.example", cors_origins=("https://front.example",)
    )
    assert public.is_ours("https://moments.example", None)
    assert public.is_ours("https://front.example", None)
    assert not public.is_ours("http://10.0.0.5:8000", "10.0.0.5:8000")

    private = gatekeeper(tmp_path)
    assert private.is_ours("http://localhost:8000", "localhost:8000")
    assert private.is_ours("http://127.0.0.1:8000", "127.0.0.1:8000")
    assert private.is_ours("http://10.0.0.5:8000", "10.0.0.5:8000")
    assert private.is_ours("http://[::1]:8000", "[::1]:8000")
    # A name could be rebound to this machine by whoever owns it.
    assert not private.is_ours("http://rebound.example:8000", "rebound.example:8000")
    assert not private.is_ours("http://10.0.0.5:9000", "10.0.0.5:8000")


async def test_bad_credentials_are_told_but_not_to_visitors(tmp_path: Path) -> None:
    with pytest.raises(Unauthenticated):
        await gatekeeper(tmp_path).identify(scope(authorization="Bearer mt_wrong"))
    with pytest.raises(Unauthenticated):
        bearer_of(scope(authorization="Basic YTpi"))
    assert await gatekeeper(tmp_path).visitor(scope(cookie="moments_session=old")) is None


def test_odd_cookies_are_no_cookies() -> None:
    assert cookie_of(scope(cookie="moments_session"), "moments_session") is None
    assert cookie_of(scope(cookie="moments_session="), "moments_session") is None
    assert cookie_of(scope(), "moments_session") is None


def test_the_cookie_is_kept_from_scripts_and_plain_http(tmp_path: Path) -> None:
    plain = session_cookie(isolated_settings(tmp_path), "t")
    assert "HttpOnly" in plain
    assert "SameSite=Lax" in plain
    assert "Secure" not in plain
    safe = session_cookie(isolated_settings(tmp_path, public_url="https://moments.example"), "t")
    assert safe.endswith("; Secure")


async def test_no_cache_is_given_a_cookie_to_hand_on() -> None:
    sent: list[Message] = []

    async def keep(message: Message) -> None:
        sent.append(message)

    for cache, is_set in ((b"public, max-age=10", False), (b"no-store", True), (None, True)):
        send = keeping({"moments.slid": "moments_session=s"}, keep)
        headers = [] if cache is None else [(b"cache-control", cache)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        given = dict(sent.pop()["headers"])
        assert (b"set-cookie" in given) is is_set
        assert given[b"cache-control"] == (cache or b"no-store")
