"""From a filter to SQL: the conditions of a list of moments, and how many there are."""

import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from domain.infra.database import Database
from domain.moments.models import Count, MomentFilter

EXACT: Final = 10_000  # above it a total is the planner's estimate: counting is a full scan
_MAX_WORDS: Final = 12


class Where:
    """Conditions that must all hold, and their arguments in order."""

    def __init__(self, condition: str, arguments: Sequence[object]) -> None:
        self.arguments = list(arguments)
        self._conditions = [f"({condition})"]

    @property
    def sql(self) -> str:
        """The conditions as SQL."""
        return " AND ".join(self._conditions)

    def argument(self, value: object) -> str:
        """Add an argument and return its placeholder."""
        self.arguments.append(value)
        return f"${len(self.arguments)}"

    def add(self, condition: str) -> None:
        """Add a condition."""
        self._conditions.append(condition)

    def add_if(self, condition: str, value: object) -> None:
        """Add a condition about a value, unless it is None; `{}` is the placeholder."""
        if value is not None:
            self.add(condition.format(self.argument(value)))


def add_filter(where: Where, wanted: MomentFilter, now: datetime) -> None:
    """Add the conditions of a filter over `moments m`."""
    where.add("m.deleted_at IS NOT NULL" if wanted.is_deleted else "m.deleted_at IS NULL")
    if len(wanted.kinds) == 1:
        where.add_if("m.kind = {}", wanted.kinds[0])
    else:
        where.add_if("m.kind = ANY({}::text[])", [*wanted.kinds] or None)
    where.add_if("m.tags @> {}::text[]", [*wanted.tags] or None)
    where.add_if("m.vm_id = {}", wanted.vm_id)
    where.add_if("m.git_branch = {}", wanted.git_branch)
    where.add_if("m.created_by = {}", wanted.created_by)
    where.add_if("m.source ->> 'provider' = {}", wanted.provider)
    where.add_if("m.source_id = {}", wanted.source_id)
    where.add_if("m.created_at >= {}", wanted.start)
    where.add_if("m.created_at < {}", wanted.end)
    add_words(where, wanted.q)
    add_shared(where, now, is_shared=wanted.is_shared)
    if wanted.after is not None:
        created_at = where.argument(wanted.after.created_at)
        where.add(f"(m.created_at, m.id) < ({created_at}, {where.argument(wanted.after.id)})")


def add_words(where: Where, text: str) -> None:
    """Ask for all words of a text, each a beginning; quotes and operators mean nothing."""
    words = re.findall(r"\w+", text.replace("\0", ""))[:_MAX_WORDS]
    query = " & ".join(f"{word}:*" for word in words) or None
    where.add_if("m.search @@ to_tsquery('simple', {})", query)


def add_shared(where: Where, now: datetime, *, is_shared: bool | None) -> None:
    """Ask for what has, or has not, a link that works."""
    if is_shared is not None:
        works = f"coalesce(m.shared_until > {where.argument(now)}, false)"
        where.add(works if is_shared else f"NOT {works}")


async def count(database: Database, source: str, where: Where) -> Count:
    """Count what a query finds: exactly up to `EXACT`, above it by the planner's estimate."""
    found = await database.fetchval(
        f"SELECT count(*) FROM (SELECT 1 FROM {source} WHERE {where.sql}"  # noqa: S608 (constants)
        f" LIMIT {EXACT + 1}) bounded",
        *where.arguments,
    )
    if found <= EXACT:
        return Count(found)
    plan = await database.fetchval(
        f"EXPLAIN (FORMAT JSON) SELECT 1 FROM {source} WHERE {where.sql}",  # noqa: S608 (constants)
        *where.arguments,
    )
    return Count(max(EXACT + 1, int(json.loads(plan)[0]["Plan"]["Plan Rows"])), is_estimate=True)
