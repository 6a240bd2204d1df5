"""Retention policies: which moments an organisation moves to its bin by itself.

A rule is for a branch, for branches that begin alike, or for all the rest; the most specific one
counts. What is public, has a valid link, or is needed by another package stays in any case.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from domain.accounts.models import Caller, Role
from domain.accounts.rights import Rights
from domain.core.errors import BadFields
from domain.core.log import get_logger
from domain.infra.base import Base
from domain.infra.database import Record
from domain.moments.events import MomentEvents
from domain.moments.records import MomentRecords

log = get_logger(__name__)

MAX_RULES: Final = 50
MAX_DAYS: Final = 36_500
MAX_NEWEST: Final = 1_000_000
_MAX_BRANCH: Final = 250
_SHOWN: Final = 20
_BATCH: Final = 100
_BATCHES: Final = 50  # of an organisation, in one run
# $1 organisation, $2 and $3 the branches of the rule and of more specific ones, $4 to $6 its
# limits, $7 now, $8 the end of restored moments' grace. Newest first within a branch; what stays
# anyway counts, too.
_GOING: Final = """
SELECT m.id, m.title, m.git_branch, m.created_at{sums} FROM (
    SELECT *, row_number() OVER (PARTITION BY git_branch ORDER BY created_at DESC, id DESC) AS place
    FROM moments
    WHERE organization_id = $1 AND deleted_at IS NULL AND kind <> 'mark'
        AND coalesce(git_branch, '') LIKE $2 AND NOT coalesce(git_branch, '') LIKE ANY($3::text[])
) m
WHERE (m.created_at < $4 OR m.place > $5) AND NOT ($6 AND m.tags <> '{{}}')
    AND m.visibility NOT IN ('public', 'unlisted')
    AND (m.shared_until IS NULL OR m.shared_until <= $7)
    AND (m.restored_at IS NULL OR m.restored_at <= $8)
    {kept}
