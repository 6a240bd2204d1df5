"""Search from every page: the best matches as somebody types; the search page has all of them."""

from typing import Final

from domain.accounts.models import Caller
from domain.bootstrap import Services
from domain.core.time import isoformat
from domain.moments.models import Cover
from domain.search.models import Found, Hit, Query
from webapp.app.bar.panel import Act
from webapp.app.components.search_box import BoxHit, SearchBox
from webapp.app.kit.hits import GROUPS, grouped, text_of

_MAX_WORDS: Final = 200
_SHOWN: Final = 8


class Search:
    """The box in the bar; an answer to words that were typed over is dropped.

    Words are enough here: each letter asks anew, and the model is for whole questions.
    """

    def __init__(self, services: Services, caller: Caller, act: Act) -> None:
        self._services, self._caller, self._act = services, caller, act
        self._wanted = ""
        self.box = SearchBox(self._search)

    async def _search(self, typed: str) -> None:
        self._wanted = words = typed[:_MAX_WORDS].strip()

        async def do() -> None:
            query = Query(words, match="words", limit=_SHOWN)
            found = await self._services.search.find(self._caller, query)
            covers = await covers_of(self._services, self._caller, found)
            if words == self._wanted:
                self._show(words, found, covers)

        if words:
            await self._act(do)

    def _show(self, words: str, found: Found, covers: dict[str, Cover]) -> None:
        groups = [
            (GROUPS[key][0], [_box_hit(key, hit, covers) for hit in hits])
            for key, hits in grouped(found.hits).items()
        ]
        self.box.show(words, groups)


async def covers_of(services: Services, caller: Caller, found: Found) -> dict[str, Cover]:
    """Return the pictures of the moments of hits, by moment."""
    ids = list(dict.fromkeys(hit.moment_id for hit in found.hits if hit.moment_id))
    return dict(await services.moment_assets.covers(caller, ids)) if ids else {}


def _box_hit(key: str, hit: Hit, covers: dict[str, Cover]) -> BoxHit:
    return BoxHit(
        title=hit.title,
        href=hit.href,
        glyph=GROUPS[key][2],
        at=isoformat(hit.created_at),
        detail="" if text_of(hit) == hit.title else text_of(hit),
        picture=covers.get(hit.moment_id or "", Cover()).picture_url,
    )
