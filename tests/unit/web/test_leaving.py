"""A client that leaves before its request is complete is no error of ours."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi import Request as PageRequest
from fastapi import Response as PageResponse
from litestar import Litestar, Request, post
from prometheus_client import generate_latest
from starlette.middleware.base import RequestResponseEndpoint
from structlog.testing import capture_logs

from tests.conftest import isolated_settings
from tests.unit.web.test_media_proxy import found_node
from webapp.api.errors import describe, handle
from webapp.edge.access import Access, Meters, log_failure
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


def _pages() -> ASGIApp:
    """Return an app whose middleware wraps what is raised, as that of the pages does."""

    async def failed(request: PageRequest, error: Exception) -> PageResponse:
        log_failure(request.url.path, error)
        return PageResponse(status_code=500)

    async def passes(request: PageRequest, call_next: RequestResponseEndpoint) -> PageResponse:
        return await call_next(request)

    async def reads(request: PageRequest) -> dict[str, int]:
        return {"size": len(await request.body())}

    app = FastAPI()
    app.add_api_route("/page", reads, methods=["POST"])
    app.add_exception_handler(Exception, failed)
    for _ in range(2):
        app.middleware("http")(passes)
    return app


async def _chokes(_scope: Scope, receive: Receive, _send: Send) -> None:
    """Do what the pages' socket server does: take a disconnect for an empty request."""
    while (await receive())["type"] != "http.disconnect":
        pass
    raise KeyError("REQUEST_METHOD")


@pytest.mark.parametrize(
    ("path", "app"),
    [
        ("/api/x", _api),
        ("/api/x", _public),
        ("/media/whip/stream_0123456789", _proxy),
        ("/page", _pages),
        ("/_nicegui_ws/", lambda: _chokes),
    ],
    ids=["api", "public", "proxy", "pages", "their socket"],
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
