"""Search, in memory: moments by a word, and whatever else a test puts there."""

from dataclasses import replace
from typing import TYPE_CHECKING

from domain.accounts.models import Caller
from domain.search import words
from domain.search.models import Found, Hit, Query

if TYPE_CHECKING:
    from tests.fakes.library import FakeLibrary


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
