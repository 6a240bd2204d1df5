"""Builds SQL from a filter: the conditions of a list of moments, and their number."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from domain.moments.models import Count, Cursor, MomentFilter

_MAX_WORDS: Final = 12
_OF_WORDS: Final = "ARRAY[m.organization_id] @> ARRAY[$1::text]"  # as those indexes have it


class Where:
    """Conditions that must all hold, and their arguments in order.

    Args:
        condition: The first condition.
        arguments: Its arguments.
        organization: The column of the organisation, which must be `$1`.
    """

    def __init__(
        self, condition: str, arguments: Sequence[object], *, organization: str | None = None
    ) -> None:
        self.arguments = list(arguments)
        self._conditions = [f"({condition})"]
        if organization is not None:
            self._conditions.insert(0, f"{organization} = $1")

    @property
    def sql(self) -> str:
        """The conditions as SQL."""
        return " AND ".join(self._conditions)

    def copy(self) -> "Where":
        """Return conditions that can be added to without changing these."""
        made = Where("", self.arguments)
        made._conditions = list(self._conditions)
        return made

    def among_words(self) -> "Where":
        """Return the same for moments' indexes of words and tags, which know the organisation.

        Those of an organisation know the order instead: better for what a page soon is full of.
        """
        made = self.copy()
        made._conditions[0] = _OF_WORDS
        return made

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
    """Add the conditions of a filter over `moments m`; `add_cursor` adds where the page begins."""
    where.add("m.deleted_at IS NOT NULL" if wanted.is_deleted else "m.deleted_at IS NULL")
    where.add_if("m.id = ANY({}::text[])", [*wanted.ids] or None)
    add_any(where, "m.kind", wanted.kinds)
    where.add_if("m.tags @> {}::text[]", [*wanted.tags] or None)
    where.add_if("m.vm_id = {}", wanted.vm_id)
    where.add_if("m.git_branch = {}", wanted.git_branch)
    where.add_if("m.created_by = {}", wanted.created_by)
    where.add_if("m.source ->> 'provider' = {}", wanted.provider)
    add_any(where, "m.source_id", wanted.source_ids)
    where.add_if("m.created_at >= {}", wanted.start)
    where.add_if("m.created_at < {}", wanted.end)
    add_words(where, wanted.q)
    add_shared(where, now, is_shared=wanted.is_shared)


def add_any(where: Where, column: str, values: Sequence[str]) -> None:
    """Require one of some values; a single one has better plans as `=`."""
    if len(values) == 1:
        where.add_if(f"{column} = {{}}", values[0])
    else:
        where.add_if(f"{column} = ANY({{}}::text[])", [*values] or None)


def add_cursor(
    where: Where, table: str, after: Cursor | None, *, oldest_first: bool = False
) -> None:
    """Ask for what comes after a row of a table in a list."""
    if after is not None:
        created_at, id_ = where.argument(after.created_at), where.argument(after.id)
        comes = ">" if oldest_first else "<"
        where.add(f"({table}.created_at, {table}.id) {comes} ({created_at}, {id_})")


def add_words(where: Where, text: str) -> None:
    """Require all words of a text as prefixes; quotes and operators have no meaning."""
    words = re.findall(r"\w+", text.replace("\0", ""))[:_MAX_WORDS]
    query = " & ".join(f"{word}:*" for word in words) or None
    where.add_if("m.search @@ to_tsquery('simple', {})", query)


def add_shared(where: Where, now: datetime, *, is_shared: bool | None) -> None:
    """Require a valid link, or none."""
    if is_shared:
        where.add_if("m.shared_until > {}", now)
    elif is_shared is False:
        where.add_if("(m.shared_until IS NULL OR m.shared_until <= {})", now)


def known_total(found: int, *, limit: int, offset: int, after: Cursor | None) -> Count | None:
    """Return how many there are where a page tells: one that is not full is the last."""
    is_last = found < limit and after is None and (found > 0 or offset == 0)
    return Count(offset + found) if is_last else None
