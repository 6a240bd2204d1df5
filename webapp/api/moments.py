"""`/api/moments`: records from any source (camelCase, with their own envelopes)."""

from typing import Annotated, Any, Final

from litestar import Request, Response, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.types import ExceptionHandlersMap
from msgspec import UNSET

from domain.accounts.models import Caller
from domain.bootstrap import Services
from domain.core.errors import Forbidden
from domain.moments.models import Kind, Moment, MomentFilter
from webapp.api.asset_schemas import AssetIn, StatusIn, UploadOut, asset_out
from webapp.api.cursors import CursorQuery, next_cursor, read_cursor
from webapp.api.errors import FAILED, handle
from webapp.api.moment_schemas import (
    MomentCreated,
    MomentPage,
    MomentPatch,
    MomentWithAssets,
    NewMomentIn,
    detail_out,
    item_out,
    moment_out,
)
from webapp.api.schemas import (
    READ,
    WRITE,
    Done,
    IdempotencyKey,
    Limit,
    Offset,
    Svc,
    Who,
    parse,
)
from webapp.api.share_routes import ShareRoutes

VM: Final[dict[str, object]] = {"vm": True}  # authenticated by X-VM-ID and X-VM-Token
CREATES: Final[dict[str, object]] = {FAILED: "Failed to create moment"}  # the specified sentence
BODY_BYTES: Final = 5 * 1024 * 1024  # a diff of a million characters, and the rest

TagFilter = Annotated[
    list[str] | None, QueryParameter(name="tags", description="Repeat it to require all of them.")
]
VmFilter = Annotated[str | None, QueryParameter(name="vmId", max_length=64)]
BranchFilter = Annotated[str | None, QueryParameter(name="gitBranch", max_length=500)]
CreatorFilter = Annotated[str | None, QueryParameter(name="createdBy", max_length=64)]
TrackFilter = Annotated[str | None, QueryParameter(name="trackId", max_length=64)]
ProviderFilter = Annotated[str | None, QueryParameter(name="provider", max_length=64)]
Words = Annotated[str, QueryParameter(name="q", max_length=200)]
From = Annotated[str | None, QueryParameter(name="from", description="Created at or after.")]
To = Annotated[str | None, QueryParameter(name="to", description="Created before.")]


