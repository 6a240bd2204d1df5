"""`moments user`, `moments token` and the first-start link."""

from domain.bootstrap import Services
from domain.core.settings import Settings
from webapp.cli.asking import with_services


def create_user(settings: Settings, email: str, password: str, organization: str | None) -> None:
    """Create an account and report it."""

    async def create(services: Services) -> None:
        made = await services.accounts.create_user(email, password, organization=organization)
        print(f"{made.email} can sign in at {settings.origin}")

    with_services(settings, create)


def print_reset_link(settings: Settings, email: str) -> None:
    """Print a link that sets a new password."""

    async def show(services: Services) -> None:
        print((await services.resets.link_for_email(email)).url)

    with_services(settings, show)


def create_token(settings: Settings, email: str, name: str) -> None:
    """Create an API token and print only the token."""

    async def create(services: Services) -> None:
        print(await services.tokens.create_for(email, name))

    with_services(settings, create)


def print_first_start_link(settings: Settings) -> None:
    """Print the link, or nothing."""

    async def show(services: Services) -> None:
        if link := await services.first_start.link():
            print(link)

    with_services(settings, show)
