"""Where people share a recording's marks: their own pages, links, and collections."""

from collections.abc import Sequence
from typing import Final

from domain.infra.database import Database
from domain.marks.models import Shares
from domain.marks.periods import COUNTED, KEPT, Summed

# At most so many moments with links are looked up: the index of links is by moment.
_MOST: Final = 10_000
_SHARES: Final = f"""
SELECT 'page' AS way, count(DISTINCT k.user_id) AS people, count(*) AS number, 0 AS opened
FROM {{marks}} k WHERE k.track_id = ANY($1::text[]) AND {COUNTED.format("k")}
    AND k.visibility = 'public'
UNION ALL SELECT 'link', count(DISTINCT l.created_by), count(*), coalesce(sum(l.views), 0)
FROM share_link l WHERE l.revoked_at IS NULL AND l.moment_ids && ARRAY(
    SELECT m.id FROM {{marks}} k JOIN moments m ON m.id = k.moment_id
    WHERE k.track_id = ANY($1::text[]) AND {COUNTED.format("k")} AND m.shared_until IS NOT NULL
    LIMIT {_MOST})
UNION ALL SELECT 'collection', count(DISTINCT c.created_by), count(DISTINCT c.id), 0
FROM {{marks}} k JOIN collection_item i ON i.moment_id = k.moment_id
JOIN collection c ON c.id = i.collection_id
WHERE k.track_id = ANY($1::text[]) AND {COUNTED.format("k")}
"""  # noqa: S608 (constants)


async def shares_of(
    database: Database, track_ids: Sequence[str], threshold: int, summed: Summed = KEPT
) -> Sequence[Shares]:
    """Return each way that somebody took; figures of few people only where anybody sees them."""
    rows = await database.fetch(summed.sql(_SHARES), list(track_ids))
    return [
        Shares(row["way"], row["people"], row["number"], int(row["opened"]))
        if row["way"] == "page" or row["people"] >= threshold
        else Shares(row["way"], None, None, None)
        for row in rows
        if row["number"]
    ]
