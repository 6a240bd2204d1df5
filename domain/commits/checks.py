"""Checks a commit's capture once its files are there, and says how it stands."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from domain.accounts.models import Actor, Caller, Role
from domain.accounts.rights import Rights
from domain.commits.models import Build, BuildState, Decision, facts_of
from domain.commits.rechecks import enqueue_check
from domain.commits.reviews import ReviewService
from domain.commits.service import CommitService
from domain.commits.shots import COMPARED_TYPES
from domain.infra.base import Base
from domain.infra.database import Record
from domain.moments.events import MomentEvents
from domain.moments.models import Moment
from domain.moments.records import MomentRecords

_TO_CHECK: Final = """
SELECT m.id, m.organization_id FROM moments m
WHERE m.id = $1 AND m.kind = 'commit' AND m.deleted_at IS NULL
"""
_READY: Final = """
SELECT m.organization_id, EXISTS (SELECT 1 FROM moment_assets a WHERE a.moment_id = m.id
    AND a.purpose = 'media' AND a.processing_status IN ('pending', 'processing')) AS is_unfinished
FROM moments m WHERE m.id = $1 AND m.kind = 'commit' AND m.deleted_at IS NULL FOR NO KEY UPDATE OF m
"""
_FILES: Final = """
SELECT file_name, mime_type, processing_status = 'failed' AS has_failed, processing_error
FROM moment_assets WHERE moment_id = $1 AND purpose = 'media' ORDER BY id
"""
_PREVIOUS: Final = """
SELECT m.id FROM moments m WHERE m.organization_id = $1 AND m.kind = 'commit'
AND m.deleted_at IS NULL AND coalesce(m.metadata ->> 'repository', '') = $2
AND m.git_branch IS NOT DISTINCT FROM $3 AND (m.created_at, m.id) < ($4, $5)
AND (m.visibility <> 'private' OR m.created_by IS NOT DISTINCT FROM $6)
AND EXISTS (SELECT 1 FROM moment_assets a WHERE a.moment_id = m.id AND a.purpose = 'media'
    AND a.mime_type LIKE 'image/%' AND a.processing_status = 'completed')
