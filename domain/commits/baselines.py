"""Chooses what a commit is compared with."""

from collections.abc import Sequence
from typing import Final

from domain.accounts.models import Actor
from domain.commits.models import CommitFacts
from domain.infra.database import Database
from domain.moments.records import MomentRecords

# Approved by the newest decision, all files finished, and at least one picture.
_ELIGIBLE: Final = """
m.kind = 'commit' AND m.deleted_at IS NULL AND m.metadata ->> 'partial' IS DISTINCT FROM 'true'
AND coalesce(m.metadata ->> 'repository', '') = {repository}
AND (SELECT d.verdict = 'approved' AND d.variant_of IS NULL FROM commit_decisions d
    WHERE d.moment_id = m.id ORDER BY d.id DESC LIMIT 1)
AND EXISTS (SELECT 1 FROM moment_assets a WHERE a.moment_id = m.id AND a.purpose = 'media'
    AND a.mime_type LIKE 'image/%' AND a.processing_status = 'completed')
AND NOT EXISTS (SELECT 1 FROM moment_assets a WHERE a.moment_id = m.id AND a.purpose = 'media'
    AND a.processing_status <> 'completed')
"""
_VARIANTS: Final = """
SELECT v.moment_id FROM (
    SELECT DISTINCT ON (d.moment_id) d.* FROM commit_decisions d WHERE d.moment_id IN (
        SELECT moment_id FROM commit_decisions WHERE variant_of = $1)
    ORDER BY d.moment_id, d.id DESC
) v JOIN moments m ON m.id = v.moment_id AND m.deleted_at IS NULL
WHERE v.variant_of = $1 AND v.verdict = 'approved' ORDER BY v.id
"""


class Baselines:
    """Reads; the caller opens the transaction and has loaded the rights."""

    def __init__(self, database: Database, records: MomentRecords) -> None:
        self._database = database
        self._records = records

    async def find(self, actor: Actor, facts: CommitFacts, *, but: str | None = None) -> str | None:
        """Return the newest approved, complete capture of an ancestor of the merge base.

        Where the agent named no ancestors, it is the newest approved one of the same branch. What
        the actor cannot see is nobody's baseline to them.
        """
        where = await self._records.where(actor)
        where.add(_ELIGIBLE.format(repository=where.argument(facts.repository)))
        where.add_if("m.id <> {}", but)
        if facts.ancestors:
            keys = where.argument(list(facts.ancestors))
            where.add(f"left(m.git_commit_hash, 12) = ANY({keys}::text[])")
            order = f"array_position({keys}::text[], left(m.git_commit_hash, 12)), "
        else:
            where.add_if("m.git_branch = {}", facts.branch or "")
            order = ""
        found: str | None = await self._database.fetchval(
            f"SELECT m.id FROM moments m WHERE {where.sql}"  # noqa: S608 (constants)
            f" ORDER BY {order} m.created_at DESC, m.id DESC LIMIT 1",
            *where.arguments,
        )
        return found

    async def accepted(self, baseline_id: str) -> Sequence[str]:
        """Return a baseline and the moments that were approved as variants of it."""
        rows = await self._database.fetch(_VARIANTS, baseline_id)
        return [baseline_id, *(row["moment_id"] for row in rows)]
