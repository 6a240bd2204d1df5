"""`/api/searches`: searches that the caller keeps, to be notified of new moments."""

from typing import Annotated

from litestar import Controller, delete, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from domain.search.kept import MAX_TEXT, KeptSearch
from webapp.api.schemas import (
    WRITE,
    Done,
    IdempotencyKey,
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
    problems,
)

_WORDS = "A new moment must have all of them; quotes, `or` and a minus work as in a search."


class KeptSearchIn(In, frozen=True, kw_only=True):
    """A search to keep."""

    query: Annotated[str, Meta(min_length=1, max_length=MAX_TEXT, description=_WORDS)]


class KeptSearchOut(Out, frozen=True, kw_only=True):
    """A search that the caller keeps."""

    id: Annotated[str, Meta(examples=["search_01jdk2v7w8x9y0z1a2b3c4d5e6"])]
    query: str
    created_at: Instant


class KeptSearchList(Page, frozen=True, kw_only=True):
    """Searches."""

    items: list[KeptSearchOut]


def _out(kept: KeptSearch) -> KeptSearchOut:
    return KeptSearchOut(id=kept.id, query=kept.text, created_at=instant(kept.created_at) or "")


class KeptSearchController(Controller):
    """Searches that are kept."""

    path = "/searches"
    tags = ("Search",)

    @get("/", summary="List kept searches", responses=problems(401, 403, 404))
    async def list_searches(
        self, services: Svc, caller: Who, limit: Limit = 50, offset: Offset = 0
    ) -> KeptSearchList:
        """List the caller's own in this organisation, the newest first."""
        found = list(map(_out, await services.kept_searches.list(caller)))
        return page_of(KeptSearchList, found, limit, offset)

    @post("/", summary="Keep a search", responses=WRITE)
    async def keep_search(
        self,
        services: Svc,
        caller: Who,
        data: JSONBody[KeptSearchIn],
        idempotency_key: IdempotencyKey = None,
    ) -> KeptSearchOut:
        """Keep a search: the caller is notified of new moments that they can see."""
        return _out(await services.kept_searches.keep(caller, data.query))

    @delete("/{search_id:str}", status_code=200, summary="Delete a search", responses=WRITE)
    async def delete_search(
        self,
        services: Svc,
        caller: Who,
        search_id: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> Done:
        """Delete one: it notifies no more."""
        await services.kept_searches.delete(caller, search_id)
        return Done()
