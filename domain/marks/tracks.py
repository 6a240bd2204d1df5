"""Canonical tracks: what is known of them and where, and how much each part was saved."""

from collections.abc import Sequence
from dataclasses import replace

from domain.accounts.models import Caller
from domain.accounts.rights import Rights
from domain.infra.base import Base
from domain.infra.database import Record
from domain.marks.models import Best, Heat, MarkFilter, MarkPage, Period, Report, Shares, Track
from domain.marks.notes import public_notes, quote_of, themes
from domain.marks.periods import Summed, first_day
from domain.marks.rows import MarkRows
from domain.marks.service import MarkService
from domain.marks.shares import shares_of
from domain.marks.sums import Sums


class TrackService:
    """The service of tracks."""

    def __init__(
        self, base: Base, rights: Rights, rows: MarkRows, sums: Sums, marks: MarkService
    ) -> None:
        self._database = base.database
        self._clock = base.clock
        self._threshold = base.settings.privacy_threshold
        self._rights = rights
        self._rows = rows
        self._sums = sums
        self._marks = marks

    async def get(self, caller: Caller | None, track_id: str) -> Track:
        """Return a track with its sources and its most saved parts.

        Raises:
            NotFound: It is absent or another organisation's.
        """
        async with self._database.transaction():
            viewer = await self._rights.load(caller) if caller else None
            track = await self._track(await self._rows.track(viewer, track_id))
            parts = await self._sums.parts(track.id, viewer)
        return replace(track, parts=tuple(parts))

    async def present(self, track_ids: Sequence[str]) -> list[str]:
        """Return the ids of the tracks that these have become, for filters; others stay."""
        return await self._rows.present(track_ids)

    async def heatmap(self, caller: Caller | None, track_id: str) -> Heat:
        """Return how many users saved each stretch of a track."""
        async with self._database.transaction():
            viewer = await self._rights.load(caller) if caller else None
            track = await self._track(await self._rows.track(viewer, track_id))
            return await self._sums.heat(track.id, viewer, track.duration_ms)

    async def best(self, caller: Caller | None, track_id: str) -> Best | None:
        """Return the part that most saves agree on, or None if there is none to show."""
        async with self._database.transaction():
            viewer = await self._rights.load(caller) if caller else None
            track = await self._rows.track(viewer, track_id)
            return await self._sums.best(track["id"], viewer)

    async def moments(self, caller: Caller, track_id: str, *, limit: int, offset: int) -> MarkPage:
        """Return the marks of a track that a caller can see, newest first."""
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            track = await self._rows.track(actor, track_id)
            wanted = MarkFilter(track_id=track["id"], limit=limit, offset=offset)
            return await self._marks.page(actor, wanted)

    async def report(
        self,
        caller: Caller | None,
        track_id: str,
        *,
        period: Period = "all",
        with_shares: bool = True,
    ) -> Report:
        """Return what Moments' users saved of a track in a period, as the caller may know it.

        Where it is shared costs a look at each mark: pages that do not say so go without.
        """
        since = first_day(period, self._clock.now())
        async with self._sums.since(since) as sums, self._database.transaction():
            viewer = await self._rights.load(caller) if caller else None
            track = await self._track(await self._rows.track(viewer, track_id))
            parts = tuple(await sums.parts(track.id, viewer))
            notes = await public_notes(self._database, [track.id], sums.summed)
            return Report(
                track=replace(track, parts=parts),
                users=await sums.users(track.id),
                by_day=await sums.by_day(track.id, viewer),
                heat=await sums.heat(track.id, viewer, track.duration_ms),
                best=await sums.best(track.id, viewer),
                themes=themes(notes),
                quotes=[quote_of(notes, part.start_ds, part.end_ds) for part in parts],
                shares=await self._shares(track.id, sums.summed) if with_shares else (),
                since=since,
            )

    async def _shares(self, track_id: str, summed: Summed) -> Sequence[Shares]:
        return await shares_of(self._database, [track_id], self._threshold, summed)

    async def _track(self, row: Record) -> Track:
        sources = await self._rows.sources([row["id"]])
        lengths = [source.length_ms for source in sources if source.length_ms]
        corrected = next((source for source in sources if source.people_title), None)
        named = next((source for source in sources if source.title), None)
        return Track(
            id=row["id"],
            organization_id=row["organization_id"],
            title=corrected.people_title
            if corrected
            else row["title"] or (named.title if named else ""),
            artist=corrected.people_artist
            if corrected
            else row["artist"] or (named.artist if named else ""),
            isrc=row["isrc"],
            duration_ms=row["duration_ms"] or (lengths[0] if lengths else None),
            sources=tuple(sources),
        )
