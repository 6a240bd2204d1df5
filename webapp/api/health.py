"""`/health`: for load balancers and `moments doctor`."""

import asyncio
from collections.abc import Awaitable
from typing import Literal

from litestar import Response, get
from litestar.openapi import ResponseSpec

from domain.bootstrap import Services
from domain.core.errors import MomentsError
from domain.core.time import isoformat
from domain.live.nodes import Node
from webapp.api.schemas import Instant, Out, Svc
from webapp.checks import CHECK_S, problem_of, some_node


class PartOut(Out, frozen=True, kw_only=True):
    """One dependency."""

    status: Literal["up", "down"]
    error: str | None = None


class NodeOut(PartOut, frozen=True, kw_only=True):
    """A media node."""

    id: str
    heartbeat_at: Instant


class QueueOut(PartOut, frozen=True, kw_only=True):
    """The job queue: how many are queued, running and parked."""

    queued: int = 0
    running: int = 0
    parked: int = 0


class HealthReport(Out, frozen=True, kw_only=True):
    """Whether requests can be served, and the state of each dependency."""

    status: Literal["ok", "down"]
    database: PartOut
    queue: QueueOut
    storage: PartOut
    media: PartOut
    nodes: list[NodeOut]


async def _part(check: Awaitable[object]) -> PartOut:
    problem = await problem_of(check)
    return PartOut(status="down" if problem else "up", error=problem)


async def _queue(services: Services) -> QueueOut:
    try:
        async with asyncio.timeout(CHECK_S):
            state = await services.queue.state()
    except TimeoutError:
        return QueueOut(status="down", error=f"It did not answer within {CHECK_S:.0f} s.")
    except MomentsError as error:
        return QueueOut(status="down", error=error.message)
    return QueueOut(status="up", queued=state.queued, running=state.running, parked=state.parked)


async def _nodes(services: Services) -> list[NodeOut]:
    """Return the registered nodes; empty if the registry is unreachable."""
    try:
        async with asyncio.timeout(CHECK_S):
            known = await services.nodes.nodes()
    except (TimeoutError, MomentsError):
        return []
    return await asyncio.gather(*(_node(services, node) for node in known))


async def _node(services: Services, node: Node) -> NodeOut:
    """Ask a live node for its problem; it may refuse recordings and still play."""
    error: str | None = "It has sent no heartbeat for a while. Restart it."
    if node.is_alive:
        error = (await _part(services.node_client.check(node.control_url))).error
    return NodeOut(
        id=node.id,
        status="up" if node.is_alive else "down",
        error=error,
        heartbeat_at=isoformat(node.heartbeat_at),
    )


async def report(services: Services) -> HealthReport:
    """Check every dependency at once."""
    database, queue, storage, media, nodes = await asyncio.gather(
        _part(services.database.ping()),
        _queue(services),
        _part(services.storage.ping()),
        _part(some_node(services)),
        _nodes(services),
    )
    parts: tuple[PartOut, ...] = (database, queue, storage, media)
    return HealthReport(
        status="ok" if all(part.status == "up" for part in parts) else "down",
        database=database,
        queue=queue,
        storage=storage,
        media=media,
        nodes=nodes,
    )


@get(
    "/health",
    tags=["Operations"],
    summary="Health",
    responses={503: ResponseSpec(HealthReport, description="Something is down.")},
)
async def health(services: Svc) -> Response[HealthReport]:
    """Answer 200 with the state of each dependency, 503 if a required one is down."""
    found = await report(services)
    status = 200 if found.status == "ok" else 503
    headers = {"cache-control": "no-store"} | ({} if status == 200 else {"retry-after": "2"})
    return Response(found, status_code=status, headers=headers)
