"""`moments node`: which media nodes run, and draining them for an upgrade."""

import asyncio

from domain.bootstrap import Services
from domain.core.errors import BadInput, MomentsError
from domain.core.settings import Settings
from webapp.cli.asking import with_services


def show(settings: Settings) -> None:
    """Print the nodes that gave a sign of life within the last day."""

    async def use(services: Services) -> None:
        for node in await services.nodes.nodes():
            state = "draining" if node.is_draining else "running"
            state = state if node.is_alive else "away"
            print(f"{node.name or '-'}  {node.id}  {state}  {node.streams} streams")

    with_services(settings, use)


def drain(settings: Settings, name: str | None, *, everything: bool) -> None:
    """Let a node, or all, give its streams to others and end.

    Raises:
        BadInput: Neither or both are named.
        NotFound: There is no such node.
    """
    if (name is None) is not everything:
        message = "Name one node (`moments node list`), or say --all"
        raise BadInput(message)

    async def use(services: Services) -> None:
        alive = [node for node in await services.nodes.nodes() if node.is_alive]
        for wanted in [node.id for node in alive] if name is None else [name]:
            node = await services.nodes.drain(wanted)
            print(f"{node.name or node.id} drains")
        # Both sides look at once; who does not answer looks within 2 s by itself.
        await asyncio.gather(*(_reconcile(services, node.control_url) for node in alive))

    with_services(settings, use)


async def _reconcile(services: Services, control_url: str) -> None:
    try:
        await services.node_client.reconcile(control_url)
    except MomentsError:
        return
