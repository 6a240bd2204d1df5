"""Commits as other code sees them: immutable values, no rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from domain.commits.visual import Comparison, Settings, Verdict
from domain.moments.models import MediaFile, Moment, UserRef

MAX_ANCESTORS: Final = 1000
KEY_CHARS: Final = 12  # of a hash: enough to know a commit by, in any repository

DecisionVerdict = Literal["approved", "rejected"]
PairState = Literal["compared", "added", "removed", "failed"]
# pending: files or comparisons are unfinished. empty: there are no pictures. new: no baseline.
BuildState = Literal[
    "pending", "failed", "empty", "new", "passed", "changed", "approved", "rejected"
]
_ORDER: Final = ("identical", "unchanged", "ignored", "moved", "changed")


@dataclass(frozen=True, slots=True)
class CommitFacts:
    """What the agent said of a capture's commit: moments' git fields, and metadata."""

    repository: str
    branch: str | None
    key: str | None  # the start of the commit's hash
    ancestors: Sequence[str]  # keys: the merge base and commits before it, newest first
    is_partial: bool  # it lacks pictures on purpose, so it is nobody's baseline


def facts_of(moment: Moment) -> CommitFacts:
    """Return a moment's commit facts; anything of the wrong type counts as absent.

    Metadata: `repository`; `gitMergeBase`, a hash; `gitAncestors`, hashes of the merge base and
    what came before it, newest first, at least 12 characters of each; `partial`.
    """
    metadata, git = moment.metadata, moment.git
    repository = metadata.get("repository")
    given = metadata.get("gitAncestors")
    merge_base = metadata.get("gitMergeBase")
    hashes = [merge_base, *(given if isinstance(given, list) else [])]
    return CommitFacts(
        repository if isinstance(repository, str) else "",
        git.branch,
        key_of(git.commit_hash),
        keys_of(hashes),
        metadata.get("partial") is True,
    )


def keys_of(hashes: Sequence[Any]) -> Sequence[str]:
    """Return the keys of hashes, each once, without what is no hash."""
    keys = [key for each in hashes[: MAX_ANCESTORS + 1] if (key := key_of(each)) is not None]
    return list(dict.fromkeys(keys))


def key_of(commit_hash: Any) -> str | None:  # noqa: ANN401 (of metadata)
    """Return what a commit is known by."""
    is_known = isinstance(commit_hash, str) and len(commit_hash) >= KEY_CHARS
    return commit_hash[:KEY_CHARS].lower().replace("\0", "") if is_known else None


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture of a moment; `name` pairs it with those of other commits.

    Its URL is signed and lasts an hour.
    """

    asset_id: str
    moment_id: str
    name: str
    file: MediaFile
    sha256: str
    width: int
    height: int
    url: str


@dataclass(frozen=True, slots=True)
class Pair:
    """One picture before and after."""

    name: str
    state: PairState
    before: Shot | None
    after: Shot | None
    comparison: Comparison | None = None
    error: str | None = None

    @property
    def verdict(self) -> Verdict:
        """A picture that came, went or cannot be read is a change."""
        return self.comparison.verdict if self.comparison else "changed"

    @property
    def share(self) -> float:
        """The part of it that changed, 0 to 1."""
        return self.comparison.share if self.comparison else 1.0


@dataclass(frozen=True, slots=True)
class Change:
    """What changed between two moments, picture by picture; `before_id` None: no baseline."""

    before_id: str | None
    after_id: str
    pairs: Sequence[Pair]

    @property
    def verdict(self) -> Verdict | None:
        """The worst of the pictures; None without a baseline or pictures."""
        if self.before_id is None or not self.pairs:
            return None
        return max((pair.verdict for pair in self.pairs), key=_ORDER.index)

    @property
    def share(self) -> float:
        """The largest changed part of a picture, 0 to 1."""
        return max((pair.share for pair in self.pairs), default=0.0)

    @property
    def places(self) -> int:
        """How many boxes there are."""
        return sum(len(pair.comparison.boxes) for pair in self.pairs if pair.comparison)

    @property
    def summary(self) -> str:
        """The worst of the pictures in words."""
        worst = max(self.pairs, key=lambda pair: (_ORDER.index(pair.verdict), pair.share))
        if worst.comparison is None:
            return f"{worst.name} is {'gone' if worst.state == 'removed' else 'new'}"
        return worst.comparison.summary

    @property
    def error(self) -> str | None:
        """Why a picture could not be compared."""
        return next((pair.error for pair in self.pairs if pair.error), None)


@dataclass(frozen=True, slots=True)
class Decision:
    """An approval or rejection."""

    id: str
    moment_id: str
    verdict: DecisionVerdict
    variant_of: str | None
    note: str
    decided_by: UserRef | None
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class IgnoredChange:
    """A change that is ignored wherever it appears in a picture of a repository."""

    id: str
    repository: str
    name: str
    mask: str
    moment_id: str | None
    ignored_by: UserRef | None
    ignored_at: datetime


@dataclass(frozen=True, slots=True)
class Build:
    """The state of one commit's capture, for people and for a forge's status."""

    moment_id: str
    commit_hash: str | None
    state: BuildState
    summary: str
    verdict: Verdict | None
    share: float | None
    places: int
    baseline_id: str | None
    decision: Decision | None
    url: str  # where people compare and decide
    previous_id: str | None = None  # the capture before it on its branch
    previous_summary: str | None = None  # what changed since

    @property
    def conclusion(self) -> Literal["pending", "success", "failure"]:
        """The state as forges know it: a commit without a baseline does not fail."""
        if self.state == "pending":
            return "pending"
        return "failure" if self.state in {"failed", "changed", "rejected"} else "success"


@dataclass(frozen=True, slots=True)
class Bundle:
    """All that a comparison without credentials needs."""

    baseline_id: str | None
    settings: Settings
    shots: Sequence[Shot]


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """A commit's capture in a timeline."""

    id: str
    created_at: datetime
    title: str
    repository: str
    branch: str | None
    commit_hash: str | None
    author: str | None
    commit_date: datetime | None
    tags: Sequence[str]
    vm_id: str | None
    vm_name: str | None
    picture_url: str | None  # signed, lasts an hour
    previous_share: float | None  # that changed since the capture before it; None: unknown or first
    previous_id: str | None
    previous_summary: str | None
    verdict: Verdict | None  # against its baseline
    decision: DecisionVerdict | None


@dataclass(frozen=True, slots=True)
class TimelineFilter:
    """What a timeline shows; all given ones apply."""

    repository: str | None = None
    branch: str | None = None
    vm_id: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Axis:
    """A value that a timeline can be of, and how many of the newest captures have it."""

    value: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Axes:
    """Repositories, branches and VMs among the newest captures."""

    repositories: Sequence[Axis]
    branches: Sequence[Axis]
    vms: Sequence[Axis]
