"""The pages app: NiceGUI without Quasar's look, the forms before sign-in, and error pages."""

from collections.abc import Callable, Sequence
from typing import cast

from fastapi import FastAPI, Request
from fastapi.responses import Response
from nicegui import __version__ as nicegui_version
from nicegui import app as nicegui_app
from nicegui import ui

from domain.bootstrap import Services
from webapp import assets
from webapp.edge.access import log_failure
from webapp.edge.asgi_types import ASGIApp
from webapp.edge.immutable_files import ImmutableFiles
from webapp.pages import installable
from webapp.pages.account import AccountForms
from webapp.pages.context import Pages
from webapp.pages.entrance import Entrance
from webapp.pages.error_page import trouble
from webapp.pages.nicegui_template import adapt_template


class _Errors:
    """Error pages of every path."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    async def _me(self, request: Request) -> dict[str, object] | None:
        visit = await self._pages.visit(request)
        return visit.me() if visit else None

    async def not_found(self, request: Request, _error: Exception) -> Response:
        """Say that there is no such page."""
        return trouble(
            404,
            "Page not found",
            "The address is wrong, or the page was deleted.",
            me=await self._me(request),
        )

    async def failed(self, request: Request, error: Exception) -> Response:
        """Log an unforeseen error, and say that it was not the visitor's."""
        log_failure(request.url.path, error)
        return trouble(
            500,
            "This page failed to load",
            "Something went wrong on the server; you did nothing wrong. Try again in a moment.",
            action="Try again",
            href=request.url.path,
            me=await self._me(request),
        )


def create_pages_app(services: Services, parts: Sequence[Callable[[Pages], None]] = ()) -> ASGIApp:
    """Return the app for every path outside the API and the public pages; `parts` add pages."""
    adapt_template()
    pages = Pages(services)
    for register in parts:
        register(pages)
    app = FastAPI(title="Moments pages", docs_url=None, redoc_url=None, openapi_url=None)
    Entrance(pages).add_to(app)
    AccountForms(pages).add_to(app)
    installable.add_to(app)
    errors = _Errors(pages)
    nicegui_app.add_exception_handler(404, errors.not_found)
    nicegui_app.add_exception_handler(Exception, errors.failed)
    ui.run_with(
        app,
        title="Moments",
        favicon=assets.FOLDER / "img" / "favicon.svg",
        dark=None,
        language="en-GB",
        reconnect_timeout=60.0,
        tailwind=False,
        show_welcome_message=False,
    )
    return ImmutableFiles(cast("ASGIApp", app), prefix=f"/_nicegui/{nicegui_version}/")
