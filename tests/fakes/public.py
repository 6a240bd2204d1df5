"""What the public pages ask, in memory: one mark, its track, and what surrounds them."""

from dataclasses import replace
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any, cast

import httpx
from litestar import Litestar
from litestar.di import Provide

from domain.accounts.models import Caller
from domain.bootstrap import Services
from domain.collections.models import CollectionView
from domain.collections.models import PublicItem as CollectionItem
from domain.core.errors import NotFound
from domain.core.settings import Settings
from domain.marks.models import (
    ArtistReport,
    ArtistTrack,
    Best,
    Heat,
    Part,
    Period,
    PublicMark,
    Report,
    Shares,
    Theme,
    Track,
    TrackSource,
)
from domain.moments.access import moment_deleted, no_moment
from domain.profiles.models import (
    Listed,
    ListedCollection,
    Profile,
    PublicProfile,
    Reactions,
)
from domain.profiles.rules import check_report
from domain.profiles.service import no_profile
from domain.sharing.models import Moved, PublicItem, PublicMoment, PublicView
from webapp.api.errors import describe
from webapp.public.app import public_router

ORIGIN = "http://localhost:8000"
AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
SOURCE = TrackSource(
    id="source_1",
    organization_id=None,
    track_id="track_1",
    provider="youtube",
    provider_id="dQw4w9WgXcQ",
    kind="video",
    url="https://www.youtube.com/watch?v=dQw4w9WgXcQ",
    title="Night Ferry",
    artist="Glass Harbour",
    album="",
    channel="",
    isrc=None,
    duration_ms=222_000,
    reported_ms=None,
    thumbnail_url="https://i.ytimg.com/vi/dQw4w9WgXcQ/hq.jpg",
    restrictions={},
    offset_ds=0,
    confidence=None,
    decided_by="alone",
    fetched_at=AT,
)
SHARES = (Shares("page", 12, 14, 0), Shares("link", 9, 11, 408), Shares("collection", *[None] * 3))
SINCE: dict[Period, date | None] = {"all": None, "30d": date(2026, 10, 23)}
HEAT = Heat(1, tuple(64 if 45 <= second < 60 else 0 for second in range(222)))


CLIP = PublicItem(
    "asset_1", "clip", "First lights", AT, 26_000, 1280, 720, is_ready=True, media=None, poster=None
)


