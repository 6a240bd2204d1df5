"""The header `X-Moment-Id`: the moment that a call is about."""

from typing import Final

from litestar import Request
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from domain.bootstrap import Services
from domain.core.context import about_moment
from domain.core.errors import BadInput
from domain.core.ids import is_id
from webapp.auth import Gatekeeper
from webapp.edge.asgi_types import header

HEADER: Final = "x-moment-id"


class MomentContext(ASGIMiddleware):
    """Checks the moment and keeps it in the call's context, for services, logs and jobs.

    Without credentials, only its form is checked and it is not kept.
    """

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Check the header of a request, if it has one, and pass it on."""
        moment_id = header(scope, HEADER)
        if moment_id is None:
            await next_app(scope, receive, send)
            return
        if not is_id(moment_id, "moment"):
            raise BadInput("X-Moment-Id is not the id of a moment. Correct it, or leave it out.")
        app = Request(scope).app
        gatekeeper: Gatekeeper = app.state.gatekeeper
        services: Services = app.state.services
        if (caller := await gatekeeper.visitor(scope)) is None:
            await next_app(scope, receive, send)
            return
        await services.moments.check(caller, moment_id)
        with about_moment(moment_id):
            await next_app(scope, receive, send)
