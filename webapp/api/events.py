"""`/api/events`: an organisation's events in real time (WebSocket, server-sent events).

Both send the same objects, `{"id", "kind", "payload", "at"}`. After an interruption, a client sends
the last id it saw (`Last-Event-ID`, or `?after=`) and misses nothing. Rights are reloaded during
the subscription: it does not outlive a sign-out or a change of role.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, WebSocket, get, websocket
from litestar.params import QueryParameter
from litestar.response import Stream as StreamResponse

from domain.accounts.models import Actor, Caller
from domain.bootstrap import Services
from domain.core.errors import DatabaseUnavailable, Forbidden, MomentsError, Unauthenticated
from domain.core.time import isoformat
from domain.infra.events import Event
from webapp.api.errors import describe
from webapp.api.schemas import Svc, Who, problems
from webapp.auth import Gatekeeper
from webapp.edge.asgi_types import header
from webapp.edge.closing import Closing, cancel, first_of, task_of

HEARTBEAT_S = 15.0
RECHECK_S = 1.0
Feed = AsyncGenerator[Event | None, None]
After = Annotated[
    int | None,
    QueryParameter(name="after", ge=0, le=2**62, description="The id of the last event seen."),
]


class Listener:
    """A subscriber: events, heartbeats, rights."""

    def __init__(self, services: Services, caller: Caller, closing: Closing) -> None:
        self._services = services
        self._caller = caller
        self._closing = closing
        self._actor: Actor | None = None
        self._checked_s = 0.0

    async def check(self) -> str:
        """Return the organisation, if the caller may still subscribe to it.

        Raises:
            Unauthenticated, NotFound, Forbidden: The caller has lost access.
        """
        async with self._services.database.transaction():
            self._actor = await self._services.rights.load(self._caller)
        self._checked_s = time.monotonic()
        return self._actor.organization_id

    async def _still(self) -> bool:
        """Return whether the caller may still subscribe; ignores an unreachable database."""
        if time.monotonic() - self._checked_s < RECHECK_S:
            return True
        try:
            await self.check()
        except DatabaseUnavailable:
            return True  # there are no events meanwhile either
        except MomentsError:
            return False
        return True

    def _hears(self, event: Event) -> bool:
        """Return whether the caller may see an event."""
        if event.audience is None:
            return True
        actor = self._actor
        return actor is not None and (actor.is_admin or actor.user_id in event.audience)

    async def events(self, organization_id: str, after: int | None) -> Feed:
        """Yield events, and None after a quiet while; end when access ends."""
        source = self._services.events.subscribe(organization_id, after)
        pending = task_of(anext(source))
        closing = task_of(self._closing.wait())
        spoke_s = time.monotonic()
        try:
            while True:
                left_s = max(0.0, spoke_s + HEARTBEAT_S - time.monotonic())
                done = await first_of(pending, closing, timeout_s=left_s)
                if closing in done or not await self._still():
                    return
                event = pending.result() if pending in done else None
                if isinstance(event, Event):
                    pending = task_of(anext(source))
                    if not self._hears(event):
                        continue
                yield event if isinstance(event, Event) else None
                spoke_s = time.monotonic()
        finally:
            await cancel(pending, closing)
            await source.aclose()


def encode(event: Event) -> bytes:
    """Return an event in wire format."""
    return msgspec.json.encode(
        {
            "id": event.id,
            "kind": event.kind,
            "payload": event.payload,
            "at": isoformat(event.created_at),
        }
    )


async def _server_sent(events: Feed) -> AsyncIterator[bytes]:
    """Format events as server-sent events (WHATWG HTML, section 9.2)."""
    yield b"retry: 2000\n: hello\n\n"
    async for event in events:
        if event is None:
            yield b": still here\n\n"
        else:
            yield b"id: %d\nevent: message\ndata: %s\n\n" % (event.id, encode(event))


class EventController(Controller):
    """Events of the organisation."""

    path = "/events"
    tags = ("Events",)

    @get(
        "/",
        media_type="text/event-stream",
        summary="Subscribe to events",
        responses=problems(401, 403, 404),
    )
    async def listen(
        self,
        request: Request[Any, Any, Any],
        services: Svc,
        caller: Who,
        after: After = None,
    ) -> StreamResponse:
        """Stream events as server-sent events; `WS /api/events` sends the same."""
        last = header(request.scope, "last-event-id") or ""
        if last.isdecimal() and len(last) < 19:
            after = int(last)
        listener = Listener(services, caller, request.app.state.closing)
        organization_id = await listener.check()
        return StreamResponse(
            _server_sent(listener.events(organization_id, after)),
            media_type="text/event-stream",
            headers={"cache-control": "no-store", "x-accel-buffering": "no"},
        )


@websocket("/events", opt={"anybody": True})
async def event_socket(socket: WebSocket[Any, Any, Any], services: Svc) -> None:
    """Send events over a WebSocket; ignores all input except its end."""
    gatekeeper: Gatekeeper = socket.app.state.gatekeeper
    try:
        caller = await _admitted(socket, gatekeeper)
        listener = Listener(services, caller, socket.app.state.closing)
        organization_id = await listener.check()
    except Forbidden:
        await socket.close(code=4403)  # before it is accepted: a 403 to the handshake
        return
    except MomentsError as error:
        refusal = describe(error)
        await socket.accept()
        await socket.close(code=4000 + refusal.status, reason=refusal.error[:120])
        return
    await socket.accept()
    after = socket.query_params.get("after", "")
    known = int(after) if after.isdecimal() and len(after) < 19 else None
    await _pump(socket, listener.events(organization_id, known))


async def _admitted(socket: WebSocket[Any, Any, Any], gatekeeper: Gatekeeper) -> Caller:
    """Return a WebSocket's caller; a browser's page must be one of ours, even with a token."""
    origin = header(socket.scope, "origin")
    if origin is not None and not gatekeeper.is_ours(origin, header(socket.scope, "host")):
        raise Forbidden
    caller = await gatekeeper.identify(socket.scope)
    if caller is None:
        raise Unauthenticated
    return caller


async def _pump(socket: WebSocket[Any, Any, Any], events: Feed) -> None:
    """Send events until the client leaves, access ends or the server stops."""
    left = task_of(_until_left(socket))
    sending = task_of(_send_all(socket, events))
    try:
        done = await first_of(left, sending)
        if sending in done and left not in done:
            sending.result()
            await socket.close(code=1001, reason="Connect again to continue")
    finally:
        await cancel(left, sending)


async def _send_all(socket: WebSocket[Any, Any, Any], events: Feed) -> None:
    async with aclosing(events) as feed:
        async for event in feed:
            await socket.send_text('{"kind":"ping"}' if event is None else encode(event).decode())


async def _until_left(socket: WebSocket[Any, Any, Any]) -> None:
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        await asyncio.sleep(0)
