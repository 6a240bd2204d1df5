"""`moments node`: lists media nodes, and drains them for an upgrade."""

import asyncio

from domain.bootstrap import Services
from domain.core.errors import BadInput, MomentsError
from domain.core.settings import Settings
from domain.live.nodes import Node
from webapp.cli.asking import with_services

_LOOK_S = 0.5


def show(settings: Settings) -> None:
    """Print the nodes with a heartbeat within the last day."""

    async def use(services: Services) -> None:
        loads = await services.nodes.loads()
        for node in await services.nodes.nodes():
            state = "draining" if node.is_draining else "running"
            state = state if node.is_alive else "away"
            print(f"{node.name or '-'}  {node.id}  {state}  {loads.get(node.id, 0)} streams")

    with_services(settings, use)


def drain(settings: Settings, name: str | None, *, everything: bool) -> None:
    """Drain a node; `everything`: one node after another.

    Raises:
        BadInput: Neither or both are given.
        NotFound: There is no such node.
    """
    if (name is None) is not everything:
        raise BadInput("Name one node (see `moments node list`), or pass --all.")

    async def use(services: Services) -> None:
        if name is not None:
            await _drain(services, name)
            return
        for node in [node for node in await services.nodes.nodes() if node.is_alive]:
            if await _drain(services, node.id):
                await _ended(services, node)

    with_services(settings, use)


async def _drain(services: Services, name: str) -> bool:
    """Start draining a node; return whether there is another one to take its streams."""
    node = await services.nodes.drain(name)
    alive = [other for other in await services.nodes.nodes() if other.is_alive]
    # Notify both sides at once; whoever does not answer reloads within 2 s anyway.
    await asyncio.gather(*(_reconcile(services, other.control_url) for other in alive))
    has_successor = any(not other.is_draining for other in alive)
    later = "" if has_successor else " once another node is running: start one"
    print(f"{node.name or node.id} is handing over its streams{later}", flush=True)
    return has_successor


async def _ended(services: Services, node: Node) -> None:
    """Wait until a drained node has stopped, or has restarted."""
    while (now := await services.nodes.node(node.id)) is not None:
        if not now.is_alive or not now.is_draining:
            break
        await asyncio.sleep(_LOOK_S)
    print(f"{node.name or node.id} is empty and has stopped", flush=True)


async def _reconcile(services: Services, control_url: str) -> None:
    try:
        await services.node_client.reconcile(control_url)
    except MomentsError:
        return