def _forbidden(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Answer 403 with spec 1's one sentence, whatever the reason."""
    return handle(request, Forbidden(code=getattr(error, "code", None)))


AS_SPECIFIED: ExceptionHandlersMap = {Forbidden: _forbidden}


class MomentController(ShareRoutes):
    """Moments of people and programs."""

    path = "/moments"
    tags = ("Moments",)
    exception_handlers = AS_SPECIFIED

    async def check_subject(self, services: Services, caller: Caller, subject_id: str) -> None:
        """Do nothing if the caller sees such a moment."""
        await services.moments.get(caller, subject_id)

    @post(
        "/create",
        status_code=200,
        summary="Create a moment",
        opt=CREATES,
        responses=WRITE,
        request_max_body_size=BODY_BYTES,
    )
    async def create_moment(
        self,
        services: Svc,
        caller: Who,
        data: JSONBody[NewMomentIn],
        idempotency_key: IdempotencyKey = None,
    ) -> MomentCreated:
        """Create a moment; upload its files afterwards."""
        moment = await services.moments.create(caller, data.new())
        pages = await services.moment_pages.urls([moment])
        return MomentCreated(moment=moment_out(moment, pages.get(moment.id)))

    @get("/list", summary="List moments", responses=READ)
    async def list_moments(  # noqa: PLR0913 (self, what is injected, and one for each filter)
        self,
        services: Svc,
        caller: Who,
        *,
        vm_id: VmFilter = None,
        git_branch: BranchFilter = None,
        tags: TagFilter = None,
        q: Words = "",
        provider: ProviderFilter = None,
        track_id: TrackFilter = None,
        created_by: CreatorFilter = None,
        start: From = None,
        end: To = None,
        kind: FromQuery[Kind | None] = None,
        deleted: FromQuery[bool] = False,
        cursor: CursorQuery = None,
        limit: Limit = 50,
        offset: Offset = 0,
    ) -> MomentPage:
        """List what the caller can see, newest first; all given filters apply."""
        tracks = await services.tracks.present([track_id]) if track_id else ()
        wanted = MomentFilter(
            kinds=(kind,) if kind else (),
            tags=tuple(tags or ()),
            vm_id=vm_id,
            git_branch=git_branch,
            created_by=created_by,
            provider=provider,
            source_ids=tracks,
            start=parse("from", start),
            end=parse("to", end),
            q=q,
            is_deleted=deleted,
            limit=limit,
            offset=offset,
            after=read_cursor(cursor),
        )
        page = await services.moments.list(caller, wanted)
        urls = await _share_urls(services, caller, page.items)
        saved = await _saved_by(services, caller, page.items)
        return MomentPage(
            moments=[item_out(m, urls.get(m.id), saved.get(m.id, 0)) for m in page.items],
            total=page.total.value,
            limit=limit,
            offset=offset,
            total_is_estimate=page.total.is_estimate or UNSET,
            next_cursor=next_cursor(page.items, limit),
        )

    @get("/{moment_id:str}", summary="Get a moment", responses=READ)
    async def get_moment(
        self, services: Svc, caller: Who, moment_id: FromPath[str]
    ) -> MomentWithAssets:
        """Return one moment with its files; URLs are signed and last an hour."""
        moment = await services.moments.get(caller, moment_id)
        urls = await _share_urls(services, caller, [moment])
        saved = await _saved_by(services, caller, [moment])
        assets = await services.moment_assets.list(caller, moment_id)
        return MomentWithAssets(
            moment=detail_out(moment, urls.get(moment.id), saved.get(moment.id, 0)),
            assets=list(map(asset_out, assets)),
        )

    @patch("/{moment_id:str}", summary="Change a moment", responses=WRITE)
    async def update_moment(
        self,
        services: Svc,
        caller: Who,
        moment_id: FromPath[str],
        data: JSONBody[MomentPatch],
        idempotency_key: IdempotencyKey = None,
    ) -> MomentCreated:
        """Change a moment's fields."""
        moment = await services.moments.update(caller, moment_id, data.change())
        urls = await _share_urls(services, caller, [moment])
        saved = await _saved_by(services, caller, [moment])
        return MomentCreated(
            moment=moment_out(moment, urls.get(moment.id), saved.get(moment.id, 0))
        )

    @delete("/{moment_id:str}", status_code=200, summary="Delete a moment", responses=WRITE)
    async def delete_moment(
        self,
        services: Svc,
        caller: Who,
        moment_id: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> Done:
        """Move a moment to the bin: members their own, admins anybody's."""
        await services.moments.delete(caller, [moment_id])
        return Done()

    @post("/{moment_id:str}/restore", status_code=200, summary="Restore a moment", responses=WRITE)
    async def restore_moment(
        self,
        services: Svc,
        caller: Who,
        moment_id: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> Done:
        """Restore a moment from the bin."""
        await services.moments.restore(caller, [moment_id])
        return Done()

    @post(
        "/{moment_id:str}/assets/upload",
        status_code=200,
        summary="Upload a file",
        responses=WRITE,
    )
    async def upload_asset(
        self,
        services: Svc,
        caller: Who,
        moment_id: FromPath[str],
        data: JSONBody[AssetIn],
        idempotency_key: IdempotencyKey = None,
    ) -> UploadOut:
        """Return where to upload: one PUT, or tus 1.0 on the same URL."""
        made = await services.uploads.begin(caller, moment_id, data.new())
        return UploadOut(asset_id=made.asset_id, upload_url=made.url, gcs_path=made.path)

    @post(
        "/assets/{asset_id:str}/status",
        status_code=200,
        summary="Update a file's status",
        responses=WRITE,
    )
    async def set_asset_status(
        self,
        services: Svc,
        caller: Who,
        asset_id: FromPath[str],
        data: JSONBody[StatusIn],
        idempotency_key: IdempotencyKey = None,
    ) -> Done:
        """Update a file's processing status; metadata is merged key by key."""
        await services.uploads.set_status(
            caller, asset_id, data.status, error=data.error, metadata=data.metadata or {}
        )
        return Done()


async def _share_urls(
    services: Services, caller: Caller, moments: "list[Moment] | tuple[Moment, ...]"
) -> dict[str, str]:
    """Return the address of each moment that has one: its page, or else its newest link."""
    pages = await services.moment_pages.urls(moments)
    others = [m.id for m in moments if m.had_link and m.id not in pages]
    return await services.sharing.urls(caller, others) | pages


async def _saved_by(
    services: Services, caller: Caller, moments: "list[Moment] | tuple[Moment, ...]"
) -> dict[str, int]:
    """Return how many people saved the part that each mark among some moments is of."""
    marks = [moment.id for moment in moments if moment.kind == "mark"]
    return await services.marks.saved_by(caller, marks) if marks else {}
