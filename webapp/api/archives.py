"""Zips that are built while they are sent, and `/api/moments/archive/form`."""

from collections.abc import AsyncIterator
from typing import Any

from litestar import Controller, Request, post
from litestar.response import Stream as StreamResponse

from domain.infra.storage.presentation import disposition
from domain.moments.archive import Archive
from webapp.api.schemas import Svc, Who

# A zip changes nothing, so there is no commit to wait for: stream it.
CHANGES_NOTHING = {"changes_nothing": True}


class ArchiveFormController(Controller):
    """A zip of moments' files for a plain HTML form: the browser saves it as it arrives."""

    path = "/moments"

    @post("/archive/form", status_code=200, include_in_schema=False, opt=CHANGES_NOTHING)
    async def archive_form(
        self, request: Request[Any, Any, Any], services: Svc, caller: Who
    ) -> StreamResponse:
        """Answer a form, whose `ids` are moments' ids with commas between them."""
        form = await request.form()
        ids = [each for each in str(form.get("ids", "")).split(",") if each]
        return await zip_of(await services.moment_assets.archive(caller, ids))


async def zip_of(made: Archive) -> StreamResponse:
    """Answer with a zip; builds its first bytes before sending the status."""
    body = aiter(made.body)
    first = await anext(body, b"")
    name = disposition(made.file_name, "application/zip", inline=False)
    return StreamResponse(
        _with(first, body),
        media_type="application/zip",
        headers={"content-disposition": name, "cache-control": "no-store"},
    )


async def _with(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk
