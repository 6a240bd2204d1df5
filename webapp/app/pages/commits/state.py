"""What the commits page shows, as its address carries it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, urlencode

from domain.commits.models import TimelineFilter, TimelineItem

PAGE = 50
_MAX_VALUE = 2000
_NAMES = ("repository", "branch", "vm", "before", "after")


@dataclass(frozen=True, slots=True)
class View:
    """A timeline and the two commits that are compared; an empty value does not choose."""

    repository: str | None = None
    branch: str = ""
    vm: str = ""
    before: str = ""
    after: str = ""

    @classmethod
    def from_query(cls, query: str) -> "View":
        """Read an address; what it cannot mean is left out."""
        given = parse_qs(query, keep_blank_values=True)
        return cls(**{name: given[name][0][:_MAX_VALUE] for name in _NAMES if name in given})

    def address(self) -> str:
        """Return the page's address."""
        values = {name: getattr(self, name) for name in _NAMES}
        query = urlencode({n: v for n, v in values.items() if v or (n, v) == ("repository", "")})
        return f"/commits?{query}" if query else "/commits"

    def wanted(self) -> TimelineFilter:
        """Return what to read."""
        return TimelineFilter(self.repository, self.branch or None, self.vm or None, PAGE)

    def picked(self, moment_id: str, last: str, items: Sequence[TimelineItem]) -> "View":
        """Compare a commit with the one that was picked last; the older one comes first."""
        other = last or self.after or moment_id
        if moment_id == other:
            return self
        places = {item.id: place for place, item in enumerate(items)}
        pair = sorted([moment_id, other], key=lambda each: places.get(each, len(items)))
        return replace(self, before=pair[-1], after=pair[0])

    def completed(self, items: Sequence[TimelineItem]) -> "View":
        """Choose what is missing: the newest commit with a change, and the one before it."""
        if self.before or not items:
            return self
        changed = (item.id for item in items if item.previous_share is not None)
        after = self.after or next(changed, items[0].id)
        place = next((n for n, item in enumerate(items) if item.id == after), None)
        if place is None:
            return self
        others = [item.id for item in items[place + 1 : place + 2]]
        before = next(filter(None, [items[place].previous_id, *others]), "")
        return replace(self, after=after, before=before)


def short_name(repository: str) -> str:
    """Return a repository's name without its server: `git@host:acme/shop.git` is `shop`."""
    name = repository.rstrip("/").removesuffix(".git")
    return name.replace(":", "/").rpartition("/")[2] or "No repository"
