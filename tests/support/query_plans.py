"""What statements a database ran, and what their plans say."""

from collections.abc import Iterator
from typing import Any, Final

import asyncpg

from domain.infra.database import Database

PLANNED: Final = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")


class RecordingDatabase(Database):
    """Notes each statement that it runs, with the first arguments that it had."""

    def __init__(self, dsn: str) -> None:
        super().__init__(dsn)
        self.statements: dict[str, tuple[object, ...]] = {}

    async def _acquire(self) -> asyncpg.Connection:
        connection = await super()._acquire()
        connection.add_query_logger(self._note)
        return connection

    def _note(self, query: asyncpg.connection.LoggedQuery) -> None:
        self.statements.setdefault(query.query.strip(), query.args)


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every step of a plan."""
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)


def scans(plan: dict[str, Any]) -> Iterator[str]:
    """Yield the tables that a plan looks through."""
    for node in nodes(plan):
        if node["Node Type"] == "Seq Scan":
            yield str(node["Relation Name"])


def rows_read(analyzed: dict[str, Any]) -> int:
    """Return how many rows of tables a plan that was run has read, those left out included."""
    return sum(
        int(node["Actual Loops"] * (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)))
        for node in nodes(analyzed)
        if "Relation Name" in node
    )
