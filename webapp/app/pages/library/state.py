"""The library's filters, as its address carries them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, cast, get_args
from urllib.parse import parse_qs, quote, urlencode

from domain.captures.models import ClipStatus
from domain.core.time import isoformat
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
CLIP_STATUS: Final[dict[str, ClipStatus]] = {
    "recording": "recording",
    "processing": "processing",
    "failed": "failed",
}
STATUS: Final = {"shared": "Shared", **{each: each.capitalize() for each in CLIP_STATUS}}
_MAX_WORDS: Final = 200  # as long as the API's
_MAX_VALUE: Final = 500
_MAX_VALUES: Final = 20


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list shows, and in which order; an empty value does not filter."""

    q: str = ""
    kind: Kind | None = None
    tags: tuple[str, ...] = ()  # all of them
    sources: tuple[str, ...] = ()  # any of them
    person: str = ""
    branch: str = ""
    vm: str = ""
    status: str = ""
    within: str = ""
    start: datetime | None = None
    end: datetime | None = None
    is_oldest_first: bool = False
    is_deleted: bool = False

    @classmethod
    def from_query(cls, query: str) -> "Filters":
        """Read an address; what it cannot mean is left out."""
        every = {
            name: tuple(value[:_MAX_VALUE].replace("\0", "") for value in values[:_MAX_VALUES])
            for name, values in parse_qs(query, max_num_fields=50).items()
        }
        given = {name: values[-1] for name, values in every.items()}
        kind, within, status = given.get("kind"), given.get("within", ""), given.get("status", "")
        return cls(
            q=given.get("q", "")[:_MAX_WORDS],
            kind=cast("Kind", kind) if kind in get_args(Kind) else None,
            tags=every.get("tag", ()),
            sources=every.get("stream", ()),
            person=given.get("person", ""),
            branch=given.get("branch", ""),
            vm=given.get("vm", ""),
            status=status if status in STATUS else "",
            within=within if within in WITHIN else "",
            start=instant(given.get("from")),
            end=instant(given.get("to"), ends_day=True),
            is_oldest_first=given.get("sort") == "oldest",
            is_deleted=given.get("bin") == "1",
        )

    def query(self) -> str:
        """Return the address that `from_query` reads back."""
        values = [
            ("q", self.q),
            ("kind", self.kind),
            *(("tag", each) for each in self.tags),
            *(("stream", each) for each in self.sources),
            ("person", self.person),
            ("branch", self.branch),
            ("vm", self.vm),
            ("status", self.status),
            ("within", self.within),
            ("from", self.start and isoformat(self.start)),
            ("to", self.end and isoformat(self.end)),
            ("sort", "oldest" if self.is_oldest_first else ""),
            ("bin", "1" if self.is_deleted else ""),
        ]
        return urlencode([(name, value) for name, value in values if value])

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
            tags=self.tags,
            vm_id=self.vm or None,
            git_branch=self.branch or None,
            created_by=self.person or None,
            source_ids=self.sources,
            start=now - WITHIN[self.within][1] if self.within else self.start,
            end=self.end,
            q=self.q,
            is_shared=self.status == "shared" or None,
            is_deleted=self.is_deleted,
            limit=len(ids) or PAGE,
            after=after,
            oldest_first=self.is_oldest_first,
        )


def instant(text: str | None, *, ends_day: bool = False) -> datetime | None:
    """Read an instant, or a whole day in UTC; None if it is neither."""
    try:
        if len(text or "") == len("2026-11-21"):
            day = date.fromisoformat(text or "")
            found = datetime.combine(day + timedelta(days=ends_day), time(), UTC)
        else:
            found = datetime.fromisoformat(text or "")
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo and 1970 <= found.year < 9999 else None
