"""Searches that are kept: one press keeps the open one, and all are listed and deleted here."""

from collections.abc import Sequence

from domain.core.time import isoformat
from domain.search.kept import KeptSearch
from webapp.app.components.list_row import Press, RowItem, RowList, When
from webapp.app.kit.elements import Button, El
from webapp.app.shell import SignedInPage


class KeptList:
    """Draws the button for the open search, and the list."""

    def __init__(self, page: SignedInPage, text: str) -> None:
        self._page, self._text = page, " ".join(text.split())
        self._kept, self._caller = page.services.kept_searches, page.caller
        with El("section", "m-keptsearches", aria_label="Searches that you keep"):
            El("h2", text="New moments")
            self._button = Button("Tell me about new ones", self.keep, glyph="bell")
            self._words = El("p", "m-sm m-2")
            self.list = RowList(self._act, none="")
        self._show([])

    async def refresh(self) -> None:
        """Read and show them."""
        self._show(await self._kept.list(self._caller))

    def _show(self, found: Sequence[KeptSearch]) -> None:
        is_kept = self._text in {each.text for each in found}
        self._button.set_visibility(bool(self._text) and not is_kept)
        self._words.text = (
            f"You are told about new moments that have all words of “{self._text}”."
            if is_kept
            else "Keep a search, and be told about new moments that have all its words."
        )
        self.list.set_visibility(bool(found))
        self.list.show([_row(each, is_picked=each.text == self._text) for each in found])

    async def keep(self) -> None:
        """Keep the open search."""

        async def do() -> None:
            await self._kept.keep(self._caller, self._text)
            await self.refresh()

        await self._page.act(do, once="keep")

    async def _act(self, search_id: str, what: str, _value: str) -> None:
        async def do() -> None:
            await self._kept.delete(self._caller, search_id)
            await self.refresh()

        if what == "delete":
            await self._page.act(do, once=search_id)


def _row(kept: KeptSearch, *, is_picked: bool) -> RowItem:
    return RowItem(
        id=kept.id,
        title=kept.text,
        meta=(When("since ", isoformat(kept.created_at)),),
        href=kept.href,
        buttons=(Press("delete", "Delete", is_danger=True),),
        is_picked=is_picked,
    )
