"""`/api/marks`: exact parts of songs and videos."""

from typing import Annotated

from litestar import Controller, Response, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from domain.marks.models import MarkFilter
from domain.marks.transfer import Format
from webapp.api.mark_schemas import (
    ImportIn,
    ImportOut,
    MarkList,
    MarkOut,
    MarkPatch,
    NewMarkIn,
    ResolvedOut,
    import_out,
    mark_out,
    resolved_out,
)
from webapp.api.schemas import READ, WRITE, Done, IdempotencyKey, Limit, Offset, Svc, Who, problems

Address = Annotated[str, QueryParameter(name="url", description="A link, as people paste it.")]
OfTrack = Annotated[str | None, QueryParameter(name="track_id", max_length=64)]
OfProvider = Annotated[str | None, QueryParameter(name="provider", max_length=64)]
Form = Annotated[Format, QueryParameter(name="format")]
IMPORT_BODY_BYTES = 13 * 1024 * 1024  # 3 million characters of UTF-8, and the rest of the body
Words = Annotated[str, QueryParameter(name="q", max_length=200)]


class MarkController(Controller):
    """Marks."""

    path = "/marks"
    tags = ("Marks",)

    @get("/resolve", summary="Tell what a link is", responses=READ)
    async def resolve_link(self, services: Svc, caller: Who, url: Address) -> ResolvedOut:
        """Return the provider and the item of a link; works while no provider answers."""
        return resolved_out(await services.marks.resolve(caller, url))

    @post("/", summary="Save a mark", responses=WRITE)
    async def create_mark(
        self,
        services: Svc,
        caller: Who,
        data: JSONBody[NewMarkIn],
        idempotency_key: IdempotencyKey = None,
    ) -> MarkOut:
        """Save a part; within 2 seconds of one's own it is 409 with that one's id in `fields`."""
        return mark_out(await services.marks.create(caller, data.new()))

    @get("/", summary="List marks", responses=READ)
    async def list_marks(  # noqa: PLR0913 (self, what is injected, and one for each filter)
        self,
        services: Svc,
        caller: Who,
        *,
        track_id: OfTrack = None,
        provider: OfProvider = None,
        mine: FromQuery[bool] = False,
        q: Words = "",
        limit: Limit = 50,
        offset: Offset = 0,
    ) -> MarkList:
        """List what the caller can see, newest first."""
        wanted = MarkFilter(track_id, provider, mine, q, limit, offset)
        page = await services.marks.list(caller, wanted)
        return MarkList(
            items=list(map(mark_out, page.items)), total=page.total, limit=limit, offset=offset
        )

    @get("/export", summary="Export marks", responses=READ)
    async def export_marks(
        self, services: Svc, caller: Who, format: Form = "json"
    ) -> Response[bytes]:
        """Return one's own marks as a file; SponsorBlock's form has those of YouTube alone."""
        text = await services.mark_transfer.export(caller, format)
        kind = "csv" if format == "csv" else "json"
        name = {"content-disposition": f'attachment; filename="marks.{kind}"'}
        media_type = "text/csv" if format == "csv" else "application/json"
        return Response(text.encode(), media_type=media_type, headers=name)

    @post(
        "/import",
        status_code=200,
        summary="Import marks",
        responses=problems(401, 403, 404, 409, 413, 415, 429),
        request_max_body_size=IMPORT_BODY_BYTES,
    )
    async def import_marks(
        self,
        services: Svc,
        caller: Who,
        data: JSONBody[ImportIn],
        idempotency_key: IdempotencyKey = None,
    ) -> ImportOut:
        """Save the marks of a file, private; those within 2 seconds of one's own are left alone."""
        return import_out(await services.mark_transfer.load(caller, data.text))

    @get("/{mark_id:str}", summary="Get a mark", responses=READ)
    async def get_mark(self, services: Svc, caller: Who, mark_id: FromPath[str]) -> MarkOut:
        """Return one mark."""
        return mark_out(await services.marks.get(caller, mark_id))

    @patch("/{mark_id:str}", summary="Change a mark", responses=WRITE)
    async def update_mark(
        self,
        services: Svc,
        caller: Who,
        mark_id: FromPath[str],
        data: JSONBody[MarkPatch],
        idempotency_key: IdempotencyKey = None,
    ) -> MarkOut:
        """Change a mark's times, texts or visibility."""
        return mark_out(await services.marks.update(caller, mark_id, data.change()))

    @delete("/{mark_id:str}", status_code=200, summary="Delete a mark", responses=WRITE)
    async def delete_mark(
        self,
        services: Svc,
        caller: Who,
        mark_id: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> Done:
        """Move a mark to the bin: members their own, admins anybody's."""
        await services.marks.delete(caller, mark_id)
        return Done()
