"""`/api/gallery`: snapshots and clips together; search, counts, and bulk actions."""

from dataclasses import replace
from typing import Annotated, Any, Literal, get_args

from litestar import Controller, delete, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter, SkipValidation
from litestar.response import Stream as StreamResponse
from msgspec import UNSET, Meta, UnsetType

from domain.accounts.models import Caller
from domain.bootstrap import Services
from domain.captures.models import CaptureKind, GalleryFilter, GalleryPage
from webapp.api.archives import CHANGES_NOTHING, zip_of
from webapp.api.captures import (
    ClipOut,
    ShareIn,
    ShareOut,
    SnapshotOut,
    capture_out,
    new_share,
    share_out,
)
from webapp.api.cursors import CursorQuery, next_cursor, read_cursor
from webapp.api.schemas import (
    READ,
    WRITE,
    Done,
    IdempotencyKey,
    Ids,
    Limit,
    Offset,
    Out,
    Page,
    Svc,
    Who,
    parse,
    problems,
)

LabelFilter = Annotated[
    list[str] | None, QueryParameter(name="label", description="Repeat it to require all of them.")
]
StreamFilter = Annotated[
    list[str] | None, QueryParameter(name="stream", description="Ids or slugs; any of them.")
]
From = Annotated[
    str | None, QueryParameter(name="from", description="Captured at or after this instant.")
]
To = Annotated[str | None, QueryParameter(name="to", description="Captured before this instant.")]
Words = Annotated[
    str, QueryParameter(max_length=200, description="In title, note, labels or stream name.")
]


Maker = Annotated[str | None, QueryParameter(max_length=64, description="The creator's id.")]
StatusFilter = Annotated[
    Literal["recording", "processing", "ready", "failed"] | None, QueryParameter(required=False)
]


class CapturePage(Page, frozen=True, kw_only=True):
    """Base of lists of captures, newest first; large totals are estimates, and say so."""

    total_is_estimate: bool | UnsetType = UNSET
    next_cursor: str | UnsetType = UNSET


Tab = Literal["clips", "snapshots", "shared", "deleted"]
TABS: tuple[Tab, ...] = get_args(Tab)


class GalleryOut(CapturePage, frozen=True, kw_only=True):
    """One page of the gallery, newest first."""

    items: list[SnapshotOut | ClipOut]


class CountsOut(Out, frozen=True, kw_only=True):
    """The number of captures per tab; `estimates` names the tabs with estimated numbers."""

    clips: int
    snapshots: int
    shared: int
    deleted: int
    estimates: list[Tab]


class LabelOut(Out, frozen=True, kw_only=True):
    """A label in use."""

    label: str
    count: int


class LabelPage(Page, frozen=True, kw_only=True):
    """Labels, most used first."""

    items: list[LabelOut]


class Changed(Out, frozen=True, kw_only=True):
    """The number of changed items, without those already in that state."""

    count: int
    success: bool = True


class ShareMany(ShareIn, frozen=True, kw_only=True):
    """One link to several captures."""

    ids: Annotated[list[str], Meta(min_length=1, max_length=500)]


