"""Discovery: suggestions for a person, what is rising, and news of whom they follow."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from domain.accounts.models import Actor, Caller
from domain.accounts.rights import Rights
from domain.core.errors import BadFields, Forbidden
from domain.discover.models import (
    NEEDED,
    Because,
    Discovered,
    Rising,
    Suggestion,
    Wish,
)
from domain.discover.news import NewsReader
from domain.discover.similar import Similar, is_playable
from domain.infra.base import Base
from domain.infra.database import Record
from domain.marks.sums import Sums
from domain.moments.records import MomentRecords

_SEEDS: Final = 5  # of the newest marks, and of the newest moments of any kind
_ROWS: Final = 2  # of suggestions, each from one moment
_NEWS: Final = 8
_RISING: Final = 6
_DISMISSED_MOST: Final = 10_000
_ARTISTS_MOST: Final = 1000
_OWN: Final = """
SELECT m.id, m.title, m.description FROM (
    (SELECT m.id FROM moments m LEFT JOIN marks k ON k.moment_id = m.id
        WHERE m.created_by = $1 AND m.organization_id = $2 AND m.deleted_at IS NULL
            AND (k.moment_id IS NOT NULL OR m.description <> '' OR m.tags <> '{}')
        ORDER BY m.created_at DESC, m.id DESC LIMIT $3)
    UNION (SELECT k.moment_id FROM marks k
        WHERE k.user_id = $1 AND k.organization_id = $2 AND NOT k.is_deleted
        ORDER BY k.created_at DESC, k.moment_id DESC LIMIT $3)
) AS newest JOIN moments m USING (id) WHERE m.deleted_at IS NULL
ORDER BY m.created_at DESC, m.id DESC
"""
_RISEN: Final = """
SELECT r.*, s.url, s.restrictions, coalesce(s.duration_ms, s.reported_ms) AS length_ms,
    CASE WHEN s.people_title <> '' THEN s.people_title ELSE s.title END AS track,
    CASE WHEN s.people_title <> '' THEN s.people_artist ELSE s.artist END AS artist
