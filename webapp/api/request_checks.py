"""Checks before every API handler.

Texts are valid, the body is JSON, and a write with an Idempotency-Key happens once.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from litestar import Request
from litestar.exceptions import ValidationException
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from domain.accounts.models import Caller
from domain.bootstrap import Services
from domain.core.errors import BadInput, UnsupportedMedia
from domain.infra.idempotency import Answer, hash_body
from webapp.api.idempotency import Sealer
from webapp.auth import Gatekeeper
from webapp.edge.asgi_types import header

_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_JSON = re.compile(r"application/(?:[\w.+-]+\+)?json", re.ASCII)
_DEEP = 100
_FORM = ("application/x-www-form-urlencoded", "multipart/form-data")


class _RefusedError(Exception):
    """The handler's answer is a refusal: roll back, and forget the key."""


class Intake(ASGIMiddleware):
    """Reads a write's body once, checks it, and runs it under its Idempotency-Key.

    It is stateless: the framework copies middleware, so the app holds what it needs.
    """

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Check a request and pass it on."""
        _check_address(scope)
        if scope.get("method") not in _WRITES:
            await next_app(scope, receive, send)
            return
        request = Request[Any, Any, Any](scope, receive, send)
        gatekeeper: Gatekeeper = request.app.state.gatekeeper
        opt = scope["route_handler"].opt
        if not opt.get("anybody"):
            await gatekeeper.require(
                scope
            )  # before the body: an anonymous one is not worth the memory
        if opt.get("streams_body"):  # its handler reads what it may not keep in memory
            await next_app(scope, receive, send)
            return
        body = await request.body()
        _check_body(scope, body)
        _check_types(scope, body)
        key = None if opt.get("changes_nothing") else header(scope, "idempotency-key")
        caller = await gatekeeper.visitor(scope) if key is not None else None
        if key is None or caller is None:
            await next_app(scope, receive, send)
            return
        services: Services = request.app.state.services
        await _once(services, _Once(caller, scope, key, body), receive, send, next_app)


async def _once(
    services: Services, once: "_Once", receive: Receive, send: Send, next_app: ASGIApp
) -> None:
    recorder = _Recorder()
    sealer = Sealer(services.keyring, once.name, once.key)

    async def handler() -> Answer:
        await next_app(once.scope, receive, recorder)
        if not 200 <= recorder.status < 300 or not recorder.is_json:
            raise _RefusedError
        return Answer(recorder.status, sealer.seal(recorder.body))

    try:
        answer = await services.idempotency.run(once.name, once.key, hash_body(once.body), handler)
    except _RefusedError:
        await recorder.replay(send)
        return
    if answer.is_replay:
        recorder = _Recorder.of(answer.status, sealer.open(answer.body))
    await recorder.replay(send)


class _Once:
    """One attempt at a write with an Idempotency-Key."""

    def __init__(self, caller: Caller, scope: Scope, key: str, body: bytes) -> None:
        self.scope = scope
        self.key = key
        self.body = body
        who = caller.user_id or caller.credential_id or caller.credential
        self.name = f"{who}:{caller.organization_id or '-'}:{scope.get('method')} {scope['path']}"


class _Recorder:
    """Holds a response back until its transaction has committed."""

    def __init__(self) -> None:
        self._messages: list[Message] = []

    @classmethod
    def of(cls, status: int, body: bytes) -> "_Recorder":
        """Return an earlier response."""
        recorder = cls()
        recorder._messages = [
            {
                "type": "http.response.start",
                "status": status,
                "headers": [
                    (b"content-type", b"application/json"),
                    (b"content-length", str(len(body)).encode()),
                    (b"idempotency-replayed", b"true"),
                ],
            },
            {"type": "http.response.body", "body": body, "more_body": False},
        ]
        return recorder

    async def __call__(self, message: Message) -> None:
        self._messages.append(message)

    @property
    def status(self) -> int:
        """The response's status; 0 if there is none."""
        for message in self._messages:
            if message["type"] == "http.response.start":
                return message["status"]
        return 0

    @property
    def is_json(self) -> bool:
        """Whether the response is JSON, so that it can be stored."""
        return any(
            name.lower() == b"content-type" and value.startswith(b"application/json")
            for message in self._messages
            if message["type"] == "http.response.start"
            for name, value in message.get("headers", ())
        )

    @property
    def body(self) -> bytes:
        """The response's body."""
        return b"".join(
            message["body"] for message in self._messages if message["type"] == "http.response.body"
        )

    async def replay(self, send: Send) -> None:
        """Send the held response."""
        for message in self._messages:
            await send(message)


def _check_address(scope: Scope) -> None:
    query = scope.get("query_string", b"")
    if "\0" in scope["path"] or b"%00" in query or b"\0" in query:
        raise BadInput("The address contains a NUL character. Remove it.")


def _check_body(scope: Scope, body: bytes) -> None:
    """Refuse bodies that are not declared as JSON, and texts that the database cannot store."""
    if not body:
        return
    media_type = (header(scope, "content-type") or "").partition(";")[0].strip().lower()
    if media_type in _FORM and scope["path"].endswith("/form"):
        return
    if not _JSON.fullmatch(media_type):
        raise UnsupportedMedia("Send the body as application/json.")
    if body.count(b"[") + body.count(b"{") > _DEEP:
        _decoded(body)
    if b"\\u0000" in body and any("\0" in text for text in _texts(_decoded(body))):
        raise BadInput("A text contains a NUL character. Remove it.")


def _check_types(scope: Scope, body: bytes) -> None:
    """Validate a body strictly: the framework would accept "5" for a number."""
    data = scope["route_handler"].parsed_data_field
    if body and data is not None and data.name == "data" and not scope["path"].endswith("/form"):
        _decoded(body, data.annotation)


def _decoded(body: bytes, kind: Any = Any) -> object:  # noqa: ANN401 (any type)
    """Parse a body as JSON of a type.

    Raises:
        ValidationException: It has another type. BadInput: It is not JSON in UTF-8.
    """
    try:
        decoded: object = msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise ValidationException(extra=[{"message": str(error)}]) from error
    except RecursionError as error:
        raise BadInput("The body is nested too deeply. Flatten it.") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadInput(
            "The request body is not JSON in UTF-8. Correct it.", code="bad_json"
        ) from error
    return decoded


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield str(key)
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
