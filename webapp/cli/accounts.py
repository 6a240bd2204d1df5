"""`moments user`, `moments token` and the link of the first start."""

import asyncio
from collections.abc import Awaitable, Callable

from domain.bootstrap import Services, running
from domain.core.settings import Settings


def create_user(settings: Settings, email: str, password: str, organization: str | None) -> None:
    """Make an account and say so."""

    async def create(services: Services) -> None:
        made = await services.accounts.create_user(email, password, organization=organization)
        print(f"{made.email} can sign in at {settings.origin}")

    _with_services(settings, create)


def create_token(settings: Settings, email: str, name: str) -> None:
    """Make an API token and print it alone."""

    async def create(services: Services) -> None:
        print(await services.tokens.create_for(email, name))

    _with_services(settings, create)


def print_first_start_link(settings: Settings) -> None:
    """Print the link, or nothing."""

    async def show(services: Services) -> None:
        if link := await services.first_start.link():
            print(link)

    _with_services(settings, show)


def _with_services(settings: Settings, use: Callable[[Services], Awaitable[None]]) -> None:
    async def run() -> None:
        async with running(settings, "cli") as services:
            await use(services)

    asyncio.run(run())
