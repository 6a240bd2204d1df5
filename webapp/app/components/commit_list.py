"""Commits with their pictures: a list of them, and lanes along the time."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from domain.commits.models import TimelineItem
from domain.commits.visual.result import percent
from domain.core.time import isoformat

Pick = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class CommitItem:
    """What is shown of a commit."""

    id: str
    title: str
    commit: str
    by: str
    branch: str
    at: str  # ISO 8601
    picture: str | None
    tags: Sequence[str]  # the change first

    @classmethod
    def of(cls, item: TimelineItem) -> "CommitItem":
        """Return a timeline's item."""
        return cls(
            item.id,
            item.title,
            (item.commit_hash or "")[:7],
            item.author or (f"VM {item.vm_name}" if item.vm_name else ""),
            item.branch or "",
            isoformat(item.created_at),
            item.picture_url,
            [*_change(item), *item.tags[:3]],
        )


def _change(item: TimelineItem) -> Sequence[str]:
    words = []
    if item.previous_share is not None:
        still = (item.previous_summary or "no change").partition(",")[0]  # "moved by 30 px"
        words.append(percent(item.previous_share) if item.previous_share else still)
    if item.decision:
        words.append(item.decision)
    return words


class _Commits(ui.element):
    """Shows commits and the two that are compared; a press picks one."""

    def __init__(self, on_pick: Pick) -> None:
        super().__init__()
        self.items: Sequence[CommitItem] = ()
        self._props.update({"items": [], "before": None, "after": None})

        async def pick(event: GenericEventArguments) -> None:
            await on_pick(str(event.args or ""))

        self.on("pick", pick)

    def show(self, items: Sequence[CommitItem]) -> None:
        """Show these commits, newest first."""
        if items != self.items:
            self.items = items
            self._props["items"] = [asdict(item) for item in items]

    def compare(self, before: str | None, after: str | None) -> None:
        """Show which two are compared."""
        self._props["before"], self._props["after"] = before, after

    def _displayed_contents(self, *, only_visible: bool) -> list[Any]:
        """Return what a simulated user sees of it."""
        seen = [text for item in self.items for text in (item.title, *item.tags)]
        return [*super()._displayed_contents(only_visible=only_visible), *seen]


class CommitList(_Commits, component="commit_list.js"):
    """A list with a line through it."""


class CommitLanes(_Commits, component="commit_lanes.js"):
    """A lane for each branch, with pictures at their time."""
