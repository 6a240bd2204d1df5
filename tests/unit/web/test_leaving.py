"""A client that leaves before all of its request is there is no error of ours."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar, Request, post
from prometheus_client import generate_latest
from structlog.testing import capture_logs

from tests.conftest import isolated_settings
from tests.unit.web.test_media_proxy import found_node
from webapp.api.errors import describe, handle
from webapp.edge.access import Access, Meters
from webapp.edge.asgi_types import ASGIApp, Message, Receive, Scope, Send
from webapp.edge.closing import Closing
from webapp.edge.headers import Policy
from webapp.proxy import MediaProxy
from webapp.public.errors import html_errors


@post("/api/x")
async def _reads_its_body(request: Request[Any, Any, Any]) -> bytes:
    return await request.body()


def _api() -> ASGIApp:
    return Litestar(
        [_reads_its_body],
        exception_handlers={Exception: handle},
        openapi_config=None,
        logging_config=None,
    )


def _public() -> ASGIApp:
    return Litestar(
        [_reads_its_body],
        exception_handlers={Exception: html_errors(describe)},
        openapi_config=None,
        logging_config=None,
    )


def _proxy() -> ASGIApp:
    return MediaProxy(found_node, httpx.AsyncClient(), Closing(), describe)


async def _chokes(_scope: Scope, receive: Receive, _send: Send) -> None:
    """Do what the pages' socket server does: take a disconnect for an empty request."""
    while (await receive())["type"] != "http.disconnect":
        pass
    name = "REQUEST_METHOD"
    raise KeyError(name)


@pytest.mark.parametrize(
    ("path", "app"),
    [
        ("/api/x", _api),
        ("/api/x", _public),
        ("/media/whip/stream_0123456789", _proxy),
        ("/_nicegui_ws/", lambda: _chokes),
    ],
    ids=["api", "public", "proxy", "pages"],
)
async def test_leaving_in_mid_body_is_no_error(
    tmp_path: Path, path: str, app: Callable[[], ASGIApp]
) -> None:
    meters = Meters()
    policy = Policy.from_settings(isolated_settings(tmp_path))

    async def no_nodes() -> tuple[str, ...]:
        return ()

    messages: list[Message] = [
        {"type": "http.request", "body": b'{"na', "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Message:
        return messages.pop(0)

    async def send(_message: Message) -> None:
        return

    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"content-type", b"application/sdp")],
        "client": ("192.0.2.1", 1),
    }
    with capture_logs() as logs:
        await Access(app(), meters, policy, no_nodes)(scope, receive, send)
    assert [line for line in logs if line["log_level"] in {"error", "warning"}] == []
    assert 'status="499"' in generate_latest(meters.registry).decode()
