"""Timelines of commits in wire format: camelCase."""

from msgspec import UNSET, UnsetType

from domain.commits.models import Axes, Axis, DecisionVerdict, TimelineItem
from domain.commits.visual import Verdict
from webapp.api.camel_schemas import CamelOut
from webapp.api.schemas import Instant, instant


class TimelineItemOut(CamelOut, frozen=True, kw_only=True):
    """A commit's capture."""

    id: str
    created_at: Instant
    title: str
    repository: str
    branch: str | None
    commit: str | None
    author: str | None
    commit_date: Instant | None
    tags: list[str]
    vm_id: str | None
    vm_name: str | None
    picture_url: str | None
    previous_id: str | None
    changed_share: float | None
    change_summary: str | None
    verdict: Verdict | None
    decision: DecisionVerdict | None


class TimelineOut(CamelOut, frozen=True, kw_only=True):
    """One page of a timeline."""

    items: list[TimelineItemOut]
    limit: int
    next_cursor: str | UnsetType = UNSET


class AxisOut(CamelOut, frozen=True, kw_only=True):
    """A value that a timeline can be of."""

    value: str
    label: str
    count: int


class AxesOut(CamelOut, frozen=True, kw_only=True):
    """Repositories, branches and VMs among the newest 2,000 captures."""

    repositories: list[AxisOut]
    branches: list[AxisOut]
    vms: list[AxisOut]


def item_out(item: TimelineItem) -> TimelineItemOut:
    """Return a capture in wire format."""
    return TimelineItemOut(
        id=item.id,
        created_at=instant(item.created_at) or "",
        title=item.title,
        repository=item.repository,
        branch=item.branch,
        commit=item.commit_hash,
        author=item.author,
        commit_date=instant(item.commit_date),
        tags=list(item.tags),
        vm_id=item.vm_id,
        vm_name=item.vm_name,
        picture_url=item.picture_url,
        previous_id=item.previous_id,
        changed_share=item.previous_share,
        change_summary=item.previous_summary,
        verdict=item.verdict,
        decision=item.decision,
    )


def axes_out(axes: Axes) -> AxesOut:
    """Return axes in wire format."""
    return AxesOut(
        repositories=list(map(_axis_out, axes.repositories)),
        branches=list(map(_axis_out, axes.branches)),
        vms=list(map(_axis_out, axes.vms)),
    )


def _axis_out(axis: Axis) -> AxisOut:
    return AxisOut(value=axis.value, label=axis.label, count=axis.count)