ORDER BY m.created_at, m.id LIMIT $9
"""
_SUMS: Final = """, count(*) OVER () AS total, sum((SELECT coalesce(sum(a.file_size_bytes), 0)
    FROM moment_assets a WHERE a.moment_id = m.id AND a.generation IS NOT NULL)
) OVER ()::bigint AS bytes"""


@dataclass(frozen=True, slots=True)
class Rule:
    """When moments of a branch go; an empty branch means all that have no rule of their own."""

    branch: str = ""  # `release/*` are all that begin with `release/`
    max_age_days: int | None = None
    keep_newest: int | None = None
    keep_tagged: bool = True

    @property
    def pattern(self) -> str:
        """The branch as a pattern of LIKE."""
        text = self.branch.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
        if not text:
            return "%"
        return f"{text[:-1]}%" if text.endswith("*") else text

    @property
    def rank(self) -> tuple[bool, int]:
        """How specific it is: an exact name, then the longer beginning."""
        return (bool(self.branch) and not self.branch.endswith("*"), len(self.branch))


@dataclass(frozen=True, slots=True)
class Going:
    """A moment that a rule would move to the bin."""

    id: str
    title: str
    branch: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class RulePreview:
    """What a rule would move: how many, how large, and the oldest of them."""

    rule: Rule
    total: int
    bytes: int
    oldest: Sequence[Going]


class RetentionPolicies:
    """An organisation's rules; `kept` are conditions over `moments m` of what must stay."""

    def __init__(
        self,
        base: Base,
        rights: Rights,
        records: MomentRecords,
        events: MomentEvents,
        kept: Sequence[str],
    ) -> None:
        self._database = base.database
        self._clock = base.clock
        self._rights = rights
        self._records = records
        self._events = events
        self._grace = timedelta(days=base.settings.retention_days)
        staying = "".join(f"AND NOT ({each}) " for each in kept)
        self._moving = _GOING.format(sums="", kept=staying)
        self._counting = _GOING.format(sums=_SUMS, kept=staying)

    async def rules(self, caller: Caller) -> Sequence[Rule]:
        """Return the rules, the most specific last."""
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            return await self._rules(actor.organization_id)

    async def set_rules(self, caller: Caller, rules: Sequence[Rule]) -> Sequence[Rule]:
        """Replace the rules (admins); they apply within the hour.

        Raises:
            BadFields: A rule has no limit, or one that is too large; two are for one branch.
        """
        rules = _checked(rules)
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.ADMIN)
            await self._database.execute(
                "DELETE FROM retention_rules WHERE organization_id = $1", actor.organization_id
            )
            for rule in rules:
                await self._database.execute(
                    "INSERT INTO retention_rules VALUES ($1, $2, $3, $4, $5, $6, $7)",
                    actor.organization_id,
                    rule.branch,
                    rule.max_age_days,
                    rule.keep_newest,
                    rule.keep_tagged,
                    actor.user_id,
                    self._clock.now(),
                )
            return await self._rules(actor.organization_id)

    async def preview(self, caller: Caller, rules: Sequence[Rule]) -> Sequence[RulePreview]:
        """Return what rules would move to the bin now (admins); nothing is changed.

        Raises:
            BadFields: As `set_rules`.
        """
        rules = _checked(rules)
        found = []
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.ADMIN)
            for rule in rules:
                rows = await self._going(self._counting, actor.organization_id, rule, rules, _SHOWN)
                oldest = [
                    Going(row["id"], row["title"], row["git_branch"], row["created_at"])
                    for row in rows
                ]
                total, size = (rows[0]["total"], rows[0]["bytes"]) if rows else (0, 0)
                found.append(RulePreview(rule, total, size, oldest))
        return found

    async def apply(self) -> None:
        """Move what the rules say to the bins, in small batches (a job)."""
        for row in await self._database.fetch(
            "SELECT DISTINCT organization_id FROM retention_rules"
        ):
            await self._apply_to(row["organization_id"])

    async def _apply_to(self, organization_id: str) -> None:
        moved = 0
        for _ in range(_BATCHES):
            async with self._database.transaction():
                batch = await self._move_batch(organization_id)
            moved += batch
            if batch < _BATCH:
                break
        if moved:
            log.info("moments_expired", organization_id=organization_id, moments=moved)

    async def _move_batch(self, organization_id: str) -> int:
        rules = await self._rules(organization_id)
        # Nobody approves, shares or deletes what is locked; what somebody just did is seen then.
        found = await self._database.fetch(
            "SELECT id FROM moments WHERE id = ANY($1::text[]) FOR UPDATE SKIP LOCKED",
            await self._batch(organization_id, rules),
        )
        locked = {row["id"] for row in found}
        ids = [each for each in await self._batch(organization_id, rules) if each in locked]
        await self._records.delete(ids)
        for moment_id in ids:
            await self._events.publish(organization_id, "moment.deleted", moment_id, moment_id)
        return len(ids)

    async def _batch(self, organization_id: str, rules: Sequence[Rule]) -> Sequence[str]:
        ids: list[str] = []
        for rule in rules:
            if left := _BATCH - len(ids):
                rows = await self._going(self._moving, organization_id, rule, rules, left)
                ids += [row["id"] for row in rows]
        return ids

    async def _rules(self, organization_id: str) -> Sequence[Rule]:
        rows = await self._database.fetch(
            "SELECT branch, max_age_days, keep_newest, keep_tagged FROM retention_rules"
            " WHERE organization_id = $1",
            organization_id,
        )
        return sorted((Rule(*row) for row in rows), key=lambda rule: (rule.rank, rule.branch))

    async def _going(
        self, sql: str, organization_id: str, rule: Rule, rules: Sequence[Rule], limit: int
    ) -> Sequence[Record]:
        now = self._clock.now()
        age = rule.max_age_days
        return await self._database.fetch(
            sql,
            organization_id,
            rule.pattern,
            [other.pattern for other in rules if other.rank > rule.rank],
            None if age is None else now - timedelta(days=age),
            rule.keep_newest,
            rule.keep_tagged,
            now,
            now - self._grace,
            limit,
        )


def _checked(rules: Sequence[Rule]) -> Sequence[Rule]:
    """Return rules that can be stored.

    Raises:
        BadFields: One cannot.
    """
    if len(rules) > MAX_RULES:
        raise BadFields({"rules": f"must be {MAX_RULES} at most"})
    branches = [rule.branch for rule in rules]
    if len(set(branches)) < len(branches):
        raise BadFields({"branch": "has a rule already"})
    for rule in rules:
        if problems := _problems(rule):
            raise BadFields(problems)
    return sorted(rules, key=lambda rule: (rule.rank, rule.branch))


def _problems(rule: Rule) -> dict[str, str]:
    problems = {}
    if len(rule.branch) > _MAX_BRANCH or "\0" in rule.branch or "*" in rule.branch[:-1]:
        problems["branch"] = "must be a name, or the beginning of names with * at its end"
    if rule.max_age_days is None and rule.keep_newest is None:
        problems["max_age_days"] = "or the number to keep is required"
    for name, value, most in (
        ("max_age_days", rule.max_age_days, MAX_DAYS),
        ("keep_newest", rule.keep_newest, MAX_NEWEST),
    ):
        if value is not None and not 1 <= value <= most:
            problems[name] = f"must be between 1 and {most:,}"
    return problems
