"""`/api/search` and `/api/chats/search`: passages by meaning and by words."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Final, Literal

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import JSONBody, QueryParameter, SkipValidation
from msgspec import Meta

from domain.accounts.models import Caller
from domain.bootstrap import Services
from domain.search.models import Found, Hit, Kind, Match, Query
from webapp.api.schemas import READ, In, Instant, Limit, Out, Svc, Who, instant, parse, problems

_CHANGES_NOTHING: Final = {"changes_nothing": True}
_ASKED: Final = problems(401, 404, 413, 415)
_MEANING: Final = "`meaning` searches words too."
_TENANT: Final = "An organisation of the caller's. By default, the one that the call is for."
_QUERY: Final = "Words, or what is meant."

Words = Annotated[
    str, QueryParameter(name="query", min_length=1, max_length=400, description=_QUERY)
]
OfMoment = Annotated[
    str | None, QueryParameter(max_length=64, required=False, description="Only in this moment.")
]
Tenant = Annotated[str | None, QueryParameter(max_length=64, required=False, description=_TENANT)]
Kinds = Annotated[
    list[Literal["moment", "line", "message", "track"]] | None,
    QueryParameter(name="kind", required=False, description="Repeat it for any of several."),
]
Matching = Annotated[
    Literal["meaning", "words"], QueryParameter(required=False, description=_MEANING)
]
Since = Annotated[str | None, QueryParameter(required=False, description="Created since then.")]


class SearchIn(In, frozen=True, kw_only=True):
    """A search."""

    query: Annotated[str, Meta(min_length=1, max_length=400, description=_QUERY)]
    moment_id: Annotated[str, Meta(max_length=64)] | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    tenant_id: Annotated[str, Meta(max_length=64, description=_TENANT)] | None = None


class SearchAllIn(SearchIn, frozen=True, kw_only=True):
    """A search of everything."""

    kinds: Annotated[list[Literal["moment", "line", "message", "track"]], Meta(max_length=4)] = (
        msgspec.field(default_factory=list)
    )
    since: str | None = None
    match: Annotated[Literal["meaning", "words"], Meta(description=_MEANING)] = "meaning"


class ChatHitOut(Out, frozen=True, kw_only=True):
    """A passage of a message; `highlights` are ranges of characters of `text`."""

    session_id: str | None
    message_id: str
    moment_id: str | None
    text: str
    highlights: list[tuple[int, int]]
    score: float
    start_s: float | None


class ChatsFoundOut(Out, frozen=True, kw_only=True):
    """Passages of chats, best first; `reason` says why only words were searched."""

    items: list[ChatHitOut]
    match: Match
    reason: str | None


class HitOut(Out, frozen=True, kw_only=True):
    """A passage; `highlights` are ranges of characters of `text`; `href` opens it, at its time."""

    kind: Kind
    moment_id: str | None
    moment_kind: str | None
    video_id: str | None
    track_id: str | None
    session_id: str | None
    message_id: str | None
    title: str
    text: str
    highlights: list[tuple[int, int]]
    author: str
    emotion: str | None
    start_s: float | None
    score: float
    created_at: Instant | None
    match: Match
    href: str


class FoundOut(Out, frozen=True, kw_only=True):
    """Passages of everything, best first; `reason` says why only words were searched."""

    items: list[HitOut]
    match: Match
    reason: str | None


def _narrowed(
    *,
    kinds: Kinds = None,
    moment_id: OfMoment = None,
    since: Since = None,
    match: Matching = "meaning",
) -> Query:
    return Query("", kinds or (), moment_id, parse("since", since), match)


NARROWED: Final = Provide(_narrowed, sync_to_thread=False)
Narrowed = NamedDependency[SkipValidation[Query]]


class SearchController(Controller):
    """Search of everything."""

    path = "/search"
    tags = ("Search",)

    @get("/", summary="Search everything", responses=READ, dependencies={"narrowed": NARROWED})
    async def search(
        self,
        services: Svc,
        caller: Who,
        words: Words,
        narrowed: Narrowed,
        *,
        limit: Limit = 20,
    ) -> FoundOut:
        """Find moments, lines of transcripts, messages and tracks, by meaning and by words."""
        asked = replace(narrowed, text=words, limit=limit)
        return _found_out(await services.search.find(caller, asked))

    @post("/", status_code=200, summary="Search everything", responses=_ASKED, opt=_CHANGES_NOTHING)
    async def search_by_post(
        self, services: Svc, caller: Who, data: JSONBody[SearchAllIn]
    ) -> FoundOut:
        """Do the same, without the words in an address."""
        asked = Query(
            data.query,
            data.kinds,
            data.moment_id,
            parse("since", data.since),
            data.match,
            data.limit,
        )
        return _found_out(await services.search.find(_of(caller, data.tenant_id), asked))


class ChatSearchController(Controller):
    """Search of chats."""

    path = "/chats/search"
    tags = ("Search",)

    @get("/", summary="Search chats", responses=READ)
    async def search_chats(
        self,
        services: Svc,
        caller: Who,
        words: Words,
        *,
        moment_id: OfMoment = None,
        tenant_id: Tenant = None,
        limit: Limit = 20,
    ) -> ChatsFoundOut:
        """Find messages by meaning and by words, of one moment or of all."""
        return await _chats(services, _of(caller, tenant_id), words, moment_id, limit)

    @post("/", status_code=200, summary="Search chats", responses=_ASKED, opt=_CHANGES_NOTHING)
    async def search_chats_by_post(
        self, services: Svc, caller: Who, data: JSONBody[SearchIn]
    ) -> ChatsFoundOut:
        """Do the same, without the words in an address."""
        of = _of(caller, data.tenant_id)
        return await _chats(services, of, data.query, data.moment_id, data.limit)


async def _chats(
    services: Services, caller: Caller, query: str, moment_id: str | None, limit: int
) -> ChatsFoundOut:
    asked = Query(query, ("message",), moment_id, limit=limit)
    found = await services.search.find(caller, asked)
    return ChatsFoundOut(
        items=list(map(_chat_out, found.hits)), match=found.match, reason=found.reason
    )


def _of(caller: Caller, organization_id: str | None) -> Caller:
    """Return a caller for an organisation; rights are loaded for it."""
    return replace(caller, organization_id=organization_id) if organization_id else caller


def _chat_out(hit: Hit) -> ChatHitOut:
    return ChatHitOut(
        session_id=hit.session_id,
        message_id=hit.source_id,
        moment_id=hit.moment_id,
        text=hit.text,
        highlights=list(hit.highlights),
        score=hit.score,
        start_s=hit.start_s,
    )


def _found_out(found: Found) -> FoundOut:
    return FoundOut(items=hits_out(found.hits), match=found.match, reason=found.reason)


def hits_out(hits: Sequence[Hit]) -> list[HitOut]:
    """Return hits in wire format."""
    return [
        HitOut(
            kind=hit.kind,
            moment_id=hit.moment_id,
            moment_kind=hit.moment_kind,
            video_id=hit.video_id,
            track_id=hit.source_id if hit.kind == "track" else None,
            session_id=hit.session_id,
            message_id=hit.source_id if hit.kind == "message" else None,
            title=hit.title,
            text=hit.text,
            highlights=list(hit.highlights),
            author=hit.author,
            emotion=hit.emotion,
            start_s=hit.start_s,
            score=hit.score,
            created_at=instant(hit.created_at),
            match=hit.match,
            href=hit.href,
        )
        for hit in hits
    ]
