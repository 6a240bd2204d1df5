"""What requests depend on, and whether it answers."""

import asyncio
from collections.abc import Awaitable
from typing import Final

from domain.bootstrap import Services
from domain.core.errors import MomentsError, NodeUnavailable

CHECK_S: Final = 3.0


async def problem_of(check: Awaitable[object]) -> str | None:
    """Return why something does not answer, or None if it does."""
    try:
        async with asyncio.timeout(CHECK_S):
            await check
    except TimeoutError:
        return f"It did not answer within {CHECK_S:.0f} s."
    except MomentsError as error:
        return error.message
    return None


async def some_node(services: Services) -> None:
    """Raise if no media node is running."""
    if not any(node.is_alive for node in await services.nodes.nodes()):
        raise NodeUnavailable("No media node is running. Start one with `moments media`.")


async def parts_down(services: Services) -> list[str]:
    """Return the names of what does not answer."""
    checks = {
        "database": services.database.ping(),
        "queue": services.queue.state(),
        "storage": services.storage.ping(),
        "media node": some_node(services),
    }
    problems = await asyncio.gather(*map(problem_of, checks.values()))
    return [name for name, problem in zip(checks, problems, strict=True) if problem]
