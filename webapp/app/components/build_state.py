"""How a commit's capture stands."""

from domain.commits.models import Build
from webapp.app.kit.elements import El

_LOOKS = {
    "passed": "okw", "approved": "okw", "changed": "warnw", "rejected": "badw", "failed": "badw",
}  # fmt: skip


def draw_state(build: Build) -> None:
    """Draw its state as a badge."""
    El("span", f"m-badge m-{_LOOKS.get(build.state, 'plain')}", build.state.capitalize())


def against_baseline(build: Build) -> str:
    """Say what was found against its baseline, or who decided."""
    if build.decision or not build.baseline_id:
        return build.summary
    return f"Against the baseline: {build.summary}"


def sentence(summary: str) -> str:
    """Return a summary as it begins a line."""
    return summary[:1].upper() + summary[1:]
