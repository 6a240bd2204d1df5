"""Reads the sums that triggers keep, for a viewer.

A number over fewer users than the privacy threshold would tell who saved what. Below it, a viewer
gets the number over the marks that they can see anyway: public ones, their organisation's, their
own.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from types import ModuleType
from typing import Final

from domain.accounts.models import Actor
from domain.infra.database import Database, Record
from domain.marks.models import Best, Heat, Part
from domain.marks.periods import COUNTED, KEPT, Summed, summed_since

# Cells are added up; only users with several marks near a part are told apart. Whom a viewer may
# know is asked of the marks themselves, where so few saved the part that it matters.
_SAVED_BY: Final = f"""
SELECT w.id, every.users, near.*, EXISTS (SELECT 1 FROM {{marks}} p WHERE p.user_id = w.user_id
        AND p.track_id = w.track_id AND NOT p.is_deleted AND abs(p.start_ds - w.start_ds) <= 20
        AND abs(p.end_ds - w.end_ds) <= 20) AS has_private
FROM (
    SELECT *, ARRAY(SELECT generate_series(start_ds - 20, start_ds + 20)) AS starts
    FROM unnest($1::text[], $2::text[], $3::integer[], $4::integer[], $5::text[], $6::text[])
        AS w (id, track_id, start_ds, end_ds, organization_id, user_id)
) w
CROSS JOIN LATERAL (
    SELECT coalesce(sum(c.marks) FILTER (WHERE c.user_id = ''), 0)
        + count(DISTINCT c.user_id) FILTER (WHERE c.user_id <> '' AND c.marks > 0) AS users
    FROM {{cells}} c WHERE c.track_id = w.track_id AND c.start_ds = ANY(w.starts)
        AND c.end_ds BETWEEN w.end_ds - 20 AND w.end_ds + 20
) every
CROSS JOIN LATERAL (
    SELECT count(DISTINCT o.user_id) FILTER (WHERE o.visibility = 'public'
            OR o.user_id = w.user_id
            OR (o.organization_id = w.organization_id AND o.visibility <> 'private')) AS visible,
        coalesce(bool_or(o.user_id = w.user_id), false) AS has_own
    FROM {{marks}} o WHERE every.users < $7 AND o.track_id = w.track_id AND {COUNTED.format("o")}
        AND o.start_ds = ANY(w.starts) AND o.end_ds BETWEEN w.end_ds - 20 AND w.end_ds + 20
) near
"""  # noqa: S608 (constants)
# What a viewer sees besides the public layer: each user's parts, less the public ones.
_VISIBLE: Final = """
WITH seen AS (
    SELECT user_id, range_agg(int4range(start_ds, end_ds)) AS every,
        range_agg(int4range(start_ds, end_ds)) FILTER (WHERE visibility = 'public') AS open
    FROM {marks} k WHERE track_id = $1 AND organization_id = $2 AND NOT is_deleted
        AND user_id IS NOT NULL AND (visibility <> 'private' OR user_id = $3)
    GROUP BY user_id
)
SELECT lower(span), upper(span), 1, user_id FROM seen, unnest(every) AS span
UNION ALL SELECT lower(span), upper(span), -1, user_id FROM seen, unnest(open) AS span
"""
_USER: Final = "hashtextextended(k.user_id, 0)"
_BY_DAY: Final = f"""
SELECT day, shown FROM (
    SELECT (k.created_at AT TIME ZONE 'UTC')::date AS day,
        CASE WHEN count(DISTINCT {_USER}) >= $2 THEN count(DISTINCT {_USER})
            ELSE count(DISTINCT {_USER}) FILTER (WHERE k.visibility = 'public'
                OR k.user_id = $4 OR (k.organization_id = $3 AND k.visibility <> 'private'))
        END AS shown
    FROM {{marks}} k WHERE k.track_id = $1 AND {COUNTED.format("k")} GROUP BY 1
) days WHERE shown > 0 ORDER BY day
"""  # noqa: S608 (constants)
_MANY: Final = 1000  # with more users, only sums over everybody are shown

Edges = list[tuple[int, int]]  # where, and by how much the number of users changes
Vote = tuple[int, int, int]  # bucket of users, second, change


@dataclass(frozen=True, slots=True)
class Window:
    """A part whose savers are counted."""

    id: str
    track_id: str
    start_ds: int
    end_ds: int


class Sums:
    """Counts, heat maps and best parts; the caller opens the transaction."""

    def __init__(self, database: Database, *, threshold: int, summed: Summed = KEPT) -> None:
        self._database = database
        self._threshold = threshold
        self.summed = summed
        self._turn = asyncio.Semaphore(1)

    @asynccontextmanager
    async def since(self, first: date | None) -> AsyncIterator["Sums"]:
        """Yield the same over the marks since a day; None: over all.

        They are counted anew, which takes seconds for many marks: by one report at a time, so that
        others keep their connections.
        """
        if first is None:
            yield self
            return
        async with self._turn:
            yield Sums(self._database, threshold=self._threshold, summed=summed_since(first))

    async def saved_by(self, windows: Sequence[Window], viewer: Actor | None) -> dict[str, int]:
        """Return how many users saved each part: within 2.0 s at both ends."""
        return await self.saved_by_for([(window, viewer) for window in windows])

    async def saved_by_for(self, viewed: Sequence[tuple[Window, Actor | None]]) -> dict[str, int]:
        """Return the same for parts that each have a viewer of their own."""
        rows = await self._database.fetch(
            self.summed.sql(_SAVED_BY),
            [window.id for window, _ in viewed],
            [window.track_id for window, _ in viewed],
            [window.start_ds for window, _ in viewed],
            [window.end_ds for window, _ in viewed],
            [viewer.organization_id if viewer else None for _, viewer in viewed],
            [viewer.user_id if viewer else None for _, viewer in viewed],
            self._threshold,
        )
        return {
            row["id"]: row["users"]
            if row["users"] >= self._threshold
            else row["visible"] + (row["has_private"] and not row["has_own"])
            for row in rows
        }

    async def heat(self, track_id: str, viewer: Actor | None, length_ms: int | None) -> Heat:
        """Return a track's heat map."""
        every, seen = await self._heat_edges(track_id)
        if viewer is not None and await self._users(track_id) <= _MANY:
            seen += await self._visible_edges(track_id, viewer)
        heat: Heat = _curves().heat_map(every, seen, length_ms, self._threshold)
        return heat

    async def best(self, track_id: str, viewer: Actor | None) -> Best | None:
        """Return the part that most saves agree on, or None if nobody's can be shown."""
        votes = await self._votes(track_id, viewer)
        found = await asyncio.to_thread(_curves().best_contour, votes)
        if found is None:
            return None
        window = Window("best", track_id, found.start_s * 10, found.end_s * 10)
        saves = (await self.saved_by([window], viewer))["best"]
        return Best(found.start_s, found.end_s, saves or found.users, found.confidence)

    async def parts(self, track_id: str, viewer: Actor | None, *, most: int = 10) -> list[Part]:
        """Return the most saved parts; each is at least 4 s from the ones before it."""
        if await self._users(track_id) >= self._threshold:
            rows = await self._database.fetch(
                "SELECT c.start_ds, c.end_ds, sum(c.marks)"  # noqa: S608 (constants)
                f" FROM {self.summed.cells} c WHERE track_id = $1 AND marks > 0 GROUP BY 1, 2",
                track_id,
            )
        else:
            rows = await self._database.fetch(
                "SELECT k.start_ds, k.end_ds, count(*)"  # noqa: S608 (constants)
                f" FROM {self.summed.marks} k WHERE k.track_id = $1"
                f" AND {COUNTED.format('k')} AND (k.visibility = 'public'"
                " OR (k.organization_id = $2 AND k.visibility <> 'private')) GROUP BY 1, 2",
                track_id,
                viewer.organization_id if viewer else None,
            )
        spans = [(row[0], row[1], row[2]) for row in rows]
        anchors = await asyncio.to_thread(_curves().densest, spans, most)
        windows = [Window(str(n), track_id, *anchor) for n, anchor in enumerate(anchors)]
        saves = await self.saved_by(windows, viewer)
        parts = [Part(w.start_ds, w.end_ds, saves[w.id]) for w in windows if saves[w.id] > 0]
        return sorted(parts, key=lambda part: (-part.saves, part.start_ds))

    async def by_day(self, track_id: str, viewer: Actor | None) -> list[tuple[date, int]]:
        """Return how many users saved a part of a track, by day (UTC); few are left out."""
        rows = await self._database.fetch(
            self.summed.sql(_BY_DAY),
            track_id,
            self._threshold,
            viewer.organization_id if viewer else None,
            viewer.user_id if viewer else None,
        )
        return [(row["day"], row["shown"]) for row in rows]

    async def users(self, track_id: str) -> int | None:
        """Return how many users saved a part of a track, or None below the threshold."""
        users = await self._users(track_id)
        return users if users >= self._threshold else None

    async def _users(self, track_id: str) -> int:
        users = await self._database.fetchval(
            f"SELECT users FROM {self.summed.totals} t WHERE track_id = $1 AND layer = 0",  # noqa: S608 (constants)
            track_id,
        )
        return int(users or 0)

    async def _heat_edges(self, track_id: str) -> tuple[Edges, Edges]:
        """Return the edges of all counted marks, and of the public ones."""
        rows = await self._database.fetch(
            "SELECT layer, array_agg(at_ds), array_agg(delta)"  # noqa: S608 (constants)
            f" FROM {self.summed.heat} h WHERE track_id = $1 AND delta <> 0 GROUP BY layer",
            track_id,
        )
        edges = {row[0]: list(zip(row[1], row[2], strict=True)) for row in rows}
        return edges.get(0, []), edges.get(1, [])

    async def _visible_edges(self, track_id: str, viewer: Actor) -> Edges:
        spans = await self._visible(track_id, viewer)
        return [edge for start, end, sign, _ in spans for edge in ((start, sign), (end, -sign))]

    async def _visible(self, track_id: str, viewer: Actor) -> list[Record]:
        sql = self.summed.sql(_VISIBLE)
        return await self._database.fetch(sql, track_id, viewer.organization_id, viewer.user_id)

    async def _votes(self, track_id: str, viewer: Actor | None) -> list[Vote]:
        """Return the deltas by bucket of users and second."""
        users = await self._users(track_id)
        layer = 0 if users >= self._threshold else 1
        rows = await self._database.fetch(
            f"SELECT bucket, at_s, delta FROM {self.summed.votes} v"  # noqa: S608 (constants)
            " WHERE track_id = $1 AND layer = $2 AND delta <> 0",
            track_id,
            layer,
        )
        votes = [(row[0], row[1], row[2]) for row in rows]
        if layer == 1 and viewer is not None:
            spans = await self._visible(track_id, viewer)
            names = sorted({row[3] for row in spans})
            for start, end, sign, user in spans:
                bucket = names.index(user) % 32
                votes += [(bucket, start // 10, sign), (bucket, -(-end // 10), -sign)]
        return votes


def _curves() -> ModuleType:
    from domain.marks import curves  # noqa: PLC0415 (loads numpy: not at the start)

    return curves