FROM rising_part r JOIN LATERAL (
    SELECT * FROM track_sources s WHERE s.track_id = r.track_id ORDER BY s.created_at, s.id LIMIT 1
) s ON true
WHERE NOT EXISTS (SELECT 1 FROM not_for_me n WHERE n.user_id = $1 AND n.subject = r.track_id)
ORDER BY r.score DESC, r.track_id
"""


class DiscoverService:
    """The service of discovery."""

    def __init__(
        self,
        base: Base,
        rights: Rights,
        records: MomentRecords,
        *,
        similar: Similar,
        news: NewsReader,
        sums: Sums,
    ) -> None:
        self._database = base.database
        self._clock = base.clock
        self._rights = rights
        self._records = records
        self._similar = similar
        self._news = news
        self._sums = sums

    async def similar(
        self, caller: Caller, moment_id: str, *, region: str | None = None
    ) -> list[Suggestion]:
        """Return moments that are like one, the most alike first.

        Raises:
            NotFound: It is not one that the caller sees. BadFields: There is no such region.
        """
        region = _region(region)
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            await self._records.find(actor, moment_id)
            return await self._similar.to(actor, moment_id, region)

    async def similar_in_public(self, moment_id: str) -> list[Suggestion]:
        """Return public moments that are like a public one; nothing if it is not public."""
        async with self._database.transaction():
            return await self._similar.to(None, moment_id, None)

    async def discover(self, caller: Caller, wish: Wish) -> Discovered:
        """Return what a person may like now.

        Raises:
            BadFields: There is no such region. Forbidden: The caller is a program of a VM.
        """
        region = _region(wish.region)
        async with self._database.transaction():
            actor, user_id = await self._person(caller)
            own = await self._database.fetch(_OWN, user_id, actor.organization_id, _SEEDS)
            return Discovered(
                saved=min(len(own), NEEDED),
                because=await self._because(actor, own, replace(wish, region=region)),
                rising=await self._rising(user_id, region),
                news=tuple(await self._news.of(user_id, _NEWS, region)),
                following=await self._news.following(user_id),
                artists=tuple(await self._news.artists(user_id)),
            )

    async def dismiss(self, caller: Caller, subject: str) -> None:
        """Suggest a moment or a track no more; idempotent.

        Raises:
            BadFields: It is neither, or the caller dismissed very many.
        """
        if not subject.startswith(("moment_", "track_")) or len(subject) > 64 or "\0" in subject:
            raise BadFields({"subject": "must be the id of a moment or of a track"})
        async with self._database.transaction():
            _, user_id = await self._person(caller)
            count = await self._database.fetchval(
                "SELECT count(*) FROM not_for_me WHERE user_id = $1", user_id
            )
            if count >= _DISMISSED_MOST:
                raise BadFields({"subject": "is one too many. Take some others back first"})
            await self._database.execute(
                "INSERT INTO not_for_me (user_id, subject, created_at) VALUES ($1, $2, $3)"
                " ON CONFLICT DO NOTHING",
                user_id,
                subject,
                self._clock.now(),
            )

    async def restore(self, caller: Caller, subject: str) -> None:
        """Suggest it again; idempotent."""
        async with self._database.transaction():
            _, user_id = await self._person(caller)
            await self._database.execute(
                "DELETE FROM not_for_me WHERE user_id = $1 AND subject = $2",
                user_id,
                subject.replace("\0", ""),
            )

    async def follow_artist(self, caller: Caller, name: str) -> None:
        """Follow an artist, by the name as providers write it; idempotent.

        Raises:
            BadFields: The name is empty or too long, or the caller follows very many.
        """
        name = " ".join(name.replace("\0", "").split())
        if not 0 < len(name) <= 200:
            raise BadFields({"name": "must have 1 to 200 characters"})
        async with self._database.transaction():
            _, user_id = await self._person(caller)
            count = await self._database.fetchval(
                "SELECT count(*) FROM artist_follow WHERE user_id = $1", user_id
            )
            if count >= _ARTISTS_MOST:
                raise BadFields({"name": "is one artist too many. Stop following some first"})
            await self._database.execute(
                "INSERT INTO artist_follow (user_id, artist, name, created_at)"
                " VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                user_id,
                name.lower(),
                name,
                self._clock.now(),
            )

    async def unfollow_artist(self, caller: Caller, name: str) -> None:
        """Stop following an artist; idempotent."""
        async with self._database.transaction():
            _, user_id = await self._person(caller)
            await self._database.execute(
                "DELETE FROM artist_follow WHERE user_id = $1 AND artist = $2",
                user_id,
                " ".join(name.replace("\0", "").split()).lower(),
            )

    async def _person(self, caller: Caller) -> tuple[Actor, str]:
        actor = await self._rights.load(caller)
        if actor.user_id is None:
            raise Forbidden("Suggestions are for people. Sign in as one.")
        return actor, actor.user_id

    async def _because(
        self, actor: Actor, own: Sequence[Record], wish: Wish
    ) -> tuple[Because, ...]:
        """Return the rows of suggestions with the best ones, none of them twice."""
        rows = []
        for seed in own:
            found = await self._similar.to(actor, seed["id"], wish.region, only_new=True)
            if wish.emotion:
                found = [each for each in found if wish.emotion in each.emotions]
            if found:
                rows.append(Because(seed["id"], seed["title"], tuple(found)))
        rows = _together(rows)
        rows.sort(key=lambda row: row.items[0].score, reverse=True)
        shown: set[str] = set()
        kept: list[Because] = []
        for row in rows:
            items = [each for each in row.items if (each.track_id or each.id) not in shown]
            items = items[: wish.limit]
            shown.update(each.track_id or each.id for each in items)
            if items and len(kept) < _ROWS:
                kept.append(replace(row, items=tuple(items)))
        return tuple(kept)

    async def _rising(self, user_id: str, region: str | None) -> tuple[Rising, ...]:
        rows = await self._database.fetch(_RISEN, user_id)
        playable = [row for row in rows if is_playable(row["restrictions"], region)]
        return tuple([await self._risen(row) for row in playable[:_RISING]])

    async def _risen(self, row: Record) -> Rising:
        heat = await self._sums.heat(row["track_id"], None, row["length_ms"])
        people, gained = row["people"], row["gained"]
        return Rising(
            track_id=row["track_id"],
            url=row["url"],
            track=row["track"],
            artist=row["artist"],
            start_s=row["start_s"],
            end_s=row["end_s"],
            people=people,
            gained=gained,
            heat=heat.values,
            reason=f"{gained} of {people} people saved a part of it within a week.",
        )


def _together(rows: Sequence[Because]) -> list[Because]:
    """Return rows in which what several moments speak for comes before what one does."""
    doubts: dict[str, float] = {}
    for row in rows:
        for each in row.items:
            key = each.track_id or each.id
            doubts[key] = doubts.get(key, 1.0) * (1 - each.score)
    weighed = (
        (row, [replace(each, score=1 - doubts[each.track_id or each.id]) for each in row.items])
        for row in rows
    )
    return [
        replace(row, items=tuple(sorted(items, key=lambda each: (-each.score, each.id))))
        for row, items in weighed
    ]


def _region(region: str | None) -> str | None:
    """Return a region in upper case.

    Raises:
        BadFields: It does not have two letters.
    """
    if region is None:
        return None
    if len(region) != 2 or not region.isascii() or not region.isalpha():
        raise BadFields({"region": "must be a country's two letters, such as DE"})
    return region.upper()
