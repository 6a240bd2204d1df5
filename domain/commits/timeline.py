"""Captures of commits along a VM, a branch or a repository."""

from collections import defaultdict
from typing import Final

from domain.accounts.models import Caller
from domain.accounts.rights import Rights
from domain.commits.models import Axes, Axis, TimelineFilter, TimelineItem
from domain.infra.base import Base
from domain.infra.database import Record
from domain.infra.storage import Storage
from domain.moments.counting import count
from domain.moments.models import Count, Cursor
from domain.moments.records import MomentRecords
from domain.moments.search import Where, add_cursor

# One page first, by an index; then what belongs to its few rows.
_PAGE: Final = """
WITH page AS MATERIALIZED (
    SELECT m.id, m.created_at, m.title, m.metadata ->> 'repository' AS repository, m.git_branch,
        m.git_commit_hash, m.git_author, m.git_commit_date, m.tags, m.vm_id, m.cover_id
    FROM moments m WHERE {where} ORDER BY m.created_at DESC, m.id DESC LIMIT {limit}
)
SELECT p.*, v.name AS vm_name, a.gcs_bucket, a.gcs_path, a.mime_type,
    c.previous_id, c.previous_share, c.previous_summary, c.verdict,
    (SELECT d.verdict FROM commit_decisions d WHERE d.moment_id = p.id ORDER BY d.id DESC LIMIT 1)
        AS decision
FROM page p
LEFT JOIN vms v ON v.id = p.vm_id
LEFT JOIN moment_assets a ON a.id = p.cover_id
LEFT JOIN commit_checks c ON c.moment_id = p.id
ORDER BY p.created_at DESC, p.id DESC
"""
_AXES: Final = """
WITH newest AS (
    SELECT m.metadata ->> 'repository' AS repository, m.git_branch, m.vm_id FROM moments m
    WHERE {where} ORDER BY m.created_at DESC, m.id DESC LIMIT 2000
)
SELECT 'repository' AS axis, coalesce(repository, '') AS value, coalesce(repository, '') AS label,
    count(*) AS number FROM newest GROUP BY 2
UNION ALL SELECT 'branch', git_branch, git_branch, count(*) FROM newest
    WHERE git_branch IS NOT NULL AND ({repository}::text IS NULL OR
    coalesce(repository, '') = {repository}) GROUP BY git_branch
UNION ALL SELECT 'vm', v.id, v.name, count(*) FROM newest JOIN vms v ON v.id = newest.vm_id
    GROUP BY v.id
ORDER BY 1, 4 DESC, 3 LIMIT 300
"""


class TimelineService:
    """The service of timelines, newest first."""

    def __init__(self, base: Base, rights: Rights, records: MomentRecords) -> None:
        self._database = base.database
        self._storage = base.storage
        self._rights = rights
        self._records = records

    async def page(
        self, caller: Caller, wanted: TimelineFilter, after: Cursor | None = None
    ) -> list[TimelineItem]:
        """Return one page; the next begins after its last item."""
        async with self._database.transaction():
            where = await self._where(caller, wanted)
            add_cursor(where, "m", after)
            sql = _PAGE.format(where=where.sql, limit=where.argument(wanted.limit))
            rows = await self._database.fetch(sql, *where.arguments)
        return [_item(row, self._storage) for row in rows]

    async def total(self, caller: Caller, wanted: TimelineFilter) -> Count:
        """Return how many captures a timeline has."""
        async with self._database.transaction():
            where = await self._where(caller, wanted)
            return await count(self._database, "moments m", where)

    async def axes(self, caller: Caller, repository: str | None = None) -> Axes:
        """Return what a timeline can be of, among the newest 2,000 captures."""
        async with self._database.transaction():
            where = await self._where(caller, TimelineFilter())
            sql = _AXES.format(where=where.sql, repository=where.argument(repository))
            rows = await self._database.fetch(sql, *where.arguments)
        found: dict[str, list[Axis]] = defaultdict(list)
        for axis, value, label, number in rows:
            found[axis].append(Axis(value, label, number))
        return Axes(found["repository"], found["branch"], found["vm"])

    async def _where(self, caller: Caller, wanted: TimelineFilter) -> Where:
        actor = await self._rights.load(caller)
        where = await self._records.where(actor)
        where.add("m.kind = 'commit' AND m.deleted_at IS NULL")
        where.add_if("coalesce(m.metadata ->> 'repository', '') = {}", wanted.repository)
        where.add_if("m.git_branch = {}", wanted.branch)
        where.add_if("m.vm_id = {}", wanted.vm_id)
        return where


def _item(row: Record, storage: Storage) -> TimelineItem:
    url = None
    if row["gcs_path"] is not None:
        url = storage.signed_get(row["gcs_bucket"], row["gcs_path"], content_type=row["mime_type"])
    return TimelineItem(
        row["id"],
        row["created_at"],
        row["title"],
        row["repository"] or "",
        row["git_branch"],
        row["git_commit_hash"],
        row["git_author"],
        row["git_commit_date"],
        tuple(row["tags"]),
        row["vm_id"],
        row["vm_name"],
        url,
        row["previous_share"],
        row["previous_id"],
        row["previous_summary"],
        row["verdict"],
        row["decision"],
    )
