"""What people decide: approve, reject, ignore a change, choose limits."""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

from domain.accounts.models import Caller, Role
from domain.accounts.rights import Rights
from domain.commits.models import Decision, DecisionVerdict, IgnoredChange, facts_of
from domain.commits.rechecks import CHECK_JOB, check_again
from domain.commits.tables import CommitDecisions, IgnoredChanges
from domain.commits.visual import Settings, SettingsError
from domain.core.errors import BadFields, Conflict, NotFound
from domain.core.ids import new_id
from domain.infra.base import Base
from domain.infra.database import Record
from domain.moments.events import MomentEvents
from domain.moments.models import UserRef
from domain.moments.records import MomentRecords
from domain.moments.rules import repository_problem

_MAX_NOTE: Final = 2000
_MAX_IGNORED: Final = 1000
_DECISIONS: Final = """
SELECT d.*, u.email, u.name FROM commit_decisions d LEFT JOIN app_user u ON u.id = d.decided_by
WHERE d.moment_id = ANY($1::text[]) ORDER BY d.id DESC
"""
_IGNORED: Final = """
SELECT i.*, u.email, u.name AS user_name FROM ignored_changes i
LEFT JOIN app_user u ON u.id = i.ignored_by
WHERE i.organization_id = $1 AND i.undone_at IS NULL AND ($2::text IS NULL OR i.repository = $2)
ORDER BY i.id DESC LIMIT 1000
"""
_BEGIN: Final = """
INSERT INTO commit_settings (organization_id, repository, settings, updated_by, updated_at)
VALUES ($1, $2, '{}', $3, $4) ON CONFLICT DO NOTHING
"""
_LOCK: Final = """
SELECT settings FROM commit_settings WHERE organization_id = $1 AND repository = $2 FOR UPDATE
"""
_SET: Final = """
UPDATE commit_settings SET settings = $3::jsonb, updated_by = $4, updated_at = $5
WHERE organization_id = $1 AND repository = $2
"""


