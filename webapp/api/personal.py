"""`/api/auth/export`, `/api/auth/delete`: a person's own data, and the end of their account."""

from typing import Annotated, Any

from litestar import Controller, Request, get, post
from litestar.params import JSONBody
from litestar.response import Stream as StreamResponse
from msgspec import Meta

from webapp.api.archives import zip_of
from webapp.api.schemas import Done, IdempotencyKey, In, Svc, Who, problems
from webapp.auth import client_ip


class DeleteIn(In, frozen=True, kw_only=True):
    """The current password: a session or token may be stolen."""

    password: Annotated[str, Meta(max_length=1024, examples=["the current password"])]


class PersonalController(Controller):
    """The user's own data."""

    path = "/auth"
    tags = ("Accounts",)

    @get(
        "/export",
        media_type="application/zip",
        summary="Download one's data",
        responses=problems(401, 429),
    )
    async def export(self, services: Svc, caller: Who) -> StreamResponse:
        """Stream a zip of all that the user made, with files, in organisations that they are in."""
        return await zip_of(await services.export.export(caller))

    @post(
        "/delete",
        status_code=202,
        summary="Delete the account",
        responses=problems(401, 409, 413, 415, 429),
    )
    async def delete_account(
        self,
        request: Request[Any, Any, Any],
        services: Svc,
        caller: Who,
        data: JSONBody[DeleteIn],
        idempotency_key: IdempotencyKey = None,
    ) -> Done:
        """Close the account at once, and delete what it had soon after.

        The user's marks and all that is private, unlisted or public goes, and so do organisations
        that nobody else is in. What they shared with an organisation stays there without a name.
        """
        await services.erasure.request(caller, data.password, ip=client_ip(request.scope))
        return Done()
