"""`/api/collections`: moments in an order, to play one after another."""

from typing import Annotated

from litestar import Controller, delete, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from domain.collections.models import Collection, CollectionChange, NewCollection
from domain.moments.models import Kind, Visibility
from webapp.api.schemas import (
    READ,
    WRITE,
    Done,
    IdempotencyKey,
    Ids,
    In,
    Instant,
    Limit,
    Offset,
    Out,
    Page,
    Svc,
    Who,
    instant,
    page_of,
)

MomentIds = Annotated[
    list[str], Meta(max_length=200, examples=[["moment_01jdk2v7w8x9y0z1a2b3c4d5e6"]])
]


class NewCollectionIn(In, frozen=True, kw_only=True):
    """A collection to create; only the title is required."""

    title: Annotated[str, Meta(examples=["Night drives"])]
    description: str = ""
    visibility: Visibility = "private"
    moment_ids: MomentIds = []  # noqa: RUF012 (the library copies it)


class CollectionPatch(In, frozen=True, kw_only=True):
    """Changes; omitted fields stay unchanged. `moment_ids` are all items in their order."""

    title: str | None = None
    description: str | None = None
    visibility: Visibility | None = None
    slug: Annotated[str, Meta(min_length=1, max_length=63)] | None = None
    moment_ids: MomentIds | None = None


class CollectionItemOut(Out, frozen=True, kw_only=True):
    """A moment in a collection."""

    id: str
    kind: Kind
    title: str
    visibility: Visibility


class CollectionOut(Out, frozen=True, kw_only=True):
    """A collection with the items that the caller can see, in their order."""

    id: Annotated[str, Meta(examples=["coll_01jdk2v7w8x9y0z1a2b3c4d5e6"])]
    title: str
    description: str
    visibility: Visibility
    slug: str | None
    share_url: str | None
    created_by: str | None
    created_at: Instant
    updated_at: Instant
    items: list[CollectionItemOut]


class CollectionList(Page, frozen=True, kw_only=True):
    """Collections, the last changed first."""

    items: list[CollectionOut]


def collection_out(found: Collection) -> CollectionOut:
    """Return a collection in wire format."""
    return CollectionOut(
        id=found.id,
        title=found.title,
        description=found.description,
        visibility=found.visibility,
        slug=found.slug,
        share_url=found.share_url,
        created_by=found.created_by,
        created_at=instant(found.created_at) or "",
        updated_at=instant(found.updated_at) or "",
        items=[
            CollectionItemOut(
                id=item.id, kind=item.kind, title=item.title, visibility=item.visibility
            )
            for item in found.items
        ],
    )


class CollectionController(Controller):
    """Collections."""

    path = "/collections"
    tags = ("Collections",)

    @post("/", summary="Create a collection", responses=WRITE)
    async def create_collection(
        self,
        services: Svc,
        caller: Who,
        data: JSONBody[NewCollectionIn],
        idempotency_key: IdempotencyKey = None,
    ) -> CollectionOut:
        """Create a collection of moments that the caller can see (members)."""
        new = NewCollection(data.title, data.description, data.visibility, data.moment_ids)
        return collection_out(await services.collections.create(caller, new))

    @get("/", summary="List collections", responses=READ)
    async def list_collections(
        self, services: Svc, caller: Who, limit: Limit = 50, offset: Offset = 0
    ) -> CollectionList:
        """List what the caller can see, the last changed first."""
        found = await services.collections.list(caller)
        return page_of(CollectionList, list(map(collection_out, found)), limit, offset)

    @get("/{collection_id:str}", summary="Get a collection", responses=READ)
    async def get_collection(
        self, services: Svc, caller: Who, collection_id: FromPath[str]
    ) -> CollectionOut:
        """Return one collection."""
        return collection_out(await services.collections.get(caller, collection_id))

    @patch("/{collection_id:str}", summary="Change a collection", responses=WRITE)
    async def update_collection(
        self,
        services: Svc,
        caller: Who,
        collection_id: FromPath[str],
        data: JSONBody[CollectionPatch],
        idempotency_key: IdempotencyKey = None,
    ) -> CollectionOut:
        """Change a collection's texts, visibility, slug or order: its creator and admins."""
        change = CollectionChange(
            data.title, data.description, data.visibility, data.slug, data.moment_ids
        )
        return collection_out(await services.collections.update(caller, collection_id, change))

    @post("/{collection_id:str}/items", summary="Add moments to a collection", responses=WRITE)
    async def add_items(
        self,
        services: Svc,
        caller: Who,
        collection_id: FromPath[str],
        data: JSONBody[Ids],
        idempotency_key: IdempotencyKey = None,
    ) -> CollectionOut:
        """Add moments at the end; those that are in it stay where they are."""
        return collection_out(await services.collections.add(caller, collection_id, data.ids))

    @delete("/{collection_id:str}", status_code=200, summary="Delete a collection", responses=WRITE)
    async def delete_collection(
        self,
        services: Svc,
        caller: Who,
        collection_id: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> Done:
        """Delete a collection; its moments stay."""
        await services.collections.delete(caller, collection_id)
        return Done()
