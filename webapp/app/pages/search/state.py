"""What the search page looks for, as its address carries it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import parse_qs, urlencode

from domain.search.models import Match, Query
from webapp.app.kit.hits import GROUPS

MOST: Final = 100
WITHIN: Final = {"day": ("Last 24 hours", 1), "month": ("30 days", 30), "year": ("Year", 365)}
MATCHES: Final[dict[Match, str]] = {"meaning": "Meaning", "words": "Words"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A query and how it is narrowed; an empty value does not narrow."""

    q: str = ""
    group: str = ""
    within: str = ""
    who: str = ""
    emotion: str = ""
    origin: str = ""
    match: Match = "meaning"

    @classmethod
    def from_query(cls, query: str) -> "Wanted":
        """Read an address; what it cannot mean is left out."""
        given = {name: values[-1] for name, values in parse_qs(query, max_num_fields=20).items()}
        group, within = given.get("kind", ""), given.get("within", "")
        return cls(
            q=" ".join(given.get("q", "")[:200].split()),
            group=group if group in GROUPS else "",
            within=within if within in WITHIN else "",
            who=given.get("who", "")[:200],
            emotion=given.get("emotion", "")[:200],
            origin=given.get("from", "")[:200],
            match="words" if given.get("match") == "words" else "meaning",
        )

    @property
    def address(self) -> str:
        """The page's address that `from_query` reads back."""
        values = [
            ("q", self.q),
            ("kind", self.group),
            ("within", self.within),
            ("who", self.who),
            ("emotion", self.emotion),
            ("from", self.origin),
            ("match", "" if self.match == "meaning" else self.match),
        ]
        return f"/search?{urlencode([each for each in values if each[1]])}"

    def query(self, now: datetime) -> Query:
        """Return the query; the facets are chosen among what it finds."""
        since = now - timedelta(days=WITHIN[self.within][1]) if self.within else None
        return Query(self.q, since=since, match=self.match, limit=MOST)
