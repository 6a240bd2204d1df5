"""What a commit's capture changed, on its page."""

from urllib.parse import urlencode

from domain.commits.models import Build
from domain.moments.models import Moment
from webapp.app.components.build_state import against_baseline, draw_state, sentence
from webapp.app.kit.elements import El, link
from webapp.app.shell import SignedInPage


async def read_build(page: SignedInPage, moment: Moment) -> Build | None:
    """Return how a commit's capture stands; None of other moments."""
    if moment.kind != "commit":
        return None
    return await page.services.checks.build(page.caller, moment.id)


def draw_change(build: Build) -> None:
    """Draw what changed since the capture before, how it stands, and where to compare."""
    pair = {"before": build.previous_id, "after": build.moment_id}
    query = urlencode({name: value for name, value in pair.items() if value})
    words = "Compare" if build.previous_id else "Compare with other commits"
    with El("section", "m-change", aria_label="What changed"):
        with El("div", "m-row m-t"):
            if build.previous_summary:
                since = f"{sentence(build.previous_summary)} since the last one"
                El("span", "m-b m-lg", since)
            draw_state(build)
        El("p", "m-sm m-2", against_baseline(build))
        if build.state != "empty":
            link(words, f"/commits?{query}", "m-btn", "commit")