def provide_filter(  # noqa: PLR0913 (one for each filter)
    *,
    label: LabelFilter = None,
    stream: StreamFilter = None,
    start: From = None,
    end: To = None,
    q: Words = "",
    created_by: Maker = None,
    cursor: CursorQuery = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> GalleryFilter:
    """Return the filters from the query (a dependency of the lists).

    Raises:
        BadFields: `from` or `to` is not an instant.
    """
    return GalleryFilter(
        labels=tuple(label or ()),
        streams=tuple(stream or ()),
        start=parse("from", start),
        end=parse("to", end),
        q=q,
        created_by=created_by,
        limit=limit,
        offset=offset,
        after=read_cursor(cursor),
    )


def page_facts(page: GalleryPage) -> "dict[str, Any]":
    """Return what lists of captures say beside their items."""
    return {
        "total": page.total.value,
        "total_is_estimate": page.total.is_estimate or UNSET,
        "next_cursor": next_cursor(page.items, page.limit),
        "limit": page.limit,
        "offset": page.offset,
    }


Wanted = NamedDependency[SkipValidation[GalleryFilter]]
WANTED = Provide(provide_filter, sync_to_thread=False)


async def listed(
    services: Services, caller: Caller, wanted: GalleryFilter
) -> tuple[GalleryPage, dict[str, str]]:
    """Return one page and the share URLs of its items."""
    page = await services.gallery.list(caller, wanted)
    urls = await services.sharing.urls(caller, [item.id for item in page.items if item.is_shared])
    return page, urls


class GalleryController(Controller):
    """Snapshots and clips together."""

    path = "/gallery"
    tags = ("Gallery",)

    @get("/", summary="List captures", responses=READ, dependencies={"wanted": WANTED})
    async def list_captures(  # noqa: PLR0913 (self, what is injected, and four filters)
        self,
        services: Svc,
        caller: Who,
        wanted: Wanted,
        *,
        kind: FromQuery[CaptureKind | None] = None,
        status: StatusFilter = None,
        shared: FromQuery[bool | None] = None,
        deleted: FromQuery[bool] = False,
    ) -> GalleryOut:
        """List what the caller can see, newest first; all given filters apply."""
        wanted = replace(wanted, kind=kind, status=status, shared=shared, deleted=deleted)
        page, urls = await listed(services, caller, wanted)
        return GalleryOut(
            items=[capture_out(item, urls.get(item.id)) for item in page.items],
            **page_facts(page),
        )

    @get("/counts", summary="Count captures", responses=READ, dependencies={"wanted": WANTED})
    async def counts(self, services: Svc, caller: Who, wanted: Wanted) -> CountsOut:
        """Count the filtered captures per tab."""
        counts = await services.gallery.counts(caller, wanted)
        return CountsOut(
            clips=counts.clips.value,
            snapshots=counts.snapshots.value,
            shared=counts.shared.value,
            deleted=counts.deleted.value,
            estimates=[name for name in TABS if getattr(counts, name).is_estimate],
        )

    @get("/labels", summary="List labels", responses=READ)
    async def labels(
        self, services: Svc, caller: Who, limit: Limit = 50, offset: Offset = 0
    ) -> LabelPage:
        """List the labels in use with their counts, most used first."""
        found = await services.gallery.labels(caller)
        return LabelPage(
            items=[
                LabelOut(label=label, count=count)
                for label, count in found[offset : offset + limit]
            ],
            total=len(found),
            limit=limit,
            offset=offset,
        )

    @post("/delete", status_code=200, summary="Delete many", responses=WRITE)
    async def delete_many(
        self,
        services: Svc,
        caller: Who,
        data: JSONBody[Ids],
        idempotency_key: IdempotencyKey = None,
    ) -> Changed:
        """Move several to the bin, all or nothing."""
        return Changed(count=await services.gallery.delete(caller, data.ids))

    @post("/restore", status_code=200, summary="Restore many", responses=WRITE)
    async def restore_many(
        self,
        services: Svc,
        caller: Who,
        data: JSONBody[Ids],
        idempotency_key: IdempotencyKey = None,
    ) -> Changed:
        """Restore several from the bin."""
        return Changed(count=await services.gallery.restore(caller, data.ids))

    @post("/share", summary="Share many", responses=WRITE)
    async def share_many(
        self,
        services: Svc,
        caller: Who,
        data: JSONBody[ShareMany],
        idempotency_key: IdempotencyKey = None,
    ) -> ShareOut:
        """Create one link to several."""
        return share_out(await services.sharing.share(caller, data.ids, new_share(data)))

    @delete("/share/{token:str}", status_code=200, summary="Revoke a link", responses=WRITE)
    async def revoke(
        self,
        services: Svc,
        caller: Who,
        token: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> Done:
        """Revoke a share link; it stops working everywhere within a minute."""
        await services.sharing.revoke(caller, token)
        return Done()

    @post(
        "/archive",
        status_code=200,
        media_type="application/zip",
        summary="Download many",
        responses=problems(401, 403, 404, 409, 413, 415),
        opt=CHANGES_NOTHING,
    )
    async def archive(self, services: Svc, caller: Who, data: JSONBody[Ids]) -> StreamResponse:
        """Stream a zip, built on the fly."""
        return await zip_of(await services.gallery.archive(caller, data.ids))
