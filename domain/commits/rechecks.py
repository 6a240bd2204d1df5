"""Checks captures again once what they are compared by has changed."""

from typing import Final

from domain.infra.base import Base
from domain.infra.database import Record

CHECK_JOB: Final = "commits.check"
_NEWEST: Final = """
SELECT m.id, m.organization_id FROM moments m JOIN commit_checks c ON c.moment_id = m.id
WHERE m.organization_id = $1 AND coalesce(m.metadata ->> 'repository', '') = $2
    AND m.kind = 'commit' AND m.deleted_at IS NULL
    AND ($3 OR NOT EXISTS (SELECT FROM commit_decisions d WHERE d.moment_id = m.id))
ORDER BY m.created_at DESC, m.id DESC LIMIT 50
"""


async def check_again(
    base: Base, organization_id: str, repository: str, *, even_decided: bool = True
) -> None:
    """Enqueue the checks of a repository's newest captures, in the open transaction."""
    for row in await base.database.fetch(_NEWEST, organization_id, repository, even_decided):
        await enqueue_check(base, row)


async def enqueue_check(base: Base, row: Record, delay_s: float = 0) -> None:
    """Enqueue the check of a moment, given its id and organisation, in the open transaction."""
    await base.queue.enqueue(
        CHECK_JOB,
        {"moment_id": row["id"]},
        delay_s=delay_s,
        key=row["id"],
        organization_id=row["organization_id"],
    )