class ReviewService:
    """The service of decisions, for members; VMs decide nothing."""

    def __init__(
        self, base: Base, rights: Rights, records: MomentRecords, events: MomentEvents
    ) -> None:
        self._base = base
        self._database = base.database
        self._clock = base.clock
        self._queue = base.queue
        self._rights = rights
        self._records = records
        self._events = events

    async def decide(
        self,
        caller: Caller,
        moment_id: str,
        verdict: DecisionVerdict,
        *,
        variant_of: str | None = None,
        note: str = "",
    ) -> Decision:
        """Approve or reject a capture (members); earlier decisions stay as history.

        Approval makes a capture eligible as a baseline; with `variant_of` it is instead one more
        accepted look of that baseline.

        Raises:
            NotFound: There is no such moment. BadFields: The note is too long. Conflict: It is no
            capture of a commit.
        """
        if len(note) > _MAX_NOTE:
            raise BadFields({"note": f"must have at most {_MAX_NOTE} characters"})
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.MEMBER)
            moment = await self._records.find(actor, moment_id, lock=True)
            if moment.kind != "commit":
                message = "Only captures of commits can be approved. Choose one of them."
                raise Conflict(message, code="no_commit")
            if variant_of is not None:
                variant_of = (await self._records.find(actor, variant_of)).id
                if variant_of == moment.id:
                    raise BadFields({"variantOf": "must be another moment"})
            held = (await self.newest([moment.id])).get(moment.id)
            decision_id = new_id("decision")
            await CommitDecisions.insert(
                CommitDecisions(
                    id=decision_id,
                    organization_id=actor.organization_id,
                    moment_id=moment.id,
                    verdict=verdict,
                    variant_of=variant_of if verdict == "approved" else None,
                    note=note.replace("\0", "").strip(),
                    decided_by=actor.user_id,
                    decided_at=self._clock.now(),
                )
            )
            await self._changed(actor.organization_id, moment.id)
            if held is None or held.verdict != verdict:
                await self._events.publish(
                    actor.organization_id, f"build.{verdict}", moment.id, moment.id
                )
            repository = facts_of(moment).repository
            await check_again(self._base, actor.organization_id, repository, even_decided=False)
            return (await self._decisions([moment.id]))[moment.id][0]

    async def decisions(self, caller: Caller, moment_id: str) -> Sequence[Decision]:
        """List who decided what about a capture, the newest first."""
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            moment = await self._records.find(actor, moment_id)
            return (await self._decisions([moment.id])).get(moment.id, [])

    async def newest(self, moment_ids: Sequence[str]) -> Mapping[str, Decision]:
        """Return the decisions that hold, in the open transaction."""
        found = await self._decisions(moment_ids)
        return {moment_id: decisions[0] for moment_id, decisions in found.items()}

    async def ignore(self, caller: Caller, moment_id: str, name: str, mask: str) -> IgnoredChange:
        """Ignore a change, wherever it appears again in that picture of the repository (members).

        Raises:
            NotFound: There is no such moment. Conflict: 1,000 changes are ignored.
        """
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.MEMBER)
            moment = await self._records.find(actor, moment_id)
            repository = facts_of(moment).repository
            ignored = await self._ignored(actor.organization_id, repository)
            for each in ignored:
                if (each.name, each.mask) == (name, mask):
                    return each
            if len(ignored) >= _MAX_IGNORED:
                raise Conflict("1,000 changes are ignored here. Undo one that is gone.")
            await IgnoredChanges.insert(
                IgnoredChanges(
                    id=new_id("ignored"),
                    organization_id=actor.organization_id,
                    repository=repository,
                    name=name.replace("\0", ""),
                    mask=mask.replace("\0", ""),
                    moment_id=moment.id,
                    ignored_by=actor.user_id,
                    ignored_at=self._clock.now(),
                )
            )
            await self._changed(actor.organization_id, moment.id)
            await check_again(self._base, actor.organization_id, repository)
            return (await self._ignored(actor.organization_id, repository))[0]

    async def ignored(self, caller: Caller, repository: str | None) -> Sequence[IgnoredChange]:
        """List the ignored changes of a repository, or of all, the newest first."""
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            return await self._ignored(actor.organization_id, repository)

    async def stop_ignoring(self, caller: Caller, ignored_id: str) -> None:
        """Show a change again, until a person ignores it anew (members).

        Raises:
            NotFound: No such change is ignored.
        """
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.MEMBER)
            rows = (
                await IgnoredChanges.update(
                    {
                        IgnoredChanges.undone_at: self._clock.now(),
                        IgnoredChanges.undone_by: actor.user_id,
                    }
                )
                .where(
                    IgnoredChanges.id == ignored_id.replace("\0", ""),
                    IgnoredChanges.organization_id == actor.organization_id,
                    IgnoredChanges.undone_at.is_null(),
                )
                .returning(IgnoredChanges.moment_id, IgnoredChanges.repository)
            )
            if not rows:
                raise NotFound("No such change is ignored. Somebody may have undone it already.")
            if rows[0]["moment_id"]:
                await self._changed(actor.organization_id, rows[0]["moment_id"])
            await check_again(self._base, actor.organization_id, rows[0]["repository"])

    async def masks(self, organization_id: str, repository: str) -> Mapping[str, Collection[str]]:
        """Return the ignored masks of each picture, in the open transaction."""
        found: dict[str, set[str]] = defaultdict(set)
        for each in await self._ignored(organization_id, repository):
            found[each.name].add(each.mask)
        return found

    async def settings(self, caller: Caller, repository: str) -> Settings:
        """Return how a repository's pictures are compared."""
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            return await self.settings_of(actor.organization_id, repository)

    async def settings_of(self, organization_id: str, repository: str) -> Settings:
        """Return the same in the open transaction, whoever asks."""
        text = await self._database.fetchval(
            "SELECT settings FROM commit_settings WHERE organization_id = $1 AND repository = $2",
            organization_id,
            repository.replace("\0", ""),
        )
        return Settings.from_json(json.loads(text)) if text else Settings()

    async def set_settings(
        self, caller: Caller, repository: str, wanted: Mapping[str, Any]
    ) -> Settings:
        """Choose how a repository's pictures are compared (members); the rest are defaults.

        Raises:
            BadFields: A value is out of range.
        """
        settings = _settings(wanted)
        return await self.edit_settings(caller, repository, lambda _: settings)

    async def edit_settings(
        self, caller: Caller, repository: str, edit: Callable[[Settings], Settings]
    ) -> Settings:
        """Change how a repository's pictures are compared (members), one change after the other.

        Raises:
            BadFields: A value is out of range.
        """
        repository = repository.replace("\0", "")
        if problem := repository_problem(repository):
            raise BadFields({"repository": problem})
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.MEMBER)
            key, by = (actor.organization_id, repository), (actor.user_id, self._clock.now())
            await self._database.execute(_BEGIN, *key, *by)
            text = await self._database.fetchval(_LOCK, *key)
            settings = _settings(edit(Settings.from_json(json.loads(text))).to_json())
            await self._database.execute(_SET, *key, json.dumps(settings.to_json()), *by)
            await check_again(self._base, *key)
        return settings

    async def _changed(self, organization_id: str, moment_id: str) -> None:
        await self._queue.enqueue(
            CHECK_JOB, {"moment_id": moment_id}, key=moment_id, organization_id=organization_id
        )
        await self._events.publish(organization_id, "moment.updated", moment_id, moment_id)

    async def _decisions(self, moment_ids: Sequence[str]) -> dict[str, list[Decision]]:
        found: dict[str, list[Decision]] = defaultdict(list)
        for row in await self._database.fetch(_DECISIONS, list(moment_ids)):
            found[row["moment_id"]].append(_decision(row))
        return found

    async def _ignored(
        self, organization_id: str, repository: str | None
    ) -> Sequence[IgnoredChange]:
        rows = await self._database.fetch(_IGNORED, organization_id, repository)
        return [_ignored(row) for row in rows]


def _decision(row: Record) -> Decision:
    return Decision(
        row["id"],
        row["moment_id"],
        row["verdict"],
        row["variant_of"],
        row["note"],
        UserRef(row["decided_by"], row["email"], row["name"]) if row["decided_by"] else None,
        row["decided_at"],
    )


def _settings(wanted: Mapping[str, Any]) -> Settings:
    try:
        settings = Settings.from_json(wanted)
    except SettingsError as error:
        raise BadFields({"settings": str(error)}) from error
    if settings.ignored_masks:
        raise BadFields({"settings": "Ignore a change instead of naming its mask here."})
    return settings


def _ignored(row: Record) -> IgnoredChange:
    user_id = row["ignored_by"]
    return IgnoredChange(
        row["id"],
        row["repository"],
        row["name"],
        row["mask"],
        row["moment_id"],
        UserRef(user_id, row["email"], row["user_name"]) if user_id else None,
        row["ignored_at"],
    )
