"""What Moments' users saved of an artist's recordings: never more than anybody may know.

A track is listed from the privacy threshold on, or with public marks; below it, only its public
marks count, here as there.
"""

from collections.abc import Sequence
from typing import Final

from domain.core.errors import NotFound
from domain.infra.base import Base
from domain.infra.database import Record
from domain.marks.models import ArtistReport, ArtistTrack, Period
from domain.marks.notes import public_notes, themes
from domain.marks.periods import COUNTED, KEPT, Summed, first_day
from domain.marks.shares import shares_of
from domain.marks.sums import Sums

_MOST: Final = 50
_ARTIST: Final = "coalesce(nullif(s.people_artist, ''), s.artist)"
_ARTISTS: Final = f"string_to_array(lower({_ARTIST}), '; ')"  # as their index has them
_TRACKS: Final = f"""
SELECT t.id, coalesce((SELECT s.people_title FROM track_sources s WHERE
        s.track_id = t.id AND s.people_title <> '' ORDER BY s.created_at, s.id LIMIT 1),
    nullif(t.title, ''), (SELECT s.title FROM track_sources s WHERE
        s.track_id = t.id AND s.title <> '' ORDER BY s.created_at, s.id LIMIT 1), '') AS title,
    (SELECT {_ARTIST} FROM track_sources s WHERE s.track_id = t.id
        AND {_ARTISTS} @> ARRAY[$1] LIMIT 1) AS artist,
    coalesce(every.users, 0) AS users, coalesce(seen.users, 0) AS public_users
FROM tracks t
LEFT JOIN LATERAL (SELECT users FROM {{totals}} h
    WHERE h.track_id = t.id AND h.layer = 0) every ON true
LEFT JOIN LATERAL (SELECT users FROM {{totals}} h
    WHERE h.track_id = t.id AND h.layer = 1) seen ON true
WHERE t.organization_id IS NULL AND (every.users >= $2 OR seen.users > 0) AND t.id IN (
    SELECT s.track_id FROM track_sources s WHERE s.organization_id IS NULL
        AND {_ARTISTS} @> ARRAY[$1])
ORDER BY CASE WHEN every.users >= $2 THEN every.users ELSE seen.users END DESC, t.id LIMIT {_MOST}
"""  # noqa: S608 (a constant)
_MARKS: Final = f"""
{{marks}} k WHERE {COUNTED.format("k")} AND (k.track_id = ANY($1::text[])
    OR (k.track_id = ANY($2::text[]) AND k.visibility = 'public'))
"""
_USER: Final = "hashtextextended(k.user_id, 0)"  # sorting texts takes ten times as long
_USERS: Final = f"SELECT count(DISTINCT {_USER}) FROM {_MARKS}"  # noqa: S608 (constants)
_BY_DAY: Final = f"""
SELECT day, shown FROM (
    SELECT (k.created_at AT TIME ZONE 'UTC')::date AS day,
        CASE WHEN count(DISTINCT {_USER}) >= $3 THEN count(DISTINCT {_USER})
            ELSE count(DISTINCT {_USER}) FILTER (WHERE k.visibility = 'public') END AS shown
    FROM {_MARKS} GROUP BY 1
) days WHERE shown > 0 ORDER BY day
"""  # noqa: S608 (constants)


class ArtistService:
    """The service of artists, who are known by the names that providers write."""

    def __init__(self, base: Base, sums: Sums) -> None:
        self._database = base.database
        self._clock = base.clock
        self._threshold = base.settings.privacy_threshold
        self._sums = sums

    async def report(self, name: str, period: Period = "all") -> ArtistReport:
        """Return an artist's report of a period, for anybody.

        Raises:
            NotFound: Nobody saved a part of theirs, or too few for anybody to know.
        """
        wanted = name.replace("\0", "").strip().lower()
        since = first_day(period, self._clock.now())
        async with self._sums.since(since) as sums, self._database.transaction():
            summed = sums.summed
            rows = await self._tracks(wanted, summed)
            known_by = rows or await self._tracks(wanted, KEPT)
            if not known_by:
                raise NotFound("Nothing is known of this artist. Check the spelling.")
            known = [row["id"] for row in rows if row["users"] >= self._threshold]
            few = [row["id"] for row in rows if row["users"] < self._threshold]
            users = await self._database.fetchval(summed.sql(_USERS), known, few)
            days = await self._database.fetch(summed.sql(_BY_DAY), known, few, self._threshold)
            every = [row["id"] for row in rows]
            notes = await public_notes(self._database, every, summed)
            return ArtistReport(
                name=_spelled(known_by, wanted),
                tracks=[await self._track(row, sums) for row in rows],
                users=users if users >= self._threshold else None,
                by_day=[(row["day"], row["shown"]) for row in days],
                themes=themes(notes),
                shares=await shares_of(self._database, every, self._threshold, summed),
                since=since,
            )

    async def _tracks(self, wanted: str, summed: Summed) -> list[Record]:
        return await self._database.fetch(summed.sql(_TRACKS), wanted, self._threshold)

    async def _track(self, row: Record, sums: Sums) -> ArtistTrack:
        users = row["users"] if row["users"] >= self._threshold else None
        best = await sums.best(row["id"], None)
        return ArtistTrack(row["id"], row["title"], users, best)


def _spelled(rows: Sequence[Record], wanted: str) -> str:
    """Return a name as a provider writes it."""
    names = (name for row in rows for name in (row["artist"] or "").split("; "))
    return next((name for name in names if name.lower() == wanted), wanted)
