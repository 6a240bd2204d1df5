"""Where the newest captures with words or labels are found without reading all of them.

An index of words or labels knows no order, so a page is first looked for in a recent span that
should hold it. Captures are listed with their moments, which a span narrows as well.
"""

import json
from datetime import datetime
from typing import Final

from domain.captures.models import GalleryFilter
from domain.infra.database import Database
from domain.moments.search import Where

# What is so of the moments of listed captures, too: it leads to them by index.
_LISTED_MOMENTS: Final = "m.organization_id = $1 AND m.deleted_at IS NULL"
# A moment is as old as its captures, to the second, unless one joined it later.
_RECENT: Final = (
    "c.created_at >= {0}::timestamptz"
    " AND (m.created_at >= {0}::timestamptz - interval '1 second' OR m.joined_at >= {0})"
)
_MARGIN: Final = 4  # how many pages a span should hold, since matches are not spread evenly
_LARGEST: Final = 1 / 4  # of all time; a larger span saves little
_FREQUENT: Final = 1 / 20  # of all rows; enough of so many are among the newest
_ROWS: Final = """
EXPLAIN (FORMAT JSON) SELECT 1 FROM captures WHERE organization_id = $1
"""
_OLDEST: Final = """
SELECT min(created_at) FROM captures WHERE organization_id = $1
"""


async def ways_to_page(
    database: Database, where: Where, wanted: GalleryFilter, total: int, now: datetime
) -> list[Where]:
    """Return the conditions to read a page by, in turn until one fills it; the last has it all."""
    organization_id = where.arguments[0]
    plan = json.loads(await database.fetchval(_ROWS, organization_id))
    if total >= _FREQUENT * plan[0]["Plan"]["Plan Rows"]:
        return [where]
    listed = where.copy()
    listed.add(_LISTED_MOMENTS)
    share = _MARGIN * (wanted.offset + wanted.limit) / max(1, total)
    oldest = await database.fetchval(_OLDEST, organization_id)
    after = wanted.after.created_at if wanted.after else None
    until = min(filter(None, (now, wanted.end, after)))
    start = max(filter(None, (oldest, wanted.start)), default=until)
    if share > _LARGEST or start >= until:
        return [listed]
    recent = listed.copy()
    recent.add_if(_RECENT, until - (until - start) * share)
    return [recent, listed]
