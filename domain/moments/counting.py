"""Totals of lists: exact where counting reads little, otherwise the planner's estimate."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from domain.infra.database import Database
from domain.moments.models import Count
from domain.moments.search import Where

EXACT: Final = 1_000
# The planner's cost of what may be read for a total: some 600 rows scattered over a large table.
_MOST_COST: Final = 600


@dataclass(frozen=True, slots=True)
class _Plan:
    """What the planner expects of counting up to `EXACT` rows, and of how many there are."""

    cost: float
    rows: int

    def is_cheap(self, share: int = 1) -> bool:
        """Return whether counting costs at most a share, and is likely to reach the end."""
        return self.cost * share <= _MOST_COST and self.rows <= 2 * EXACT


async def count(database: Database, source: str, where: Where) -> Count:
    """Count a query's results."""
    query = _bounded(source, where.sql)
    [plan] = await _plans(database, where, [query])
    if not plan.is_cheap():
        return Count(plan.rows, is_estimate=True)
    return _total(await database.fetchval(query, *where.arguments), plan)


async def counts(
    database: Database, source: str, where: Where, parts: Sequence[str]
) -> list[Count]:
    """Count a query's results that meet each of several conditions.

    A few results are read once for all of them; of many, each part is judged by its own plan.
    """
    each = [f"{where.sql} AND {part}" for part in parts]
    whole, *plans = await _plans(
        database, where, [_bounded(source, sql) for sql in (where.sql, *each)]
    )
    if whole.is_cheap():
        number, *each_found = await _together(database, source, where, parts)
        if number <= EXACT:
            return [Count(value) for value in each_found]
    # One that is not counted stays in the statement, which names all of the arguments.
    limits = [EXACT + 1 if plan.is_cheap(len(parts)) else 0 for plan in plans]
    queries = [_bounded(source, sql, limit) for sql, limit in zip(each, limits, strict=True)]
    found = await _row(database, where, [f"({query})" for query in queries])
    return [
        _total(value, plan) if limit else Count(plan.rows, is_estimate=True)
        for value, plan, limit in zip(found, plans, limits, strict=True)
    ]


def _total(found: int, plan: _Plan) -> Count:
    if found <= EXACT:
        return Count(found)
    return Count(max(found, plan.rows), is_estimate=True)


def _bounded(source: str, sql: str, limit: int = EXACT + 1) -> str:
    few = f"SELECT 1 FROM {source} WHERE {sql} LIMIT {limit}"  # noqa: S608 (constants)
    return f"SELECT count(*) FROM ({few}) bounded"  # noqa: S608 (constants)


async def _together(
    database: Database, source: str, where: Where, parts: Sequence[str]
) -> Sequence[int]:
    """Return how many rows there are, and how many of them meet each condition."""
    meets = ", ".join(f"{part} AS meets_{n}" for n, part in enumerate(parts))
    rows = f"SELECT {meets} FROM {source} WHERE {where.sql} LIMIT {EXACT + 1}"  # noqa: S608 (constants)
    numbers = [f"count(*) FILTER (WHERE meets_{n})" for n in range(len(parts))]
    return await _row(database, where, ["count(*)", *numbers], f"FROM ({rows}) bounded")


async def _plans(database: Database, where: Where, queries: Sequence[str]) -> list[_Plan]:
    [[plan]] = await database.fetch(
        f"EXPLAIN (FORMAT JSON) SELECT {', '.join(f'({query})' for query in queries)}",
        *where.arguments,
    )
    return [_plan_of(counting) for counting in json.loads(plan)[0]["Plan"]["Plans"]]


def _plan_of(counting: dict[str, Any]) -> _Plan:
    [limit] = counting["Plans"]
    [unbounded] = limit["Plans"]
    return _Plan(counting["Total Cost"], unbounded["Plan Rows"])


async def _row(
    database: Database, where: Where, columns: Sequence[str], source: str = ""
) -> Sequence[int]:
    [row] = await database.fetch(f"SELECT {', '.join(columns)} {source}", *where.arguments)
    return list(row)
