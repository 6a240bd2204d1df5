"""What is known about a moment: tags, facts, its commit."""

from urllib.parse import urlencode

from domain.moments.models import Moment
from domain.sharing.places import place_of
from webapp.app.components.local_time import LocalTime
from webapp.app.kit.elements import El, link
from webapp.app.pages.commits.state import View, short_name
from webapp.app.pages.library.captured import Captured


def draw_tags(moment: Moment) -> None:
    """Draw the tags, each as a link to what has it too."""
    if moment.tags:
        with El("ul", "m-labels", aria_label="Tags"):
            for tag in moment.tags:
                with El("li"):
                    El("a", "m-tag", tag, href=f"/library?{urlencode({'tag': tag})}")


def draw_facts(moment: Moment, captured: Captured | None) -> None:
    """Draw who made it, when, from what."""
    by, source = moment.created_by, moment.source
    place = place_of(source, moment.start_s, moment.end_s) if source else None
    origin = place.title or place.provider if place else None
    facts = {
        "By": (by.name or by.email) if by else None,
        "Source": None if captured else origin or moment.source_name,
        "Artist": source.artist if source else None,
        "Range": _range(moment),
    }
    with El("dl", "m-facts"):
        if captured:
            captured.draw_facts()
        with El("div"):
            El("dt", text="Created")
            with El("dd"):
                LocalTime(moment.created_at)
        if moment.vm:
            with El("div"):
                El("dt", text="VM")
                with El("dd"):
                    El("a", "m-link", moment.vm.name, href=f"/settings/vms/{moment.vm.id}")
        _draw_pairs(facts)
    if place and place.url:
        El("a", "m-link", "Open at the source", href=place.url, target="_blank", rel="noopener")


def draw_branch(moment: Moment) -> None:
    """Draw a commit's repository and branch, which leads to its other commits."""
    repository, branch = _repository(moment), moment.git.branch
    if repository:
        El("span", text=short_name(repository))
    if branch:
        link(branch, View(repository, branch).address(), "m-link m-row m-t", "branch")


def draw_commit(moment: Moment) -> None:
    """Draw the commit, if there is one."""
    git = moment.git
    facts = {
        "Repository": _repository(moment),
        "Commit": git.commit_hash,
        "Branch": git.branch,
        "Author": git.author,
    }
    if not any(facts.values()):
        return
    El("h2", text="Git")
    with El("dl", "m-facts"):
        _draw_pairs(facts)
        if git.commit_date:
            with El("div"):
                El("dt", text="Committed")
                with El("dd"):
                    LocalTime(git.commit_date)
    if git.commit_message:
        El("p", "m-mtext m-sm", git.commit_message)


def _repository(moment: Moment) -> str | None:
    found = moment.metadata.get("repository")
    return found if isinstance(found, str) else None


def _draw_pairs(facts: dict[str, str | None]) -> None:
    for name, value in facts.items():
        if value:
            with El("div"):
                El("dt", text=name)
                El("dd", text=value)


def _range(moment: Moment) -> str | None:
    if moment.start_s is None:
        return None
    ends = [moment.start_s] if moment.end_s is None else [moment.start_s, moment.end_s]
    return " to ".join(f"{each // 60}:{each % 60:02}" for each in ends)
