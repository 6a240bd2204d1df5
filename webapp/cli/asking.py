"""Runs one service call for a command."""

import asyncio
from collections.abc import Awaitable, Callable

from domain.bootstrap import Services, running
from domain.core.log import configure
from domain.core.settings import Settings


def with_services(settings: Settings, use: Callable[[Services], Awaitable[None]]) -> None:
    """Start the services, use them, and stop them; logs warnings only."""
    configure(settings.model_copy(update={"log_level": "warning"}), "cli")

    async def run() -> None:
        async with running(settings, "cli") as services:
            await use(services)

    asyncio.run(run())
