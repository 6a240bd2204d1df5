"""The library's filters, as its address carries them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, cast, get_args
from urllib.parse import parse_qs, quote, urlencode

from domain.moments.models import Cursor, Kind, MomentFilter

PAGE: Final = 48
KINDS: Final[tuple[tuple[Kind, str, str], ...]] = (
    ("clip", "Clips", "clip"),
    ("snapshot", "Snapshots", "camera"),
    ("mark", "Marks", "mark"),
    ("commit", "Commits", "commit"),
    ("video", "Videos", "video"),
    ("note", "Notes", "note"),
)
# The viewer's time zone is unknown here, so these are lengths and not calendar days.
WITHIN: Final = {
    "day": ("Last 24 hours", timedelta(days=1)),
    "week": ("Last 7 days", timedelta(days=7)),
    "month": ("Last 30 days", timedelta(days=30)),
    "year": ("Last 12 months", timedelta(days=365)),
}
_MAX_WORDS: Final = 200  # as long as the API's
_MAX_VALUE: Final = 500


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list shows; an empty value does not filter."""

    q: str = ""
    kind: Kind | None = None
    tag: str = ""
    person: str = ""
    source: str = ""
    branch: str = ""
    within: str = ""
    start: date | None = None  # of the address only: whole days in UTC, both included
    end: date | None = None
    is_deleted: bool = False

    @classmethod
    def from_query(cls, query: str) -> "Filters":
        """Read an address; what it cannot mean is left out."""
        given = {
            name: values[-1][:_MAX_VALUE].replace("\0", "")
            for name, values in parse_qs(query, max_num_fields=50).items()
        }
        kind, within = given.get("kind"), given.get("within", "")
        return cls(
            q=given.get("q", "")[:_MAX_WORDS],
            kind=cast("Kind", kind) if kind in get_args(Kind) else None,
            tag=given.get("tag", ""),
            person=given.get("person", ""),
            source=given.get("stream", ""),
            branch=given.get("branch", ""),
            within=within if within in WITHIN else "",
            start=_day(given.get("from")),
            end=_day(given.get("to")),
            is_deleted=given.get("bin") == "1",
        )

    def query(self) -> str:
        """Return the address that `from_query` reads back."""
        values = {
            "q": self.q,
            "kind": self.kind,
            "tag": self.tag,
            "person": self.person,
            "stream": self.source,
            "branch": self.branch,
            "within": self.within,
            "from": self.start and self.start.isoformat(),
            "to": self.end and self.end.isoformat(),
            "bin": "1" if self.is_deleted else "",
        }
        return urlencode({name: value for name, value in values.items() if value})

    def address(self, moment_id: str = "") -> str:
        """Return the path of the list with these filters, or of one moment of it."""
        path = f"/library/{quote(moment_id, safe='')}" if moment_id else "/library"
        query = self.query()
        return f"{path}?{query}" if query else path

    def wanted(
        self, now: datetime, *, after: Cursor | None = None, ids: Sequence[str] = ()
    ) -> MomentFilter:
        """Return the domain's filter for one page of the list, or for some of its moments."""
        return MomentFilter(
            ids=ids,
            kinds=(self.kind,) if self.kind else (),
            tags=(self.tag,) if self.tag else (),
            git_branch=self.branch or None,
            created_by=self.person or None,
            source_id=self.source or None,
            start=now - WITHIN[self.within][1] if self.within else _midnight(self.start),
            end=_midnight(self.end and self.end + timedelta(days=1)),
            q=self.q,
            is_deleted=self.is_deleted,
            limit=len(ids) or PAGE,
            after=after,
        )


def _day(text: str | None) -> date | None:
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return None
    return found if 1970 <= found.year < 9999 else None


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), UTC) if day else None
