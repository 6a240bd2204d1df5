"""Which passages all members of their organisation see.

Its graph has these alone: how long a question takes, and by which way, then says nothing about
what others keep to themselves. Who sees a passage is decided by the question all the same.
"""

from typing import Final, Literal

from domain.infra.database import Database
from domain.moments.records import MomentRecords

Scope = Literal["source_id", "moment_id", "organization_id"]
_SETTLE: Final = """
UPDATE passages p SET is_shared = NOT p.is_shared
WHERE p.{scope} = {value} AND p.is_shared <> (
    (p.moment_id IS NULL OR EXISTS (
        SELECT 1 FROM moments m WHERE m.id = p.moment_id AND {shared}))
    AND (p.session_id IS NULL OR EXISTS (
        SELECT 1 FROM sessions s LEFT JOIN moments m ON m.id = s.moment_id
        WHERE s.id = p.session_id AND s.visibility = 'organization'
        AND (s.moment_id IS NULL OR ({shared})))))
"""


class Sharing:
    """Keeps the column."""

    def __init__(self, database: Database, records: MomentRecords) -> None:
        self._database = database
        self._records = records

    async def settle(self, scope: Scope, value: str) -> None:
        """Set it for the passages of a source, about a moment, or of an organisation."""
        where = await self._records.shared()
        sql = _SETTLE.format(scope=scope, value=where.argument(value), shared=where.sql)
        await self._database.execute(sql, *where.arguments)
