"""Headers, encrypted answers, lifespans."""

from pathlib import Path

import pytest

from domain.core.secrets import Keyring
from tests.conftest import isolated_settings
from webapp.api.idempotency import Sealer
from webapp.edge.access import area_of
from webapp.edge.asgi_types import Receive, Scope, Send
from webapp.edge.headers import Policy
from webapp.edge.lifespan import lifespan


def policy(tmp_path: Path, **values: object) -> Policy:
    return Policy.from_settings(isolated_settings(tmp_path, **values))


def headers(policy: Policy, path: str, **given: str) -> dict[str, str]:
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "headers": [(k.encode(), v.encode()) for k, v in given.items()],
    }
    return {k.decode(): v.decode() for k, v in policy.apply(scope, [], "id-1")}


def test_nothing_of_the_api_may_run(tmp_path: Path) -> None:
    found = headers(policy(tmp_path), "/api/clips")
    assert found["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert found["x-content-type-options"] == "nosniff"
    assert found["x-request-id"] == "id-1"


@pytest.mark.parametrize(
    ("path", "is_kept"),
    [
        ("/api/clips", False),
        ("/api/auth/session", False),
        ("/api/public/shares/x", False),
        ("/api/openapi.json", False),
        ("/health", False),
        ("/metrics", False),
        ("/settings/profile", False),
        ("/media/hls/x/index.m3u8", True),
        ("/files/bucket/key", True),
        ("/s/token/media.mp4", True),
        ("/live/garden", True),
        ("/oembed", True),
        ("/static/js/api.js", True),
    ],
)
def test_nobody_keeps_answers_of_the_api(tmp_path: Path, path: str, *, is_kept: bool) -> None:
    found = headers(policy(tmp_path), path)
    assert found.get("cache-control") == (None if is_kept else "no-store")


def test_public_pages_run_our_scripts_only(tmp_path: Path) -> None:
    csp = headers(policy(tmp_path), "/s/token")["content-security-policy"]
    assert "script-src 'self';" in csp
    assert "unsafe-eval" not in csp


@pytest.mark.parametrize("path", ["/static/0/js/a.js", "/_nicegui/3.0.0/static/vue.js"])
def test_static_files_carry_few_headers(tmp_path: Path, path: str) -> None:
    found = headers(policy(tmp_path), path)
    assert found["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert found["x-content-type-options"] == "nosniff"
    assert not {"permissions-policy", "x-frame-options", "cache-control"} & found.keys()


def test_only_embeds_may_be_framed(tmp_path: Path) -> None:
    embed = headers(policy(tmp_path), "/s/token/embed")
    assert "frame-ancestors *" in embed["content-security-policy"]
    assert "x-frame-options" not in embed
    page = headers(policy(tmp_path), "/settings/profile")
    assert "frame-ancestors 'none'" in page["content-security-policy"]
    assert page["x-frame-options"] == "DENY"
    assert page["cache-control"] == "no-store"


def test_tls_is_kept(tmp_path: Path) -> None:
    assert "strict-transport-security" not in headers(policy(tmp_path), "/")
    found = headers(policy(tmp_path, public_url="https://moments.example"), "/")
    assert found["strict-transport-security"].startswith("max-age=")
    assert "wss://moments.example" in found["content-security-policy"]


def test_cors_is_for_configured_front_ends(tmp_path: Path) -> None:
    found = policy(tmp_path, cors_origins=("https://front.example",))
    ours = headers(found, "/api/clips", origin="https://front.example")
    assert ours["access-control-allow-origin"] == "https://front.example"
    theirs = headers(found, "/api/clips", origin="https://evil.example")
    assert "access-control-allow-origin" not in theirs
    tus = {"origin": "https://front.example", "tus-resumable": "1.0.0"}
    upload = headers(found, "/files/b/k", **tus)
    assert upload["access-control-allow-origin"] == "https://front.example"
    assert "Upload-Offset" in upload["access-control-expose-headers"]
    assert upload["tus-resumable"] == "1.0.0"


def test_the_store_may_be_looked_at(tmp_path: Path) -> None:
    found = policy(
        tmp_path, s3_endpoint_url="http://minio:9000", s3_public_url="https://s3.example"
    )
    csp = headers(found, "/library")["content-security-policy"]
    assert "media-src 'self' blob:" in csp
    assert "https://s3.example" in csp
    assert "minio" not in csp


def test_pages_may_play_from_nodes_of_their_own_address(tmp_path: Path) -> None:
    nodes = ["https://node-a.example/media", "https://b.example:8443", "https://x; script-src *"]
    for path in ("/watch/demo", "/live/demo", "/live/demo/embed"):
        csp = dict(
            part.strip().split(" ", 1)
            for part in policy(tmp_path).csp(path, nodes).split(";")
            if " " in part.strip()
        )
        for directive in ("connect-src", "media-src", "img-src"):
            assert csp[directive].endswith("https://b.example:8443 https://node-a.example")
        assert "node-a" not in csp["script-src"]
    assert "node-a" not in policy(tmp_path).csp("/api/clips", nodes)


def test_only_the_framework_s_own_inline_scripts_may_run(tmp_path: Path) -> None:
    csp = policy(tmp_path).csp("/library", nonce="abc")
    [script] = [part.strip() for part in csp.split(";") if part.strip().startswith("script-src")]
    assert script == "script-src 'self' 'nonce-abc' 'unsafe-eval'"
    for path in ("/live/demo", "/sign-in"):
        assert "script-src 'self';" in policy(tmp_path).csp(path, nonce="abc")


def test_areas_are_few() -> None:
    assert [area_of(p) for p in ("/api/x", "/", "/s/x/media.mp4", "/anything")] == [
        "api",
        "pages",
        "s",
        "pages",
    ]


def test_a_sealed_answer_opens_with_its_key_alone() -> None:
    keyring = Keyring(b"k" * 32)
    sealer = Sealer(keyring, "user:org:POST /api/tokens", "key-1")
    body = b'{"token": "mt_something"}' * 9
    sealed = sealer.seal(body)
    assert sealer.open(sealed) == body
    assert b"mt_something" not in sealed.encode()
    assert sealer.seal(body) != sealed
    for other in (
        Sealer(keyring, "user:org:POST /api/tokens", "key-2"),
        Sealer(keyring, "user2:org:POST /api/tokens", "key-1"),
        Sealer(Keyring(b"x" * 32), "user:org:POST /api/tokens", "key-1"),
    ):
        with pytest.raises(ValueError, match="cannot be decrypted"):
            other.open(sealed)


async def test_a_mounted_app_is_started_and_stopped() -> None:
    seen = []

    async def app(_scope: Scope, receive: Receive, send: Send) -> None:
        for step in ("startup", "shutdown"):
            assert (await receive())["type"] == f"lifespan.{step}"
            seen.append(step)
            await send({"type": f"lifespan.{step}.complete"})

    async with lifespan(app):
        assert seen == ["startup"]
    assert seen == ["startup", "shutdown"]


async def test_what_stops_a_mounted_app_from_starting_is_told() -> None:
    async def refuses(_scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no"})

    async def breaks(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise LookupError("broken")

    with pytest.raises(RuntimeError, match="no"):
        async with lifespan(refuses):
            pass
    with pytest.raises(LookupError, match="broken"):
        async with lifespan(breaks):
            pass
