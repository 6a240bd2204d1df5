"""Notifies people when others save the part that they saved."""

from typing import Any, Final

from domain.accounts.models import Actor, Role
from domain.accounts.notices import News, Notifier
from domain.infra.base import Base
from domain.infra.database import Record
from domain.marks.sums import Sums, Window

SAVED_JOB: Final = "marks.saved_too"
_MOST: Final = 100  # who saved it first
_LOOKED_AT: Final = 1000  # among so many: a hot part has hundreds of thousands
# A part that thousands save is news a dozen times, not thousands of times.
_NEWS_AT: Final = frozenset(
    (2, 3, 5, *(step * 10**power for power in range(1, 7) for step in (1, 2.5, 5)))
)
# Whom a new mark concerns: those who saved the part before, and who can see that mark.
_EARLIER: Final = """
FROM marks k JOIN marks o ON o.track_id = k.track_id AND o.user_id <> k.user_id
    AND o.start_ds = ANY(ARRAY(SELECT generate_series(k.start_ds - 20, k.start_ds + 20)))
    AND o.end_ds BETWEEN k.end_ds - 20 AND k.end_ds + 20
WHERE k.moment_id = $1 AND NOT k.is_deleted AND NOT o.is_deleted AND (k.visibility = 'public'
    OR (k.visibility <> 'private' AND o.organization_id = k.organization_id))
"""
_OWNERS: Final = f"""
SELECT o.*, m.title, b.role FROM (
    SELECT * FROM (SELECT o.* {_EARLIER} LIMIT {_LOOKED_AT}) o ORDER BY o.created_at LIMIT {_MOST}
) o
JOIN moments m ON m.id = o.moment_id
JOIN membership b ON b.user_id = o.user_id AND b.organization_id = o.organization_id
"""  # noqa: S608 (constant)


class SavedNotices:
    """Asks for the job, and does it."""

    def __init__(self, base: Base, sums: Sums, notifier: Notifier) -> None:
        self._database = base.database
        self._queue = base.queue
        self._sums = sums
        self._notifier = notifier

    async def tell_later(self, mark_id: str) -> None:
        """Have others notified of a new mark, if it concerns any."""
        found = await self._database.fetchval(f"SELECT EXISTS (SELECT 1 {_EARLIER})", mark_id)
        if found:
            await self._queue.enqueue(SAVED_JOB, {"mark_id": mark_id}, key=mark_id)

    async def tell(self, args: dict[str, Any]) -> None:
        """Notify those who saved the part before (a job)."""
        async with self._database.transaction():
            rows = await self._database.fetch(_OWNERS, args["mark_id"])
            counts = await self._sums.saved_by_for([(_window(row), _owner(row)) for row in rows])
            for row in rows:
                await self._tell(row, counts[row["moment_id"]])

    async def _tell(self, row: Record, people: int) -> None:
        """Notify one of them with the number that they may see."""
        if people not in _NEWS_AT:
            return
        title = (
            f"Somebody saved your part “{row['title']}” too"
            if people == 2
            else f"{people} people keep your part “{row['title']}”"
        )
        owner, mark_id = _owner(row), row["moment_id"]
        detail = "Counts are saves made in Moments"
        news = News("saved", mark_id, title, detail, f"/library/{mark_id}")
        await self._notifier.tell(owner.user_id, owner.organization_id, news)


def _owner(row: Record) -> Actor:
    return Actor(row["user_id"], row["organization_id"], Role(row["role"]))


def _window(row: Record) -> Window:
    return Window(row["moment_id"], row["track_id"], row["start_ds"], row["end_ds"])
