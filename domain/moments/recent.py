"""Where the newest moments with words or tags are found without reading all of them.

An index of words or tags knows no order, so a page is first looked for in a recent span that should
hold it: the indexes of words and of times tell together what is in it.
"""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from domain.infra.database import Database
from domain.moments.models import MomentFilter
from domain.moments.search import Where

_MARGIN: Final = 2  # how many pages a span should hold, since matches are not spread evenly
_LARGEST: Final = 1 / 3  # of all time; a larger span saves little
_SMALL: Final = 1 / 5  # of all organisations' moments; to read which ones they are is worth it then

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Listed:
    """The rows that a list is chosen from."""

    rows: str  # of the organisation `$1`
    span: str  # the condition for a span that begins at `{0}`
    frequent: float  # the newest hold a page of what so large a share of the rows has


MOMENTS: Final = Listed(
    "moments WHERE organization_id = $1 AND deleted_at IS NULL", "m.created_at >= {0}", 1 / 80
)


@dataclass(frozen=True, slots=True)
class ByWords:
    """A list with words or tags; its total is counted with `every`."""

    listed: Listed
    where: Where  # for the indexes that know the order
    every: Where  # for those of words and tags
    rows: int  # in the organisation, about

    async def page(
        self,
        database: Database,
        wanted: MomentFilter,
        total: int,
        now: datetime,
        read: Callable[[Where], Awaitable[Sequence[T]]],
    ) -> Sequence[T]:
        """Return a page, newest first; `read` returns those that meet some conditions."""
        if total >= self.listed.frequent * self.rows:
            return await read(self.where.copy())
        begin = await self._begin(database, wanted, total, now)
        if begin is not None:
            recent = self.every.copy()
            recent.add_if(self.listed.span, begin)
            page = await read(recent)
            if len(page) == wanted.limit:
                return page
        return await read(self.every.copy())

    async def _begin(
        self, database: Database, wanted: MomentFilter, total: int, now: datetime
    ) -> datetime | None:
        """Return when a span begins that should hold a page; None: nothing is saved by one."""
        share = _MARGIN * (wanted.offset + wanted.limit) / max(1, total)
        if share > _LARGEST:
            return None
        oldest = await database.fetchval(
            f"SELECT min(created_at) FROM {self.listed.rows}",  # noqa: S608 (constants)
            self.where.arguments[0],
        )
        after = wanted.after.created_at if wanted.after else None
        until = min(filter(None, (now, wanted.end, after)))
        start = max(filter(None, (oldest, wanted.start)), default=until)
        return until - (until - start) * share if start < until else None


async def by_words(database: Database, where: Where, listed: Listed = MOMENTS) -> ByWords:
    """Return a list that has words or tags among its conditions."""
    legs = ("moments", MOMENTS.rows, listed.rows)
    sizes = " UNION ALL ".join(f"SELECT 1 FROM {leg}" for leg in legs)  # noqa: S608 (constants)
    plan = await database.fetchval(f"EXPLAIN (FORMAT JSON) {sizes}", where.arguments[0])
    whole, own, rows = (each["Plan Rows"] for each in json.loads(plan)[0]["Plan"]["Plans"])
    every = where.among_words() if own <= _SMALL * whole else where
    return ByWords(listed, where, every, rows)
