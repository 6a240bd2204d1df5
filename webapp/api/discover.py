"""`/api/discover` and `/api/moments/{id}/similar`: what somebody may like next, and why."""

from typing import Annotated

from litestar import Controller, delete, get, put
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from domain.discover.models import NEEDED, Because, Discovered, News, Rising, Suggestion, Wish
from domain.marks.times import whole_end, whole_start
from domain.moments.models import Kind
from webapp.api.schemas import (
    READ,
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

Region = Annotated[
    str | None,
    QueryParameter(
        max_length=2,
        required=False,
        description="Two letters of a country (ISO 3166-1): leave out what does not play there.",
    ),
]
Emotion = Annotated[str | None, QueryParameter(max_length=60, required=False)]
Rows = Annotated[int, QueryParameter(ge=1, le=50, description="Suggestions for each moment.")]
Subject = Annotated[str, QueryParameter(name="subject", min_length=1, max_length=64)]
ArtistName = Annotated[str, QueryParameter(name="name", min_length=1, max_length=200)]


class SuggestionOut(Out, frozen=True, kw_only=True):
    """A moment, and one sentence that says why it is suggested."""

    moment_id: str
    kind: Kind
    title: str
    note: str
    slug: str | None
    track_id: str | None
    url: str | None
    track: str
    artist: str
    start: int | None
    end: int | None
    emotions: list[str]
    score: float
    reason: str


class SimilarList(Page, frozen=True, kw_only=True):
    """Similar moments, the most alike first."""

    items: list[SuggestionOut]


class BecauseOut(Out, frozen=True, kw_only=True):
    """Suggestions that come from one of the caller's moments."""

    moment_id: str
    title: str
    items: list[SuggestionOut]


class RisingOut(Out, frozen=True, kw_only=True):
    """A track's best part; `gained` of `people` saved a part of it within a week."""

    track_id: str
    url: str
    track: str
    artist: str
    start_s: int
    end_s: int
    people: int
    gained: int
    reason: str


class NewsOut(Out, frozen=True, kw_only=True):
    """What somebody did whom the caller follows."""

    name: str
    href: str | None
    is_artist: bool
    text: str
    at: Instant | None


class ArtistOut(Out, frozen=True, kw_only=True):
    """An artist to follow."""

    name: str
    parts: int
    reason: str


class DiscoverOut(Out, frozen=True, kw_only=True):
    """What the caller may like; suggestions begin with `needed` moments of their own."""

    saved: int
    needed: int
    because: list[BecauseOut]
    rising: list[RisingOut]
    news: list[NewsOut]
    following: int
    artists: list[ArtistOut]


class ArtistIn(In, frozen=True, kw_only=True):
    """An artist, by the name as providers write it."""

    name: Annotated[str, Meta(min_length=1, max_length=200, examples=["Glass Harbour"])]


class SubjectIn(In, frozen=True, kw_only=True):
    """A moment or a track."""

    subject: Annotated[str, Meta(max_length=64, examples=["moment_01jdk2v7w8x9y0z1a2b3c4d5e6"])]


def _suggestion(found: Suggestion) -> SuggestionOut:
    has_part = found.start_ds is not None and found.end_ds is not None
    return SuggestionOut(
        moment_id=found.id,
        kind=found.kind,
        title=found.title,
        note=found.note,
        slug=found.slug,
        track_id=found.track_id,
        url=found.url,
        track=found.track,
        artist=found.artist,
        start=whole_start(found.start_ds) if has_part and found.start_ds is not None else None,
        end=whole_end(found.end_ds) if has_part and found.end_ds is not None else None,
        emotions=list(found.emotions),
        score=round(found.score, 4),
        reason=found.reason,
    )


def _because(row: Because) -> BecauseOut:
    return BecauseOut(
        moment_id=row.moment_id, title=row.title, items=list(map(_suggestion, row.items))
    )


def _rising(found: Rising) -> RisingOut:
    return RisingOut(
        track_id=found.track_id,
        url=found.url,
        track=found.track,
        artist=found.artist,
        start_s=found.start_s,
        end_s=found.end_s,
        people=found.people,
        gained=found.gained,
        reason=found.reason,
    )


def _news(found: News) -> NewsOut:
    return NewsOut(
        name=found.name,
        href=found.href,
        is_artist=found.is_artist,
        text=found.text,
        at=instant(found.at),
    )


def _discovered(found: Discovered) -> DiscoverOut:
    return DiscoverOut(
        saved=found.saved,
        needed=NEEDED,
        because=list(map(_because, found.because)),
        rising=list(map(_rising, found.rising)),
        news=list(map(_news, found.news)),
        following=found.following,
        artists=[ArtistOut(name=a.name, parts=a.parts, reason=a.reason) for a in found.artists],
    )


class SimilarController(Controller):
    """Similar moments."""

    path = "/moments/{moment_id:str}/similar"
    tags = ("Discovery",)

    @get("/", summary="List similar moments", responses=READ)
    async def list_similar(
        self,
        services: Svc,
        caller: Who,
        moment_id: FromPath[str],
        region: Region = None,
        limit: Limit = 20,
        offset: Offset = 0,
    ) -> SimilarList:
        """List the caller's organisation's and public moments that are like one."""
        found = await services.discover.similar(caller, moment_id, region=region)
        return page_of(SimilarList, list(map(_suggestion, found)), limit, offset)


class DiscoverController(Controller):
    """Discovery."""

    path = "/discover"
    tags = ("Discovery",)

    @get("/", summary="Discover moments", responses=problems(401, 403, 404))
    async def discover(
        self,
        services: Svc,
        caller: Who,
        region: Region = None,
        emotion: Emotion = None,
        limit: Rows = 8,
    ) -> DiscoverOut:
        """Return suggestions, rising best parts, and news of whom the caller follows."""
        wish = Wish(emotion=emotion, region=region, limit=limit)
        return _discovered(await services.discover.discover(caller, wish))

    @put("/dismissed", summary="Suggest something no more", responses=WRITE)
    async def dismiss(
        self,
        services: Svc,
        caller: Who,
        data: JSONBody[SubjectIn],
        idempotency_key: IdempotencyKey = None,
    ) -> Done:
        """Suggest a moment or a track no more."""
        await services.discover.dismiss(caller, data.subject)
        return Done()

    @delete("/dismissed", status_code=200, summary="Suggest something again", responses=WRITE)
    async def restore(
        self,
        services: Svc,
        caller: Who,
        subject: Subject,
        idempotency_key: IdempotencyKey = None,
    ) -> Done:
        """Suggest a moment or a track again."""
        await services.discover.restore(caller, subject)
        return Done()

    @put("/artists", summary="Follow an artist", responses=WRITE)
    async def follow_artist(
        self,
        services: Svc,
        caller: Who,
        data: JSONBody[ArtistIn],
        idempotency_key: IdempotencyKey = None,
    ) -> Done:
        """Follow an artist: what others save of theirs is in the news."""
        await services.discover.follow_artist(caller, data.name)
        return Done()

    @delete("/artists", status_code=200, summary="Stop following an artist", responses=WRITE)
    async def unfollow_artist(
        self,
        services: Svc,
        caller: Who,
        name: ArtistName,
        idempotency_key: IdempotencyKey = None,
    ) -> Done:
        """Stop following an artist."""
        await services.discover.unfollow_artist(caller, name)
        return Done()
