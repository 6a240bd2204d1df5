"""What the handlers of plain forms share."""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request
from fastapi.responses import Response

from domain.accounts.models import SignedIn
from domain.core.errors import MomentsError
from domain.core.settings import Settings
from webapp.pages.context import Pages
from webapp.pages.error_page import trouble
from webapp.pages.forms import Form
from webapp.pages.posted import HOME, read_form, redirect, status_of

Values = dict[str, str]
Show = Callable[[Request], Awaitable[Response]]
Take = Callable[[Request, Values], Awaitable[Response]]


class FormPages:
    """Adds forms to an app, and answers them."""

    def __init__(self, pages: Pages) -> None:
        self.pages = pages
        self.services = pages.services

    @property
    def settings(self) -> Settings:
        """The installation's settings."""
        return self.services.settings

    def show_at(self, app: FastAPI, path: str, show: Show) -> None:
        """Show a page at a path."""
        app.add_api_route(path, show, methods=["GET", "HEAD"], response_model=None)

    def take_at(self, app: FastAPI, path: str, take: Take) -> None:
        """Take the forms that our own pages send to a path."""
        app.add_api_route(path, self._guarded(take), methods=["POST"], response_model=None)

    def _guarded(self, take: Take) -> Show:
        """Return a handler of a posted form that only our own pages may send."""

        async def handler(request: Request) -> Response:
            try:
                self.pages.check_origin(request)
                return await take(request, await read_form(request))
            except MomentsError as error:
                return trouble(
                    status_of(error),
                    "This did not work",
                    error.message,
                    action="Sign in",
                    href="/sign-in",
                )

        return handler

    async def open_session(
        self, form: Form, values: Values, opening: Awaitable[SignedIn], goal: str = HOME
    ) -> Response:
        """Await a new session and go on, or show the form again."""
        try:
            signed_in = await opening
        except MomentsError as error:
            return form.refused(values, error)
        return redirect(self.settings, goal, signed_in.token)
