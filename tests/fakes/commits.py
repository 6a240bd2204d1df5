"""Commits in memory: the services of the commits page."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, Protocol

from domain.accounts.models import Caller, Role
from domain.commits.models import (
    Axes,
    Axis,
    Build,
    Change,
    Decision,
    DecisionVerdict,
    IgnoredChange,
    Pair,
    Shot,
    TimelineFilter,
    TimelineItem,
)
from domain.commits.visual import Box, Calibration, Comparison, Settings, SettingsError
from domain.core.errors import BadFields, NotFound
from domain.moments.models import Count, Cursor, MediaFile, UserRef

REPOSITORY = "git@example.org:acme/web-shop.git"
MASK = "m1-" + "0" * 32


class House(Protocol):
    """What the fake needs of the house."""

    def check(self, *, at_least: Role = Role.VIEWER) -> None:
        """Refuse what the role may not do."""
        ...


def commit(number: int, at: Any, **values: Any) -> TimelineItem:  # noqa: ANN401 (any field)
    """Return a capture; a higher number is older."""
    made = TimelineItem(
        id=f"moment_{number}",
        created_at=at - timedelta(minutes=number),
        title=f"Commit {number}",
        repository=REPOSITORY,
        branch="main",
        commit_hash=f"{number:07}" + "0" * 33,
        author="Ada",
        commit_date=None,
        tags=(),
        vm_id=None,
        vm_name=None,
        picture_url=f"/files/{number}",
        previous_share=0.034,
        previous_id=f"moment_{number + 1}",
        previous_summary="3.4 % changed in 2 places",
        verdict=None,
        decision=None,
    )
    return replace(made, **values)


def shot(moment_id: str) -> Shot:
    """Return a picture."""
    file = MediaFile("b", moment_id, "image/png", 1000, "home.png")
    url = f"/files/{moment_id}.png"
    return Shot(f"asset_{moment_id}", moment_id, "home.png", file, moment_id, 1280, 720, url)


class FakeCommits:
    """Timeline, comparisons, checks and decisions."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.items: list[TimelineItem] = []
        self.decided: list[tuple[str, DecisionVerdict, str | None]] = []
        self.masks: list[str] = []
        self.baseline_id: str | None = None
        self.compared: list[tuple[str, str]] = []
        self.limits = Settings()
        self.noise = Calibration(
            40, 0.2, Settings(fine_threshold=0.22), Comparison("unchanged", 1, 1), "Raise them."
        )

    def services(self) -> dict[str, Any]:
        """Return the services by the wiring's names."""
        timeline = SimpleNamespace(page=self.page, total=self.total, axes=self.axes)
        reviews = SimpleNamespace(
            decide=self.decide,
            decisions=self.decisions,
            ignore=self.ignore,
            ignored=self.ignored,
            stop_ignoring=self.stop_ignoring,
            settings=self.settings,
            edit_settings=self.edit_settings,
        )
        return {
            "timeline": timeline,
            "reviews": reviews,
            "commits": SimpleNamespace(compare=self.compare, calibrate=self.calibrate),
            "checks": SimpleNamespace(build=self.build),
        }

    def _of(self, wanted: TimelineFilter) -> list[TimelineItem]:
        return [
            each
            for each in self.items
            if wanted.repository in {None, each.repository}
            and wanted.branch in {None, each.branch}
            and wanted.vm_id in {None, each.vm_id}
        ]

    async def page(
        self, caller: Caller, wanted: TimelineFilter, after: Cursor | None = None
    ) -> list[TimelineItem]:
        """Return one page."""
        self._house.check()
        found = [e for e in self._of(wanted) if after is None or e.created_at < after.created_at]
        return found[: wanted.limit]

    async def total(self, caller: Caller, wanted: TimelineFilter) -> Count:
        """Count."""
        return Count(len(self._of(wanted)))

    async def axes(self, caller: Caller, repository: str | None = None) -> Axes:
        """Return what there is."""
        repositories = Counter(each.repository for each in self.items)
        branches = Counter(
            each.branch or "" for each in self.items if repository in {None, each.repository}
        )
        return Axes(
            [Axis(name, name, count) for name, count in repositories.most_common()],
            [Axis(name, name, count) for name, count in branches.most_common()],
            (),
        )

    async def compare(self, caller: Caller, before_id: str, after_id: str) -> Change:
        """Compare; one box changed."""
        self._house.check()
        known = {each.id for each in self.items}
        if not {before_id, after_id} <= known:
            raise NotFound("Moment not found")
        self.compared.append((before_id, after_id))
        if self._lacks_pictures(after_id):
            return Change(before_id, after_id, ())
        boxes = (Box(1, 10, 10, 100, 40, 300),)
        made = Comparison("changed", 1280, 720, 400, 300, 310, 5, 300, mask=MASK, boxes=boxes)
        if MASK in self.masks:
            made = made.with_verdict("ignored")
        pair = Pair("home.png", "compared", shot(before_id), shot(after_id), made)
        return Change(before_id, after_id, [pair])

    def _lacks_pictures(self, moment_id: str) -> bool:
        return moment_id in {each.id for each in self.items if each.picture_url is None}

    async def build(self, caller: Caller, moment_id: str) -> Build:
        """Return how a capture stands."""
        item = next((each for each in self.items if each.id == moment_id), None)
        if item is None:
            raise NotFound("Moment not found")
        made = Build(
            moment_id, None, "changed", "0.03 % changed in 1 place", "changed", 0.0003, 1,
            self.baseline_id, None, "", item.previous_id, item.previous_summary,
        )  # fmt: skip
        if self._lacks_pictures(moment_id):
            made = replace(made, state="empty", verdict=None, summary="It has no pictures")
        for decided, verdict, variant_of in self.decided:
            if decided == moment_id:
                at = self.items[0].created_at
                decision = Decision("d", decided, verdict, variant_of, "", None, at)
                made = replace(made, state=verdict, decision=decision, summary=verdict)
        return made

    async def decide(
        self,
        caller: Caller,
        moment_id: str,
        verdict: DecisionVerdict,
        *,
        variant_of: str | None = None,
        note: str = "",
    ) -> None:
        """Decide."""
        self._house.check(at_least=Role.MEMBER)
        self.decided.append((moment_id, verdict, variant_of))

    async def decisions(self, caller: Caller, moment_id: str) -> list[Decision]:
        """Return who decided what."""
        by, at = UserRef("user_1", "ada@example.org", "Ada"), datetime(2026, 1, 1, tzinfo=UTC)
        return [
            Decision("d", decided, verdict, variant_of, "", by, at)
            for decided, verdict, variant_of in self.decided
            if decided == moment_id
        ]

    async def ignore(self, caller: Caller, moment_id: str, name: str, mask: str) -> IgnoredChange:
        """Ignore a change."""
        self._house.check(at_least=Role.MEMBER)
        self.masks.append(mask)
        return (await self.ignored(caller, None))[0]

    async def ignored(self, caller: Caller, repository: str | None) -> list[IgnoredChange]:
        """List them."""
        by = UserRef("user_1", "ada@example.org", "Ada")
        return [
            IgnoredChange(
                "ignored_1", REPOSITORY, "home.png", mask, None, by, self.items[0].created_at
            )
            for mask in self.masks
        ]

    async def stop_ignoring(self, caller: Caller, ignored_id: str) -> None:
        """Undo it."""
        self.masks.clear()

    async def settings(self, caller: Caller, repository: str) -> Settings:
        """Return the limits."""
        return self.limits

    async def edit_settings(
        self, caller: Caller, repository: str, edit: Callable[[Settings], Settings]
    ) -> Settings:
        """Change them."""
        self._house.check(at_least=Role.MEMBER)
        try:
            self.limits = Settings.from_json(edit(self.limits).to_json())
        except SettingsError as error:
            raise BadFields({"settings": str(error)}) from error
        return self.limits

    async def calibrate(
        self, caller: Caller, first_id: str, second_id: str, name: str
    ) -> Calibration:
        """Measure."""
        self.compared.append((first_id, second_id))
        return self.noise
