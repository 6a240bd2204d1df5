"""Pages of an organisation's moments."""

from collections.abc import Sequence
from datetime import datetime

from domain.infra.database import Database
from domain.moments.counting import count
from domain.moments.models import Moment, MomentFilter, MomentPage
from domain.moments.recent import by_words
from domain.moments.records import MomentRecords
from domain.moments.search import Where, add_cursor, known_total

_MOMENTS = "moments m"


async def page(
    database: Database, records: MomentRecords, where: Where, wanted: MomentFilter, now: datetime
) -> MomentPage:
    """Return a page of the moments that match conditions, and how many there are."""
    is_listed = not (wanted.is_deleted or wanted.oldest_first or wanted.ids)
    total = None
    if (wanted.tags or wanted.q) and is_listed:
        those = await by_words(database, where)
        total = await count(database, _MOMENTS, those.every)
        items = await those.page(
            database, wanted, total.value, now, lambda each: rows_of_page(records, each, wanted)
        )
    else:
        items = await rows_of_page(records, where.copy(), wanted)
    known = known_total(len(items), limit=wanted.limit, offset=wanted.offset, after=wanted.after)
    total = known or total or await count(database, _MOMENTS, where)
    return MomentPage(tuple(items), total, wanted.limit, wanted.offset)


async def rows_of_page(
    records: MomentRecords, where: Where, wanted: MomentFilter
) -> Sequence[Moment]:
    """Return the moments of a page; its conditions are added to."""
    add_cursor(where, "m", wanted.after, oldest_first=wanted.oldest_first)
    limit, offset = where.argument(wanted.limit), where.argument(wanted.offset)
    way = "ASC" if wanted.oldest_first else "DESC"
    return await records.select(
        where, f"ORDER BY m.created_at {way}, m.id {way} LIMIT {limit} OFFSET {offset}"
    )
