"""What sums are read from: tables that triggers keep, or the marks since a day, counted anew."""

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from domain.marks.models import Period

COUNTED: Final = (
    "{0}.user_id IS NOT NULL AND NOT {0}.is_deleted"
    " AND ({0}.visibility <> 'private' OR {0}.counts_if_private)"
)
_DAYS: Final = {"30d": 30, "90d": 90, "1y": 365}
_COUNTED: Final = COUNTED.format("k")
# Users by their hashes: sorting texts takes ten times as long.
_EDGES: Final = f"""
SELECT track_id, layer, bucket, at_ds, sign FROM (
    SELECT track_id, layer, abs(hashtext(user_id) % 32) AS bucket,
        range_agg(int4range(start_ds, end_ds)) AS spans
    FROM {{marks}} k CROSS JOIN (VALUES (0), (1)) AS layers (layer)
    WHERE {_COUNTED} AND (layer = 0 OR visibility = 'public')
    GROUP BY 1, 2, 3, hashtextextended(user_id, 0)
) covered, unnest(spans) AS span,
    LATERAL (VALUES (lower(span), 1), (upper(span), -1)) AS ends (at_ds, sign)
"""  # noqa: S608 (constants)
# Conditions on the track reach the marks' index through all of these.
_ANEW: Final = {
    "cells": f"""(SELECT track_id, start_ds, end_ds, user_id, count(*)::integer AS marks
        FROM {{marks}} k WHERE {_COUNTED} GROUP BY 1, 2, 3, 4)""",  # noqa: S608 (constants)
    "heat": f"""(SELECT track_id, layer, at_ds, sum(sign) AS delta
        FROM ({_EDGES}) edges GROUP BY 1, 2, 3)""",  # noqa: S608 (constants)
    "votes": f"""(SELECT track_id, layer, bucket,
        CASE sign WHEN 1 THEN floor(at_ds / 10.0) ELSE ceil(at_ds / 10.0) END::integer AS at_s,
        sum(sign) AS delta FROM ({_EDGES}) edges GROUP BY 1, 2, 3, 4)""",  # noqa: S608 (constants)
    "totals": f"""(SELECT track_id, layer, count(DISTINCT hashtextextended(k.user_id, 0)) AS users
        FROM {{marks}} k CROSS JOIN (VALUES (0), (1)) AS layers (layer)
        WHERE {_COUNTED} AND (layer = 0 OR visibility = 'public') GROUP BY 1, 2)""",  # noqa: S608
}


@dataclass(frozen=True, slots=True)
class Summed:
    """The names of the tables in a statement, or subqueries in their place."""

    marks: str = "marks"
    cells: str = "track_cells"
    heat: str = "track_heat"
    votes: str = "track_votes"
    totals: str = "track_totals"

    def sql(self, template: str) -> str:
        """Return a statement with `{marks}`, `{cells}` and so on replaced."""
        return template.format_map(asdict(self))


KEPT: Final = Summed()


def first_day(period: Period, now: datetime) -> date | None:
    """Return the first day (UTC) of a period that ends today; None: it has no beginning."""
    days = _DAYS.get(period)
    return None if days is None else now.astimezone(UTC).date() - timedelta(days=days - 1)


def summed_since(first: date | None) -> Summed:
    """Return what the sums over the marks since a day are read from."""
    if first is None:
        return KEPT
    marks = f"(SELECT * FROM marks WHERE created_at >= '{first.isoformat()} UTC'::timestamptz)"  # noqa: S608 (a date)
    return Summed(marks, **{name: sql.format(marks=marks) for name, sql in _ANEW.items()})