class FakePublic:
    """The services of the public pages, with one mark at `/m/drop`."""

    def __init__(self) -> None:
        self.title, self.note = "That drop", "That drop!\nRight when the strings let go"
        self.by: str | None = "Mira Holt"
        self.visibility = "public"
        self.deleted = False
        self.mark = PublicMark("moment_1", "track_1", SOURCE, 450, 600, None, 64, None)
        self.heat = HEAT
        self.best_part: Best | None = Best(45, 60, 64, 0.96)
        self.bio = "flowers, ferries"
        self.reports: list[tuple[str, str]] = []
        self.clip = PublicMoment("moment_2", "clip", "First lights", "", "Roof", AT, (CLIP,))

    def services(self) -> Services:
        """Return what the pages ask, as the wiring names it."""
        made = SimpleNamespace(
            settings=Settings(demo=False),
            moment_pages=self,
            public_marks=self,
            tracks=self,
            artists=SimpleNamespace(report=self._artist),
            reactions=SimpleNamespace(of=self._reactions),
            reports=SimpleNamespace(report=self._report_abuse),
            profiles=SimpleNamespace(public=self.profile_at, listed=self._listed_profiles),
            collection_pages=SimpleNamespace(view=self.collection_at, listed=self._none_listed),
        )
        return cast("Services", made)

    # Moments

    async def view(self, slug: str) -> PublicView | Moved:
        """Return the moment at a slug."""
        if slug == "earlier":
            return Moved("drop")
        if slug != "drop" or self.visibility not in {"public", "unlisted"}:
            raise no_moment()
        if self.deleted:
            raise moment_deleted()
        moment = PublicMoment("moment_1", "mark", self.title, self.note, "youtube", AT, ())
        return PublicView(
            f"{ORIGIN}/m/drop",
            self.title,
            "Pier Nine",
            self.by,
            (moment,),
            is_listed=self.visibility == "public",
        )

    async def listed(self, most: int) -> list[str]:
        """Return the paths of public moments and tracks."""
        return ["/m/drop", "/t/track_1"]

    # Marks

    async def of(self, moment_ids: list[str]) -> dict[str, PublicMark]:
        """Return the marks among moments."""
        return {self.mark.id: self.mark} if self.mark.id in moment_ids else {}

    async def heatmap(self, caller: Caller | None, track_id: str) -> Heat:
        """Return the track's heat map."""
        assert caller is None
        return self.heat

    async def get(self, caller: Caller | None, track_id: str) -> Track:
        """Return the track."""
        return (await self.report(caller, track_id)).track

    async def report(
        self,
        caller: Caller | None,
        track_id: str,
        *,
        period: Period = "all",
        with_shares: bool = True,
    ) -> Report:
        """Return the track's report; `track_0` became a part of it."""
        assert caller is None
        if track_id not in {"track_0", "track_1"}:
            raise NotFound("There is no such track.")
        source = self.mark.source
        track = Track(
            "track_1", None, source.title, source.artist, None, source.duration_ms, (source,)
        )
        if self.best_part is None:
            return Report(track, None, [], self.heat, None)
        return Report(
            replace(track, parts=(Part(450, 600, 64),)),
            287,
            [(date(2026, 11, 1), 8), (date(2026, 11, 2), 71)],
            self.heat,
            self.best_part,
            [Theme("strings", 27), Theme("drop", 19)],
            [self.title],
            SHARES if with_shares else (),
            SINCE[period],
        )

    async def _artist(self, name: str, period: Period) -> ArtistReport:
        """Return the report of the mark's artist."""
        if name != "Glass Harbour":
            raise NotFound("Nothing is known of this artist. Check the spelling.")
        tracks = [
            ArtistTrack("track_1", self.mark.source.title, 287, self.best_part),
            ArtistTrack("track_2", "", None, None),
        ]
        days = [(date(2026, 11, 2), 71)]
        themes = [Theme("strings", 27)]
        since = SINCE[period]
        return ArtistReport(self.mark.source.artist, tracks, 290, days, themes, SHARES, since)

    # People and collections

    async def _reactions(self, _moment_id: str) -> Reactions:
        return Reactions(18, "mira")

    async def _report_abuse(self, slug: str, reason: str, details: str, *, ip: str) -> None:
        check_report(reason, details)
        self.reports.append((reason, details))

    async def profile_at(
        self, handle: str, offset: int = 0, kind: str | None = None
    ) -> PublicProfile | Moved:
        """Return the profile at a handle."""
        if handle == "earlier":
            return Moved("mira")
        if handle != "mira":
            raise no_profile()
        profile = Profile(
            "mira",
            self.by or "mira",
            self.bio,
            f"{ORIGIN}/u/mira",
            f"{ORIGIN}/u/mira/avatar.jpg",
            7,
        )
        mark = Listed(
            "moment_1", "mark", self.title, "drop", AT, 45, 60, "youtube", has_picture=False
        )
        clip = Listed(
            "moment_2", "clip", "First lights", "lights", AT, None, None, None, has_picture=True
        )
        shown = tuple(each for each in (mark, clip) if kind in {None, each.kind})
        return PublicProfile(
            profile, shown, 60, (ListedCollection(self.title, "night", 3, ("lights",)),)
        )

    async def collection_at(self, slug: str) -> CollectionView | Moved:
        """Return the collection at a slug: a mark, a clip, and a note."""
        if slug == "earlier":
            return Moved("night")
        if slug != "night":
            raise NotFound("Collection not found")
        mark = PublicMoment("moment_1", "mark", self.title, self.note, "youtube", AT, ())
        note = PublicMoment("moment_3", "note", "Only words", "", None, AT, ())
        items = (
            CollectionItem("drop", mark),
            CollectionItem("lights", self.clip),
            CollectionItem("words", note),
        )
        url = f"{ORIGIN}/c/night"
        return CollectionView(
            url, self.title, self.note, "Pier Nine", self.by, "mira", is_listed=True, items=items
        )

    async def _listed_profiles(self, _most: int) -> list[str]:
        return ["/u/mira"]

    async def _none_listed(self, _most: int) -> list[str]:
        return []


def client_of(public: FakePublic, **more: Any) -> httpx.AsyncClient:  # noqa: ANN401 (services)
    """Return a client of the public pages on these services."""
    services = public.services()
    vars(services).update(more)
    app = Litestar(
        [public_router(describe)],
        dependencies={"services": Provide(lambda: services, sync_to_thread=False)},
        openapi_config=None,
        logging_config=None,
    )
    transport = httpx.ASGITransport(cast("Any", app))
    return httpx.AsyncClient(transport=transport, base_url=ORIGIN)
