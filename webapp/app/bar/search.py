"""Search over everything: each source finds its own, and all are asked at once."""

import asyncio
from collections.abc import Mapping
from typing import Final

from domain.accounts.models import Caller
from webapp.app.bar.panel import Act
from webapp.app.components.search_box import SearchBox
from webapp.pages.sources import Finds

_MAX_WORDS: Final = 200


class Search:
    """The box in the bar; an answer to words that were typed over is dropped."""

    def __init__(self, sources: Mapping[str, Finds], caller: Caller, act: Act) -> None:
        self._sources, self._caller, self._act = sources, caller, act
        self._wanted = ""
        self.box = SearchBox(self._search)

    async def _search(self, typed: str) -> None:
        self._wanted = words = typed[:_MAX_WORDS].strip()

        async def do() -> None:
            finds = (find(self._caller, words) for find in self._sources.values())
            found = await asyncio.gather(*finds)
            if words == self._wanted:
                self.box.show(words, list(zip(self._sources, found, strict=True)))

        if words:
            await self._act(do)
