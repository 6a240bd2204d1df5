"""Compares moments with each other and with their baselines."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from domain.accounts.models import Actor, Caller
from domain.accounts.rights import Rights
from domain.commits.baselines import Baselines
from domain.commits.comparing import Comparer
from domain.commits.models import (
    Bundle,
    Change,
    CommitFacts,
    Pair,
    Shot,
    facts_of,
    keys_of,
)
from domain.commits.reviews import ReviewService
from domain.commits.shots import paired, shots_of
from domain.commits.visual import Calibration, Settings
from domain.core.errors import NotFound
from domain.infra import images
from domain.infra.base import Base
from domain.moments.models import Moment
from domain.moments.records import MomentRecords


class CommitService:
    """The service of what changed."""

    def __init__(
        self,
        base: Base,
        rights: Rights,
        records: MomentRecords,
        comparer: Comparer,
        baselines: Baselines,
        reviews: ReviewService,
    ) -> None:
        self._database = base.database
        self._base = base
        self._rights = rights
        self._records = records
        self._comparer = comparer
        self._baselines = baselines
        self._reviews = reviews

    async def compare(self, caller: Caller, before_id: str, after_id: str) -> Change:
        """Compare the pictures of any two moments that the caller can see."""
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            before, after = await self._both(actor, before_id, after_id)
        return await self.between(before, after)

    async def with_baseline(self, caller: Caller, moment_id: str) -> Change:
        """Compare a moment with its baseline, if it has one."""
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            moment = await self._records.find(actor, moment_id)
        return await self.against_baseline(actor, moment)

    async def between(self, before: Moment, after: Moment) -> Change:
        """Compare two moments of an organisation, whoever asks; one without pictures with none."""
        async with self._database.transaction():
            shots = await shots_of(self._base, [before.id, after.id])
        if not {before.id, after.id} <= shots.keys():
            return Change(before.id, after.id, ())
        pairs = paired(shots.get(before.id, ()), shots.get(after.id, ()))
        wanted = [(name, [old] if old else [], new) for name, old, new in pairs]
        return Change(before.id, after.id, await self._pairs(after, wanted))

    async def against_baseline(self, actor: Actor, moment: Moment) -> Change:
        """Compare a moment with its baseline and the accepted variants of that."""
        async with self._database.transaction():
            baseline = await self._baselines.find(actor, facts_of(moment), but=moment.id)
            accepted = await self._baselines.accepted(baseline) if baseline else []
            shots = await shots_of(self._base, [*accepted, moment.id])
        if baseline is None or moment.id not in shots:
            return Change(None, moment.id, ())
        wanted = []
        for name, old, new in paired(shots.get(baseline, ()), shots.get(moment.id, ())):
            of_variants = [
                s for each in accepted[1:] for s in shots.get(each, ()) if s.name == name
            ]
            wanted.append((name, [old, *of_variants] if old else of_variants, new))
        return Change(baseline, moment.id, await self._pairs(moment, wanted))

    async def bundle(
        self, caller: Caller, repository: str, commits: Sequence[str], branch: str | None
    ) -> Bundle:
        """Return the baseline of a commit by its ancestors, to compare with offline."""
        facts = CommitFacts(repository, branch, None, keys_of(commits), is_partial=False)
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            baseline = await self._baselines.find(actor, facts)
            accepted = await self._baselines.accepted(baseline) if baseline else []
            shots = await shots_of(self._base, accepted)
            settings = await self._reviews.settings_of(actor.organization_id, repository)
            masks = await self._reviews.masks(actor.organization_id, repository)
        ignored = tuple(sorted({mask for each in masks.values() for mask in each}))
        found = [shot for moment_id in accepted for shot in shots.get(moment_id, ())]
        return Bundle(baseline, replace(settings, ignored_masks=ignored), found)

    async def drawing(
        self,
        caller: Caller,
        before_id: str | None,
        after_id: str,
        name: str | None,
        *,
        max_width: int | None = None,
    ) -> bytes:
        """Return a PNG of what changed in one picture, the first without a name.

        Without `before_id`, since the baseline; with `max_width`, a JPEG of at most that width.

        Raises:
            NotFound: The moments have no such pair. BadInput: A picture cannot be read.
        """
        before, after, settings = await self._shots(caller, before_id, after_id, name)
        png = await self._comparer.drawing(before, after, settings)
        return await images.thumbnail(png, max_width) if max_width else png

    async def calibrate(
        self, caller: Caller, first_id: str, second_id: str, name: str | None
    ) -> Calibration:
        """Measure the noise between two captures of the same thing.

        Raises:
            NotFound: The moments have no such pair. BadInput: A picture cannot be read.
        """
        first, second, settings = await self._shots(caller, first_id, second_id, name)
        return await self._comparer.calibrate(first, second, settings)

    async def close(self) -> None:
        """End the process that compares pictures."""
        await self._comparer.close()

    async def _shots(
        self, caller: Caller, before_id: str | None, after_id: str, name: str | None
    ) -> tuple[Shot, Shot, Settings]:
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            after = await self._records.find(actor, after_id)
            facts = facts_of(after)
            if before_id is None:
                before_id = await self._baselines.find(actor, facts, but=after.id)
            before = (await self._records.find(actor, before_id)).id if before_id else ""
            shots = await shots_of(self._base, [before, after.id])
            settings = await self._reviews.settings_of(actor.organization_id, facts.repository)
        for found, old, new in paired(shots.get(before, ()), shots.get(after.id, ())):
            if old is not None and new is not None and name in {None, found}:
                return old, new, settings
        raise NotFound("These moments have no such picture in common.")

    async def _both(self, actor: Actor, before_id: str, after_id: str) -> tuple[Moment, Moment]:
        found = {m.id: m for m in await self._records.many(actor, [before_id, after_id])}
        return found[before_id.replace("\0", "")], found[after_id.replace("\0", "")]

    async def _pairs(
        self, after: Moment, wanted: Sequence[tuple[str, Sequence[Shot], Shot | None]]
    ) -> Sequence[Pair]:
        repository = facts_of(after).repository
        async with self._database.transaction():
            settings = await self._reviews.settings_of(after.organization_id, repository)
            masks: Mapping[str, Collection[str]]
            masks = await self._reviews.masks(after.organization_id, repository)
        return [
            await self._comparer.pair(
                after.organization_id, name, before, shot, settings, masks.get(name, ())
            )
            for name, before, shot in wanted
        ]
