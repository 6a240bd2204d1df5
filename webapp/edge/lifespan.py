"""Drives the lifespan of an ASGI app mounted inside another one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from webapp.edge.asgi_types import ASGIApp, Message, Scope


@asynccontextmanager
async def lifespan(app: ASGIApp) -> AsyncIterator[None]:
    """Start an app, and stop it on exit; re-raises its failures.

    The app's lifespan runs in its own task, as under a server, so the task that opened a task group
    also closes it.

    Raises:
        RuntimeError: The app answered that it could not start.
    """
    inbox: asyncio.Queue[Message] = asyncio.Queue()
    outbox: asyncio.Queue[Message] = asyncio.Queue()
    scope: Scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}}
    scope["state"] = {}
    task = asyncio.ensure_future(app(scope, inbox.get, outbox.put))
    try:
        await _step(task, inbox, outbox, "startup")
        yield
        await _step(task, inbox, outbox, "shutdown")
    finally:
        if not task.done():
            task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _step(
    task: "asyncio.Future[None]",
    inbox: "asyncio.Queue[Message]",
    outbox: "asyncio.Queue[Message]",
    step: str,
) -> None:
    await inbox.put({"type": f"lifespan.{step}"})
    answer = asyncio.ensure_future(outbox.get())
    await asyncio.wait({task, answer}, return_when=asyncio.FIRST_COMPLETED)
    if answer.done():
        message = answer.result()
        if message["type"] == f"lifespan.{step}.failed":
            raise RuntimeError(message.get("message") or f"The {step} of a mounted app failed")
        return
    answer.cancel()
    task.result()  # raises its failure; an app that simply returned has no lifespan
