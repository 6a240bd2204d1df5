"""The services and jobs of commits."""

from dataclasses import dataclass
from typing import Final

from domain.accounts.rights import Rights
from domain.commits.baselines import Baselines
from domain.commits.checks import CheckService
from domain.commits.comparing import Comparer
from domain.commits.rechecks import CHECK_JOB
from domain.commits.reviews import ReviewService
from domain.commits.service import CommitService
from domain.commits.timeline import TimelineService
from domain.infra.base import Base
from domain.infra.work import Args, Work, repeating
from domain.moments.wiring import MomentRoom

# A condition over `moments m`, for retention policies: captures that are baselines stay.
APPROVED: Final = """
(SELECT d.verdict = 'approved' FROM commit_decisions d WHERE d.moment_id = m.id
    ORDER BY d.id DESC LIMIT 1) IS TRUE
"""


@dataclass(frozen=True, slots=True)
class CommitRoom:
    """The services of this package."""

    commits: CommitService
    reviews: ReviewService
    checks: CheckService
    timeline: TimelineService
    work: Work


def wire(base: Base, rights: Rights, moments: MomentRoom) -> CommitRoom:
    """Return the services; nothing is started or queried here."""
    records, events = moments.records, moments.events
    reviews = ReviewService(base, rights, records, events)
    baselines = Baselines(base.database, records)
    comparer = Comparer(base)
    commits = CommitService(base, rights, records, comparer, baselines, reviews)
    checks = CheckService(base, rights, records, events, commits, reviews)
    moments.uploads.on_changed(checks.check_soon)
    base.events.on_publish(checks.hear)
    timeline = TimelineService(base, rights, records)

    async def check(args: Args) -> None:
        await checks.check(args["moment_id"])

    work = Work({CHECK_JOB: check}) + repeating(24 * 3600, "commits.purge", comparer.purge)
    return CommitRoom(commits, reviews, checks, timeline, work)
