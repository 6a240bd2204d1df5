"""Suggested times for somebody else's mark: its owner takes them or not.

Times are the source's own, in tenths of a second, so that a suggestion outlives a merge of tracks.
"""

from collections.abc import Sequence
from typing import Final

from domain.accounts.models import Actor, Caller, Role
from domain.accounts.notices import News, Notifier
from domain.accounts.rights import Rights
from domain.core.errors import BadFields, Conflict, Forbidden, NotFound
from domain.core.ids import new_id
from domain.infra.base import Base
from domain.infra.database import Record
from domain.marks.models import Mark, MarkChange, Nudge
from domain.marks.rows import MarkRow, MarkRows
from domain.marks.service import MarkService
from domain.marks.times import check_times, clock_text
from domain.moments.access import Access, no_moment
from domain.moments.search import Where

MAX_SHIFT_DS: Final = 100  # further away it is another part: save that as one's own
_PER_HOUR: Final = 60
_PUT: Final = """
INSERT INTO mark_nudge (id, moment_id, user_id, start_ds, end_ds, created_at)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (moment_id, user_id) DO UPDATE
SET start_ds = $4, end_ds = $5, created_at = $6 RETURNING id
"""
# Members of the owner's organisation are named; others by their handle, if they have one.
_LIST: Final = """
SELECT n.id, n.start_ds, n.end_ds, n.created_at, CASE WHEN EXISTS (SELECT 1 FROM membership m
        WHERE m.user_id = n.user_id AND m.organization_id = $2)
    THEN coalesce(nullif(u.name, ''), u.email) ELSE '@' || p.handle END AS by
FROM mark_nudge n JOIN app_user u ON u.id = n.user_id LEFT JOIN profile p ON p.user_id = n.user_id
WHERE n.moment_id = $1 ORDER BY n.created_at DESC, n.id LIMIT 20
"""


class NudgeService:
    """The service of suggestions."""

    def __init__(
        self,
        base: Base,
        rights: Rights,
        access: Access,
        *,
        rows: MarkRows,
        marks: MarkService,
        notifier: Notifier,
    ) -> None:
        self._database = base.database
        self._clock = base.clock
        self._limiter = base.limiter
        self._rights = rights
        self._access = access
        self._rows = rows
        self._marks = marks
        self._notifier = notifier

    async def suggest(self, caller: Caller, mark: str, start_ds: int, end_ds: int) -> None:
        """Suggest other times for a mark that the caller sees: by its id, or a public one's slug.

        A newer suggestion of the same person takes the earlier one's place.

        Raises:
            NotFound, Gone: There is no such mark. RateLimited: Too many within the hour.
            Conflict: It is the caller's own (code `own_mark`), or nobody's any more. Forbidden.
            BadFields: The times are the mark's, or over 10 s away from them.
        """
        await self._limiter.hit("nudges", caller.user_id or "", _PER_HOUR, 3600)
        async with self._database.transaction():
            user_id = await self._rights.person(caller)
            row = await self._seen(caller, mark)
            if row.user_id is None or row.user_id == user_id:
                raise Conflict("Change your own mark yourself.", code="own_mark")
            _check(row, start_ds, end_ds)
            nudge_id = await self._database.fetchval(
                _PUT, new_id("nudge"), row.id, user_id, start_ds, end_ds, self._clock.now()
            )
            title = f"Other times for “{row.title}”"
            detail = f"Somebody suggests {clock_text(start_ds)} to {clock_text(end_ds)}."
            news = News("nudge", nudge_id, title, detail, f"/mark?id={row.id}")
            await self._notifier.tell(row.user_id, row.organization_id, news)

    async def list(self, caller: Caller, mark_id: str) -> Sequence[Nudge]:
        """Return what others suggest for the caller's own mark, newest first.

        Raises:
            NotFound: There is no such mark. Forbidden: It is somebody else's.
        """
        async with self._database.transaction():
            actor, row = await self._own(caller, mark_id)
            found = await self._database.fetch(_LIST, row.id, actor.organization_id)
        return [Nudge(**dict(each)) for each in found]

    async def accept(self, caller: Caller, mark_id: str, nudge_id: str) -> Mark:
        """Give the caller's own mark the suggested times; the suggestion is then done.

        Raises:
            NotFound: There is no such suggestion. Forbidden: It is somebody else's mark.
            BadFields, Conflict: As a change of the mark.
        """
        async with self._database.transaction():
            _, row = await self._own(caller, mark_id)
            nudge = await self._take(row, nudge_id)
            change = MarkChange(start_ds=nudge["start_ds"], end_ds=nudge["end_ds"])
            return await self._marks.update(caller, row.id, change)

    async def dismiss(self, caller: Caller, mark_id: str, nudge_id: str) -> None:
        """Delete a suggestion for the caller's own mark."""
        async with self._database.transaction():
            _, row = await self._own(caller, mark_id)
            await self._take(row, nudge_id)

    async def _seen(self, caller: Caller, mark: str) -> MarkRow:
        if mark.startswith("moment_"):
            return await self._rows.find(
                await self._rights.load(caller, at_least=Role.MEMBER), mark
            )
        found = await self._database.fetchrow(
            "SELECT m.id, m.visibility, m.source_id, m.deleted_at FROM moment_slug s"
            " JOIN moments m ON m.id = s.moment_id WHERE s.slug = $1 AND m.kind = 'mark'",
            mark.replace("\0", ""),
        )
        if found is None:
            raise no_moment()
        await self._access.check_open(found["visibility"], found["source_id"], found["deleted_at"])
        where = Where("true", [])
        where.add_if("k.moment_id = {}", found["id"])
        rows = await self._rows.select(where)
        if not rows:
            raise no_moment()
        return rows[0]

    async def _own(self, caller: Caller, mark_id: str) -> tuple[Actor, MarkRow]:
        actor = await self._rights.load(caller, at_least=Role.MEMBER)
        row = await self._rows.find(actor, mark_id)
        if actor.user_id is None or row.user_id != actor.user_id:
            raise Forbidden("Only the person who saved this mark can see suggestions for it.")
        return actor, row

    async def _take(self, row: MarkRow, nudge_id: str) -> Record:
        found = await self._database.fetchrow(
            "DELETE FROM mark_nudge WHERE id = $1 AND moment_id = $2 RETURNING *",
            nudge_id.replace("\0", ""),
            row.id,
        )
        if found is None:
            raise NotFound("There is no such suggestion. It may have been taken back.")
        return found


def _check(row: MarkRow, start_ds: int, end_ds: int) -> None:
    check_times(start_ds, end_ds)
    now = (row.start_ds - row.source.offset_ds, row.end_ds - row.source.offset_ds)
    if (start_ds, end_ds) == now:
        raise BadFields({"start": "is the mark's already: move the start or the end"})
    for name, wanted, present in (("start", start_ds, now[0]), ("end", end_ds, now[1])):
        if abs(wanted - present) > MAX_SHIFT_DS:
            raise BadFields({name: "must be within 10 s of the mark's: save another part instead"})
