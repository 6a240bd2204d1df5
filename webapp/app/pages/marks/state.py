"""What the mark page is about, by its address: a link, something shared, or a saved mark."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, urlencode

from domain.marks.links import Link, first_link
from domain.marks.models import Mark, TrackSource
from domain.marks.times import read_time
from webapp.app.components.mark_deck import Part

DRAFT: Final = "draft"  # the tag of what is to be finished later
DRAFTS: Final = f"/library?{urlencode({'kind': 'mark', 'tag': DRAFT})}"
_MAX_NOTE: Final = 500
_MAX_SLUG: Final = 63


@dataclass(frozen=True, slots=True)
class Shared:
    """What somebody pasted or shared: phones put the link into the text, behind other words."""

    url: str = ""
    note: str = ""
    mark_id: str = ""
    other: str = ""  # the slug of the mark that a public page's "Save too" came from
    part: Part = Part()  # noqa: RUF009 (frozen)

    @classmethod
    def from_query(cls, query: str) -> "Shared":
        """Read an address."""
        values = parse_qs(query.replace("\0", ""), max_num_fields=50)
        given = {name: found[-1].strip() for name, found in values.items()}
        part = _part(given.get("start", ""), given.get("end", ""))
        texts = [given.get(name, "") for name in ("url", "text", "title")]
        found = [(text, link) for text in texts if (link := first_link(text))]
        if not found:
            return cls(texts[0] or texts[1], "", given.get("id", ""), part=part)
        text, url = found[0]
        words = " ".join(text.replace(url, " ").split())
        other = given.get("of", "")[:_MAX_SLUG]
        return cls(url, words[:_MAX_NOTE], given.get("id", ""), other, part)


def _part(start: str, end: str) -> Part:
    """Return the part that a public page's "Save too" names."""
    start_ds, end_ds = read_time(start), read_time(end)
    if start_ds is None:
        return Part()
    return Part(start_ds, end_ds if end_ds is not None and end_ds > start_ds else None)


@dataclass(frozen=True, slots=True)
class Subject:
    """The media to mark, and where to begin; `mark` is the one that is edited."""

    link: Link
    source: TrackSource | None
    reason: str | None  # why it cannot be played here
    part: Part
    mark: Mark | None = None
    marked_ms: int | None = None  # the length that a mark's player saw
    other: str = ""  # somebody else's mark that it began with: its id or slug

    @property
    def store(self) -> str:
        """The name under which the browser keeps what is not saved."""
        if self.mark is not None:
            return ""
        return f"moments.mark.{self.link.provider}.{self.link.provider_id}"


def of_mark(mark: Mark, user_id: str | None) -> Subject:
    """Return a saved mark to edit; somebody else's is where one's own begins."""
    source = mark.source
    reason = source.restrictions.get("reason")
    return Subject(
        link_of(mark),
        source,
        str(reason) if reason else None,
        Part(mark.start_ds, mark.end_ds),
        mark if mark.created_by == user_id else None,
        mark.seen_duration_ms,
        "" if mark.created_by == user_id else mark.id,
    )


def link_of(mark: Mark) -> Link:
    """Return the link of a mark's media."""
    source = mark.source
    return Link(source.provider, source.kind, source.provider_id, source.url)  # type: ignore[arg-type]
