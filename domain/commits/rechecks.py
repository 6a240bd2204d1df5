"""Checks captures again once what they are compared by has changed, and those nobody asks for."""

from datetime import timedelta
from typing import Final

from domain.infra.base import Base
from domain.infra.database import Record

CHECK_JOB: Final = "commits.check"
# How long an agent has to name a capture's files; one that goes on later changes the verdict.
_DEADLINE: Final = timedelta(hours=1)
_NEWEST: Final = """
SELECT m.id, m.organization_id FROM moments m JOIN commit_checks c ON c.moment_id = m.id
WHERE m.organization_id = $1 AND coalesce(m.metadata ->> 'repository', '') = $2
    AND m.kind = 'commit' AND m.deleted_at IS NULL
    AND ($3 OR NOT EXISTS (SELECT FROM commit_decisions d WHERE d.moment_id = m.id))
ORDER BY m.created_at DESC, m.id DESC LIMIT 50
"""
_OVERDUE: Final = """
SELECT m.id, m.organization_id FROM moments m
WHERE m.kind = 'commit' AND m.deleted_at IS NULL AND m.created_at < $1
    AND NOT EXISTS (SELECT FROM commit_checks c WHERE c.moment_id = m.id)
    AND NOT EXISTS (SELECT FROM moment_assets a WHERE a.moment_id = m.id
        AND a.purpose = 'media' AND a.processing_status IN ('pending', 'processing'))
ORDER BY m.created_at LIMIT 1000
"""


async def check_again(
    base: Base, organization_id: str, repository: str, *, even_decided: bool = True
) -> None:
    """Enqueue the checks of a repository's newest captures, in the open transaction."""
    for row in await base.database.fetch(_NEWEST, organization_id, repository, even_decided):
        await enqueue_check(base, row)


async def check_overdue(base: Base) -> None:
    """Enqueue the checks of captures whose files never came, so that they do not wait for ever."""
    async with base.database.transaction():
        for row in await base.database.fetch(_OVERDUE, base.clock.now() - _DEADLINE):
            await enqueue_check(base, row)


async def enqueue_check(base: Base, row: Record) -> None:
    """Enqueue the check of a moment, given its id and organisation, in the open transaction."""
    await base.queue.enqueue(
        CHECK_JOB, {"moment_id": row["id"]}, key=row["id"], organization_id=row["organization_id"]
    )
