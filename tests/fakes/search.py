"""Search, in memory: moments by a word, and whatever else a test puts there."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from domain.accounts.models import Caller
from domain.search import words
from domain.search.kept import KeptSearch
from domain.search.models import Found, Hit, Query

if TYPE_CHECKING:
    from tests.fakes.library import FakeLibrary


class FakeKeptSearches:
    """Searches that one person keeps."""

    def __init__(self) -> None:
        self.kept: list[KeptSearch] = []

    async def list(self, _caller: Caller) -> list[KeptSearch]:
        """Return them."""
        return self.kept

    async def keep(self, _caller: Caller, text: str) -> KeptSearch:
        """Keep one."""
        made = KeptSearch(f"search_{len(self.kept)}", text, datetime(2026, 11, 28, tzinfo=UTC))
        self.kept = [*self.kept, made]
        return made

    async def delete(self, _caller: Caller, search_id: str) -> None:
        """Delete one."""
        self.kept = [each for each in self.kept if each.id != search_id]


class FakeSearch:
    """Finds what has all words, the library's moments first."""

    def __init__(self, library: "FakeLibrary") -> None:
        self._library = library
        self.hits: list[Hit] = []
        self.asked: list[Query] = []
        self.reason: str | None = None

    async def find(self, caller: Caller, query: Query) -> Found:
        """Return what has all words, or is `meant`."""
        self._library.check()
        self.asked.append(query)
        asked = words.words_of(query.text)
        moments = [
            Hit(
                kind="moment",
                source_id=each.id,
                moment_id=each.id,
                moment_kind=each.kind,
                video_id=None,
                title=each.title,
                text=each.description or each.title,
                highlights=(),
                author="",
                emotion=None,
                start_s=None,
                created_at=each.created_at,
                score=0.1,
            )
            for each in self._library.moments.values()
        ]
        found = [
            replace(
                hit,
                highlights=words.highlights(asked, hit.text),
                match="meaning" if hit.source_id == "meant" else "words",
            )
            for hit in (*moments, *self.hits)
            if all(word in f"{hit.title} {hit.text}".casefold() for word in asked)
            or (hit.source_id == "meant" and query.match == "meaning")
        ]
        is_meaning = query.match == "meaning" and self.reason is None
        return Found(found[: query.limit], "meaning" if is_meaning else "words", self.reason)
