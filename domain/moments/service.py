"""The service of moments of every kind."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, get_args

from domain.accounts.models import Actor, Caller, Role
from domain.accounts.rights import Rights
from domain.accounts.tables import Vms
from domain.core.errors import BadFields, Forbidden, NotFound
from domain.infra.base import Base
from domain.moments.access import OPEN, Access, check_masked, may_delete
from domain.moments.counting import counts
from domain.moments.events import MomentEvents
from domain.moments.models import (
    Count,
    Cursor,
    Facet,
    Facets,
    Kind,
    Moment,
    MomentChange,
    MomentFilter,
    MomentPage,
    NewMoment,
)
from domain.moments.paging import page, rows_of_page
from domain.moments.recent import by_words
from domain.moments.records import MomentRecords
from domain.moments.rules import check_number, clean_change, clean_new, clean_words, range_problems
from domain.moments.search import add_filter

_FACETS: Final = """
WITH newest AS (
    SELECT m.tags, m.git_branch, m.source_id, m.source_name, m.created_by, m.vm_id FROM moments m
    WHERE {where} AND m.deleted_at IS NULL ORDER BY m.created_at DESC, m.id DESC LIMIT 2000
), found AS (
    SELECT 'tag' AS facet, tag AS value, tag AS label, count(*) AS number
    FROM newest, unnest(tags) AS tag GROUP BY tag
    UNION ALL SELECT 'branch', git_branch, git_branch, count(*) FROM newest GROUP BY git_branch
    UNION ALL SELECT 'source', source_id, min(source_name), count(*) FROM newest GROUP BY source_id
    UNION ALL SELECT 'person', u.id, coalesce(nullif(u.name, ''), u.email), count(*)
    FROM newest JOIN app_user u ON u.id = newest.created_by GROUP BY u.id
    UNION ALL SELECT 'vm', v.id, v.name, count(*)
    FROM newest JOIN vms v ON v.id = newest.vm_id GROUP BY v.id
), ranked AS (
    SELECT *, row_number() OVER (PARTITION BY facet ORDER BY number DESC, label) AS rank FROM found
    WHERE value IS NOT NULL
)
SELECT facet, value, coalesce(label, value), number FROM ranked WHERE rank <= 100
ORDER BY facet, rank
"""


class MomentService:
    """An organisation's records, for users and VMs."""

    def __init__(
        self,
        base: Base,
        rights: Rights,
        access: Access,
        records: MomentRecords,
        events: MomentEvents,
    ) -> None:
        self._database = base.database
        self._clock = base.clock
        self._events = events
        self._rights = rights
        self._access = access
        self._records = records

    async def create(self, caller: Caller, new: NewMoment) -> Moment:
        """Create a moment (members).

        Raises:
            BadFields: Something is missing or too long. NotFound: There is no such VM.
            Conflict: The slug is taken.
        """
        new = clean_new(new)
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.MEMBER)
            if new.vm_id is not None:
                await self._vm_name(actor.organization_id, new.vm_id)
            return await self._insert(actor, new)

    async def create_by_vm(self, caller: Caller, new: NewMoment) -> Moment:
        """Create a moment as the calling VM.

        Raises:
            BadFields: As `create`, or it names another VM. Unauthenticated: The VM was revoked.
        """
        new = clean_new(new)
        async with self._database.transaction():
            actor = await self._rights.vm(caller)
            if actor.vm_id is None or new.vm_id not in {None, actor.vm_id}:
                raise BadFields({"vmId": "must be left out, or be the VM's own"})
            name = await self._vm_name(actor.organization_id, actor.vm_id)
            metadata = {**new.metadata, "createdByVMAgent": True, "vmName": name}
            return await self._insert(actor, replace(new, vm_id=actor.vm_id, metadata=metadata))

    async def get(self, caller: Caller, moment_id: str) -> Moment:
        """Return one moment."""
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            return await self._records.find(actor, moment_id)

    async def check(self, caller: Caller, moment_id: str) -> None:
        """Do nothing if a person, a program or a VM sees such a moment.

        Raises:
            NotFound: They do not.
        """
        async with self._database.transaction():
            is_vm = caller.credential == "vm"
            actor = await (self._rights.vm(caller) if is_vm else self._rights.load(caller))
            await self._records.find(actor, moment_id)

    async def list(self, caller: Caller, wanted: MomentFilter) -> MomentPage:
        """Return one page of what the caller can see, newest first."""
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            where = await self._records.where(actor)
            add_filter(where, wanted, self._clock.now())
            return await page(self._database, self._records, where, wanted, self._clock.now())

    async def facets(self, caller: Caller) -> Facets:
        """Return the values of the newest 2000 moments that lists can be filtered by."""
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            where = await self._records.where(actor)
            rows = await self._database.fetch(_FACETS.format(where=where.sql), *where.arguments)
        found: dict[str, list[Facet]] = {}
        for facet, value, label, number in rows:
            found.setdefault(facet, []).append(Facet(value, label, number))
        names = ("tag", "branch", "source", "person", "vm")
        return Facets(*(tuple(found.get(name, ())) for name in names))

    async def counts(self, caller: Caller, wanted: MomentFilter) -> dict[Kind, Count]:
        """Return how many moments of each kind match the other filters."""
        kinds: tuple[Kind, ...] = get_args(Kind)
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            where = await self._records.where(actor)
            add_filter(where, replace(wanted, kinds=()), self._clock.now())
            if wanted.tags or wanted.q:
                where = (await by_words(self._database, where)).every
            parts = [f"m.kind = '{kind}'" for kind in kinds]
            found = await counts(self._database, "moments m", where, parts)
        return dict(zip(kinds, found, strict=True))

    async def counts_within(
        self, caller: Caller, wanted: MomentFilter, spans: Sequence[tuple[datetime, datetime]]
    ) -> Sequence[Count]:
        """Return how many moments match a filter in each of some spans, [from, to)."""
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            where = await self._records.where(actor)
            add_filter(where, wanted, self._clock.now())
            parts = [
                f"(m.created_at >= '{start.isoformat()}' AND m.created_at < '{end.isoformat()}')"
                for start, end in spans
            ]
            return await counts(self._database, "moments m", where, parts)

    async def neighbours(
        self, caller: Caller, moment: Moment, wanted: MomentFilter
    ) -> tuple[Moment | None, Moment | None]:
        """Return the moments before and after one in a list; None at its ends."""
        cursor = Cursor(moment.created_at, moment.id)
        after = replace(wanted, after=cursor, limit=1, offset=0)
        before = replace(after, oldest_first=not wanted.oldest_first)
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            found: list[Moment | None] = []
            for each in (before, after):
                where = await self._records.where(actor)
                add_filter(where, each, self._clock.now())
                found.append(next(iter(await rows_of_page(self._records, where, each)), None))
        return found[0], found[1]

    async def update(self, caller: Caller, moment_id: str, change: MomentChange) -> Moment:
        """Change a moment's fields (members).

        Raises:
            BadFields: Something is too long, or the range is not inside the media. Conflict: The
            slug is taken, or the moment would be public while its source is private.
        """
        change = clean_change(change)
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.MEMBER)
            moment = await self._records.find(actor, moment_id, lock=True)
            _check_range(moment, change)
            await self._access.check_publishable(change.visibility, moment.source_id)
            if change.visibility in OPEN:
                await check_masked(self._database, [moment_id])
            await self._records.change(moment_id, change)
            await self._publish(actor.organization_id, "updated", [moment_id])
            return await self._records.find(actor, moment_id)

    async def add_tags(self, caller: Caller, moment_ids: Sequence[str], tags: Sequence[str]) -> int:
        """Add tags to moments, all or nothing; return how many moments there are (members).

        Raises:
            BadFields: A tag is too long, or a moment would have too many. NotFound: One is absent.
        """
        check_number(moment_ids)
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.MEMBER)
            found = await self._records.many(actor, moment_ids, lock=True)
            for moment in found:
                words = clean_words(None, None, [*moment.tags, *tags])
                await self._records.change(moment.id, MomentChange(tags=words.tags))
            await self._publish(actor.organization_id, "updated", [m.id for m in found])
        return len(found)

    async def delete(self, caller: Caller, moment_ids: Sequence[str]) -> int:
        """Move moments to the bin, all or nothing; return how many were not there already.

        Raises:
            NotFound: One is absent. Forbidden: The caller may not delete one.
        """
        return await self._move(caller, moment_ids, restore=False)

    async def restore(self, caller: Caller, moment_ids: Sequence[str]) -> int:
        """Restore moments from the bin, until they are purged; return how many were in it."""
        return await self._move(caller, moment_ids, restore=True)

    async def _insert(self, actor: Actor, new: NewMoment) -> Moment:
        moment_id = self._records.new_id()
        await self._records.insert(
            moment_id,
            actor.organization_id,
            new,
            created_by=actor.user_id,
            created_by_vm=actor.vm_id,
        )
        if new.visibility in OPEN:
            await check_masked(self._database, [moment_id])
        await self._publish(actor.organization_id, "created", [moment_id])
        return await self._records.find(actor, moment_id)

    async def _move(self, caller: Caller, moment_ids: Sequence[str], *, restore: bool) -> int:
        check_number(moment_ids)
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.MEMBER)
            found = await self._records.many(
                actor, moment_ids, is_deleted=None if restore else False, lock=True
            )
            moving = [moment for moment in found if (moment.deleted_at is not None) is restore]
            for moment in moving:
                if not may_delete(actor, moment.created_by.id if moment.created_by else None):
                    raise Forbidden
            ids = [moment.id for moment in moving]
            await (self._records.restore(ids) if restore else self._records.delete(ids))
            await self._publish(actor.organization_id, "restored" if restore else "deleted", ids)
        return len(ids)

    async def _publish(self, organization_id: str, what: str, moment_ids: Sequence[str]) -> None:
        for moment_id in moment_ids:
            await self._events.publish(organization_id, f"moment.{what}", moment_id, moment_id)

    async def _vm_name(self, organization_id: str, vm_id: str) -> str:
        row = (
            await Vms.select(Vms.name)
            .where(
                Vms.id == vm_id.replace("\0", ""),
                Vms.organization_id == organization_id,
                Vms.deleted_at.is_null(),
            )
            .first()
        )
        if row is None:
            message = "VM not found"
            raise NotFound(message)
        return str(row["name"])


def _check_range(moment: Moment, change: MomentChange) -> None:
    if change.start_s is None and change.end_s is None:
        return
    start_s = moment.start_s if change.start_s is None else change.start_s
    end_s = moment.end_s if change.end_s is None else change.end_s
    duration_s = moment.source.duration_s if moment.source else None
    if problems := range_problems(start_s, end_s, duration_s):
        raise BadFields({name: problem for name, problem in problems.items() if problem})