ORDER BY m.created_at DESC, m.id DESC LIMIT 1
"""
_KEEP: Final = """
INSERT INTO commit_checks (moment_id, organization_id, previous_id, previous_share,
    previous_summary, baseline_id, verdict, share, places, summary, error, checked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (moment_id) DO UPDATE SET
    previous_id = excluded.previous_id, previous_share = excluded.previous_share,
    previous_summary = excluded.previous_summary, baseline_id = excluded.baseline_id,
    verdict = excluded.verdict, share = excluded.share,
    places = excluded.places, summary = excluded.summary, error = excluded.error,
    checked_at = excluded.checked_at
"""
_OF_COMMIT: Final = """
SELECT m.id FROM moments m WHERE {where} AND m.kind = 'commit' AND m.deleted_at IS NULL
ORDER BY m.created_at DESC, m.id DESC LIMIT 100
"""
# How long an agent has to name a capture's files; one that goes on later changes the verdict.
_DEADLINE_S: Final = 3600
_EMPTY: Final = "It has no pictures, so there is nothing to compare"


class CheckService:
    """The service of builds: a job checks each capture, and faces ask how it stands."""

    def __init__(
        self,
        base: Base,
        rights: Rights,
        records: MomentRecords,
        events: MomentEvents,
        commits: CommitService,
        reviews: ReviewService,
    ) -> None:
        self._database = base.database
        self._clock = base.clock
        self._origin = base.settings.origin
        self._base = base
        self._rights = rights
        self._records = records
        self._events = events
        self._commits = commits
        self._reviews = reviews

    async def on_processed(self, asset_id: str, _error: str | None) -> None:
        """Enqueue the check of a file's moment, in the transaction that ends its processing."""
        moment_id = await self._database.fetchval(
            "SELECT moment_id FROM moment_assets WHERE id = $1", asset_id
        )
        if moment_id is not None:
            await self.check_soon(moment_id)

    async def hear(
        self,
        _organization_id: str,
        kind: str,
        payload: Mapping[str, Any],
        _audience: Collection[str] | None,
    ) -> None:
        """Enqueue the check of a new capture for when its files should be there."""
        if kind == "moment.created":
            await self.check_soon(payload["id"], _DEADLINE_S)

    async def check_soon(self, moment_id: str, delay_s: float = 0) -> None:
        """Enqueue the check of a moment whose files changed, in the open transaction."""
        row = await self._database.fetchrow(_TO_CHECK, moment_id)
        if row is not None:
            await enqueue_check(self._base, row, delay_s)

    async def check(self, moment_id: str) -> None:
        """Compare a capture with the one before it and with its baseline; idempotent."""
        async with self._database.transaction():
            row = await self._database.fetchrow(_READY, moment_id)
            if row is None or row["is_unfinished"]:
                return  # its last file asks again
            actor = Actor(None, row["organization_id"], Role.OWNER)
            moment = await self._records.find(actor, moment_id)
            files = await self._database.fetch(_FILES, moment_id)
            has_pictures = any(row["mime_type"] in COMPARED_TYPES for row in files)
            previous = await self._previous(actor, moment)
        since = await self._commits.between(previous, moment) if previous else None
        change = await self._commits.against_baseline(_as_creator(moment), moment)
        async with self._database.transaction():
            if await self._database.fetchrow(_READY, moment_id) is None:
                return  # deleted meanwhile
            [before] = await self._builds([moment])
            await self._database.execute(
                _KEEP,
                moment.id,
                moment.organization_id,
                previous.id if previous else None,
                since.share if since and since.pairs else None,
                since.summary if since and since.pairs else None,
                change.before_id,
                change.verdict,
                change.share if change.verdict else None,
                change.places,
                change.summary if change.verdict else "" if has_pictures else _EMPTY,
                _missing(moment, files) or change.error,
                self._clock.now(),
            )
            await self._events.publish(
                moment.organization_id, "moment.updated", moment.id, moment.id
            )
            [after] = await self._builds([moment])
            if after.state != before.state:
                await self._events.publish(
                    moment.organization_id, f"build.{after.state}", moment.id, moment.id
                )

    async def _previous(self, actor: Actor, moment: Moment) -> Moment | None:
        found = await self._database.fetchval(
            _PREVIOUS,
            moment.organization_id,
            facts_of(moment).repository,
            moment.git.branch,
            moment.created_at,
            moment.id,
            _as_creator(moment).user_id,
        )
        return await self._records.find(actor, found) if found else None

    async def build(self, caller: Caller, moment_id: str) -> Build:
        """Return how a capture stands."""
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            moment = await self._records.find(actor, moment_id)
            return (await self._builds([moment]))[0]

    async def build_for_vm(self, caller: Caller, moment_id: str) -> Build:
        """Return how a capture of the calling VM stands."""
        async with self._database.transaction():
            actor = await self._rights.vm(caller)
            moment = await self._records.find(actor, moment_id)
            return (await self._builds([moment]))[0]

    async def builds(
        self, caller: Caller, commit_hash: str, repository: str | None
    ) -> Sequence[Build]:
        """Return how the captures of a commit stand, the newest first."""
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            where = await self._records.where(actor)
            where.add_if("left(m.git_commit_hash, 12) = left({}, 12)", commit_hash)
            where.add_if("m.git_commit_hash ^@ {}", commit_hash)
            where.add_if("coalesce(m.metadata ->> 'repository', '') = {}", repository)
            rows = await self._database.fetch(_OF_COMMIT.format(where=where.sql), *where.arguments)
            if not rows:
                return []
            found = await self._records.many(actor, [row["id"] for row in rows])
            return await self._builds(found)

    async def _builds(self, moments: Sequence[Moment]) -> Sequence[Build]:
        ids = [moment.id for moment in moments]
        rows = await self._database.fetch(
            "SELECT * FROM commit_checks WHERE moment_id = ANY($1::text[])", ids
        )
        checks = {row["moment_id"]: row for row in rows}
        decisions = await self._reviews.newest(ids)
        return [_build(self._origin, m, checks.get(m.id), decisions.get(m.id)) for m in moments]


def _as_creator(moment: Moment) -> Actor:
    """Return for whom a capture is compared: with its creator's private ones if it is private.

    Others see what a check found, so it must not lead to what they cannot see.
    """
    by = moment.created_by if moment.visibility == "private" else None
    return Actor(by.id if by else None, moment.organization_id, Role.MEMBER)


def _missing(moment: Moment, files: Sequence[Record]) -> str | None:
    """Return why a capture is incomplete. What a person wrote of a commit may have no files."""
    if not files:
        is_of_agent = moment.created_by_vm is not None or "agent" in moment.metadata
        return "No file arrived. Capture the commit again." if is_of_agent else None
    failed = [row for row in files if row["has_failed"]]
    if not failed:
        return None
    reason = failed[0]["processing_error"] or "It failed. Capture the commit again."
    more = f" Files that failed: {len(failed)}." if len(failed) > 1 else ""
    return f"{failed[0]['file_name']}: {reason}{more}"


def _build(origin: str, moment: Moment, check: Record | None, decision: Decision | None) -> Build:
    state, summary = _state(check, decision)
    baseline_id = check["baseline_id"] if check else None
    pair = {"before": baseline_id, "after": moment.id} if baseline_id else {"after": moment.id}
    return Build(
        moment.id,
        moment.git.commit_hash,
        state,
        summary,
        check["verdict"] if check else None,
        check["share"] if check else None,
        check["places"] if check else 0,
        baseline_id,
        decision,
        f"{origin}/commits?{urlencode(pair)}",
        check["previous_id"] if check else None,
        check["previous_summary"] if check else None,
    )


def _state(check: Record | None, decision: Decision | None) -> tuple[BuildState, str]:
    if decision is not None:
        person = (
            decision.decided_by.name or decision.decided_by.email if decision.decided_by else ""
        )
        return decision.verdict, f"{decision.verdict.capitalize()} by {person or 'a former member'}"
    if check is None:
        return "pending", "Its files are on their way or being compared"
    if check["error"]:
        return "failed", check["error"]
    if check["verdict"] is None and check["summary"]:
        return "empty", check["summary"]
    if check["verdict"] is None:
        return "new", "There is no baseline yet: approve this, or an earlier commit"
    return "changed" if check["verdict"] in {"changed", "moved"} else "passed", check["summary"]
