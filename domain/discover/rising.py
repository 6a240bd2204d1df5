"""Best parts that more and more people save, kept by a job.

Only public saves count, a person once for each track. A save counts half after three days. Accounts
of less than three days do not count, older ones by their age up to two weeks; and of people in one
organisation the n-th adds less than the one before. So a burst of new accounts moves nothing.
"""

from datetime import timedelta
from typing import Final

from domain.core.time import Clock
from domain.infra.database import Database
from domain.marks.sums import Sums

HALF_LIFE: Final = timedelta(days=3)
_WINDOW: Final = timedelta(days=14)
_NEW_DAYS: Final = 3
_GROWN_DAYS: Final = 14
_KEPT: Final = 100
_LEAST: Final = 2  # people who count
_SCORES: Final = """
WITH votes AS (
    SELECT k.track_id, k.organization_id, k.user_id,
        max(power(0.5::float8, extract(epoch FROM $1 - k.created_at)::float8 / $2::float8))
            * min(least(1, greatest(0, (extract(epoch FROM k.created_at - u.created_at)::float8
                / 86400 - $3::float8) / ($4::float8 - $3::float8)))) AS weight,
        bool_or(k.created_at > $1 - interval '7 days') AS is_new
    FROM marks k JOIN app_user u ON u.id = k.user_id JOIN tracks t ON t.id = k.track_id
    WHERE k.visibility = 'public' AND NOT k.is_deleted AND k.created_at > $5
        AND t.organization_id IS NULL AND t.merged_into IS NULL
    GROUP BY 1, 2, 3
), parties AS (
    SELECT track_id, sum(weight) / sqrt(count(*)) AS score, count(*) AS people,
        count(*) FILTER (WHERE is_new) AS gained
    FROM votes WHERE weight > 0 GROUP BY track_id, organization_id
)
SELECT track_id, sum(score) AS score, sum(gained)::integer AS gained FROM parties GROUP BY track_id
HAVING sum(people) >= $6 ORDER BY score DESC, track_id LIMIT $7
"""
_KEEP: Final = """
INSERT INTO rising_part (track_id, start_s, end_s, score, people, gained, computed_at)
SELECT $1, $2, $3, $4, t.users, $5, $6 FROM track_totals t WHERE t.track_id = $1 AND t.layer = 1
ON CONFLICT (track_id) DO UPDATE SET start_s = $2, end_s = $3, score = $4,
    people = excluded.people, gained = $5, computed_at = $6
"""


class RisingParts:
    """Computes and stores."""

    def __init__(self, database: Database, clock: Clock, sums: Sums) -> None:
        self._database = database
        self._clock = clock
        self._sums = sums

    async def refresh(self) -> None:
        """Compute the list anew; idempotent."""
        now = self._clock.now()
        rows = await self._database.fetch(
            _SCORES,
            now,
            HALF_LIFE.total_seconds(),
            _NEW_DAYS,
            _GROWN_DAYS,
            now - _WINDOW,
            _LEAST,
            _KEPT,
        )
        for row in rows:
            best = await self._sums.best(row["track_id"], None)
            if best is not None:
                await self._database.execute(
                    _KEEP,
                    row["track_id"],
                    best.start_s,
                    best.end_s,
                    row["score"],
                    row["gained"],
                    now,
                )
        await self._database.execute("DELETE FROM rising_part WHERE computed_at < $1", now)
