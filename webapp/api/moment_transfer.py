"""Moments as files: a zip that can be imported again, and a report to read."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from litestar import Controller, Request, post
from litestar.params import JSONBody
from litestar.response import Stream as StreamResponse
from msgspec import Meta

from domain.accounts.models import Caller
from domain.bootstrap import Services
from domain.core.errors import TooLarge
from domain.infra.storage.presentation import disposition
from domain.moments.bundle import MAX_ARCHIVE
from webapp.api.archives import CHANGES_NOTHING, zip_of
from webapp.api.moment_report import report
from webapp.api.schemas import In, Out, Svc, Who, problems

_BUFFER: Final = 1024 * 1024
Format = Literal["zip", "html"]


class ExportIn(In, frozen=True, kw_only=True):
    """What to export."""

    ids: Annotated[
        list[str],
        Meta(min_length=1, max_length=500, examples=[["moment_01jdk2v7w8x9y0z1a2b3c4d5e6"]]),
    ]
    format: Format = "zip"


class NotImported(Out, frozen=True, kw_only=True):
    """A moment that was not made, and why."""

    title: str
    error: str


class ImportedOut(Out, frozen=True, kw_only=True):
    """What became of an archive."""

    saved: int
    known: Annotated[int, Meta(description="Were here already.")]
    failed: list[NotImported]


class TransferController(Controller):
    """Export and import of moments."""

    path = "/moments"
    tags = ("Moments",)

    @post(
        "/export",
        status_code=200,
        summary="Export moments",
        opt=CHANGES_NOTHING,
        responses=problems(401, 403, 404, 413, 415),
    )
    async def export(self, services: Svc, caller: Who, data: JSONBody[ExportIn]) -> StreamResponse:
        """Return a zip that any Moments can import, or one HTML file with the pictures inside."""
        return await _exported(services, caller, data.ids, data.format)

    @post(
        "/import",
        status_code=200,
        summary="Import moments",
        opt={"streams_body": True},
        request_max_body_size=None,
        responses=problems(401, 403, 404, 413, 415, 429),
    )
    async def load(
        self, request: Request[Any, Any, Any], services: Svc, caller: Who
    ) -> ImportedOut:
        """Make the moments of an exported zip, the request's body; those that are here stay.

        They are notes and commits of the organisation, whatever they were elsewhere.
        """
        await services.moment_transfer.may_import(caller)
        with tempfile.TemporaryDirectory(prefix="moments-import-") as folder:
            path = Path(folder) / "archive.zip"
            await _write(path, request.stream())
            done = await services.moment_transfer.load(caller, path)
        failed = [NotImported(title=title, error=why) for title, why in done.failed]
        return ImportedOut(saved=done.saved, known=done.known, failed=failed)


class TransferFormController(Controller):
    """The same export for a plain HTML form: the browser saves it as it arrives."""

    path = "/moments"

    @post("/export/{form:str}/form", status_code=200, include_in_schema=False, opt=CHANGES_NOTHING)
    async def export_form(
        self, request: Request[Any, Any, Any], services: Svc, caller: Who, form: Format
    ) -> StreamResponse:
        """Answer a form, whose `ids` are moments' ids with commas between them."""
        fields = await request.form()
        ids = [each for each in str(fields.get("ids", "")).split(",") if each]
        return await _exported(services, caller, ids, form)


async def _exported(
    services: Services, caller: Caller, ids: Sequence[str], form: Format
) -> StreamResponse:
    if form == "zip":
        return await zip_of(await services.moment_transfer.export(caller, ids))
    found = await services.reporting.of(caller, ids)
    now = services.clock.now()
    title = f"Moments report {now:%Y-%m-%d}"
    name = disposition(f"{title}.html", "text/html", inline=False)
    return StreamResponse(
        report(services.reporting, found, title, services.settings.origin),
        media_type="text/html",
        headers={
            "content-disposition": name,
            "cache-control": "no-store",
            "content-security-policy": "sandbox; default-src 'none'",
        },
    )


async def _write(path: Path, chunks: AsyncIterator[bytes]) -> None:
    """Write a body to disk, as far as it may be long."""
    size, buffer = 0, bytearray()
    with path.open("wb") as file:
        async for chunk in chunks:
            size += len(chunk)
            if size > MAX_ARCHIVE:
                limit = MAX_ARCHIVE // (1024 * 1024)
                message = f"An archive can have at most {limit} MB. Export fewer moments at a time."
                raise TooLarge(message)
            buffer += chunk
            if len(buffer) >= _BUFFER:
                await asyncio.to_thread(file.write, bytes(buffer))
                buffer.clear()
        await asyncio.to_thread(file.write, bytes(buffer))
