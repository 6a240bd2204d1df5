"""Comparisons, decisions and timelines of commits in wire format: camelCase."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from domain.commits.models import (
    Build,
    BuildState,
    Bundle,
    Change,
    Decision,
    DecisionVerdict,
    IgnoredChange,
    Pair,
    PairState,
    Shot,
)
from domain.commits.visual import Verdict
from webapp.api.camel_schemas import CamelIn, CamelOut, UserRefOut, user_ref_out
from webapp.api.schemas import Instant, instant

MomentId = Annotated[str, Meta(min_length=1, max_length=64)]
Repository = Annotated[str, Meta(max_length=2000, examples=["git@github.com:acme/shop.git"])]
Commit = Annotated[str, Meta(max_length=64, examples=["7be20aa0c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f6"])]


class CompareIn(CamelIn, frozen=True, kw_only=True):
    """Two moments; without `before`, the baseline of `after`."""

    after: MomentId
    before: MomentId | None = None


class CalibrateIn(CamelIn, frozen=True, kw_only=True):
    """Two captures of the same thing."""

    first: MomentId
    second: MomentId
    name: Annotated[str, Meta(max_length=255)] | None = None


class BundleIn(CamelIn, frozen=True, kw_only=True):
    """A commit's place in its repository."""

    repository: Repository
    commits: Annotated[
        list[Commit],
        Meta(max_length=1000, description="The merge base and commits before it, newest first."),
    ] = msgspec.field(default_factory=list)
    branch: Annotated[str, Meta(max_length=500)] | None = None


class DecisionIn(CamelIn, frozen=True, kw_only=True):
    """An approval or rejection."""

    verdict: DecisionVerdict
    variant_of: MomentId | None = None
    note: str = ""


class IgnoreIn(CamelIn, frozen=True, kw_only=True):
    """A change to ignore from now on."""

    name: Annotated[str, Meta(min_length=1, max_length=255)]
    mask: Annotated[str, Meta(pattern="^m1-[0-9a-f]{32}$")]


class SettingsIn(CamelIn, frozen=True, kw_only=True):
    """How a repository's pictures are compared; what is left out keeps its default."""

    repository: Repository
    settings: dict[str, Any]


class ShotOut(CamelOut, frozen=True, kw_only=True):
    """A picture of a moment."""

    asset_id: str
    moment_id: str
    name: str
    width: int
    height: int
    url: str


class PairOut(CamelOut, frozen=True, kw_only=True):
    """One picture before and after."""

    name: str
    state: PairState
    verdict: Verdict
    before: ShotOut | None
    after: ShotOut | None
    comparison: dict[str, Any] | None
    error: str | None


class ChangeOut(CamelOut, frozen=True, kw_only=True):
    """What changed between two moments; the verdict is null without a baseline."""

    before_id: str | None
    after_id: str
    verdict: Verdict | None
    changed_share: float
    places: int
    pictures: list[PairOut]


class DecisionOut(CamelOut, frozen=True, kw_only=True):
    """Who decided what, and when."""

    id: str
    moment_id: str
    verdict: DecisionVerdict
    variant_of: str | None
    note: str
    decided_by: UserRefOut | None
    decided_at: Instant


class DecisionList(CamelOut, frozen=True, kw_only=True):
    """Decisions, the newest first: it is the one that holds."""

    items: list[DecisionOut]


class IgnoredOut(CamelOut, frozen=True, kw_only=True):
    """A change that is ignored."""

    id: str
    repository: str
    name: str
    mask: str
    moment_id: str | None
    ignored_by: UserRefOut | None
    ignored_at: Instant


class IgnoredList(CamelOut, frozen=True, kw_only=True):
    """Ignored changes, the newest first."""

    items: list[IgnoredOut]


class SettingsOut(CamelOut, frozen=True, kw_only=True):
    """How a repository's pictures are compared."""

    repository: str
    settings: dict[str, Any]


class BuildOut(CamelOut, frozen=True, kw_only=True):
    """How a capture stands; `conclusion` is what a forge's status takes."""

    moment_id: str
    commit: str | None
    state: BuildState
    conclusion: Literal["pending", "success", "failure"]
    summary: str
    verdict: Verdict | None
    changed_share: float | None
    places: int
    baseline_id: str | None
    decision: DecisionOut | None
    url: str


class BuildList(CamelOut, frozen=True, kw_only=True):
    """The captures of a commit, the newest first, and what they conclude together."""

    items: list[BuildOut]
    conclusion: Literal["pending", "success", "failure"]


class BaselineShotOut(CamelOut, frozen=True, kw_only=True):
    """An accepted picture; its URL lasts an hour."""

    moment_id: str
    name: str
    sha256: str
    url: str


class BundleOut(CamelOut, frozen=True, kw_only=True):
    """What a comparison without credentials needs: settings and accepted pictures."""

    baseline_id: str | None
    settings: dict[str, Any]
    pictures: list[BaselineShotOut]


def change_out(change: Change) -> ChangeOut:
    """Return a change in wire format."""
    return ChangeOut(
        before_id=change.before_id,
        after_id=change.after_id,
        verdict=change.verdict,
        changed_share=change.share,
        places=change.places,
        pictures=list(map(_pair_out, change.pairs)),
    )


def _pair_out(pair: Pair) -> PairOut:
    return PairOut(
        name=pair.name,
        state=pair.state,
        verdict=pair.verdict,
        before=_shot_out(pair.before),
        after=_shot_out(pair.after),
        comparison=pair.comparison.to_json() if pair.comparison else None,
        error=pair.error,
    )


def _shot_out(shot: Shot | None) -> ShotOut | None:
    if shot is None:
        return None
    return ShotOut(
        asset_id=shot.asset_id,
        moment_id=shot.moment_id,
        name=shot.name,
        width=shot.width,
        height=shot.height,
        url=shot.url,
    )


def decision_out(decision: Decision) -> DecisionOut:
    """Return a decision in wire format."""
    return DecisionOut(
        id=decision.id,
        moment_id=decision.moment_id,
        verdict=decision.verdict,
        variant_of=decision.variant_of,
        note=decision.note,
        decided_by=user_ref_out(decision.decided_by),
        decided_at=instant(decision.decided_at) or "",
    )


def ignored_out(ignored: IgnoredChange) -> IgnoredOut:
    """Return an ignored change in wire format."""
    return IgnoredOut(
        id=ignored.id,
        repository=ignored.repository,
        name=ignored.name,
        mask=ignored.mask,
        moment_id=ignored.moment_id,
        ignored_by=user_ref_out(ignored.ignored_by),
        ignored_at=instant(ignored.ignored_at) or "",
    )


def build_out(build: Build) -> BuildOut:
    """Return a build in wire format."""
    return BuildOut(
        moment_id=build.moment_id,
        commit=build.commit_hash,
        state=build.state,
        conclusion=build.conclusion,
        summary=build.summary,
        verdict=build.verdict,
        changed_share=build.share,
        places=build.places,
        baseline_id=build.baseline_id,
        decision=decision_out(build.decision) if build.decision else None,
        url=build.url,
    )


def bundle_out(bundle: Bundle) -> BundleOut:
    """Return a bundle in wire format."""
    pictures = [
        BaselineShotOut(moment_id=s.moment_id, name=s.name, sha256=s.sha256, url=s.url)
        for s in bundle.shots
    ]
    return BundleOut(
        baseline_id=bundle.baseline_id, settings=bundle.settings.to_json(), pictures=pictures
    )
