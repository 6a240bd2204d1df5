"""One collection: its moments in their order, and where it is seen."""

from fastapi import Request
from fastapi.responses import Response
from nicegui import ui

from domain.collections.models import Collection, CollectionChange, Item
from domain.core.errors import NotFound
from webapp.app.components.copy_button import CopyButton
from webapp.app.components.list_row import Press, RowItem, RowList
from webapp.app.kit.elements import Button, El, link
from webapp.app.kit.forms import confirm
from webapp.app.kit.in_order import in_order
from webapp.app.pages.collections.parts import ask_for_texts, pictures_of
from webapp.app.pages.library.sharing import SEEN_BY
from webapp.app.shell import SignedInPage
from webapp.pages.context import Pages, Visit
from webapp.pages.error_page import trouble

_GLYPHS = {
    "clip": "clip",
    "snapshot": "camera",
    "mark": "mark",
    "commit": "commit",
    "video": "video",
}


class CollectionPage(SignedInPage):
    """One open collection."""

    sheets = ("settings",)

    def __init__(self, pages: Pages, visit: Visit, request: Request, collection_id: str) -> None:
        super().__init__(pages, visit, request)
        self._id = collection_id

    async def load(self) -> Response | None:
        """Read the collection; a page says so if there is none."""
        try:
            self._found = await self.services.collections.get(self.caller, self._id)
        except NotFound as error:
            return trouble(
                404,
                "Collection not found",
                error.message,
                action="All collections",
                href="/collections",
                me=self.me,
            )
        self.title = self._found.title
        return None

    async def build(self) -> None:
        """Draw the head and the list."""
        with El("div", "m-page"):
            link("Collections", "/collections", "m-link m-sm")
            self._head = El("div", "m-row m-between m-shead m-wraps")
            none = "Nothing is in it yet. Select moments in the library and press Collect."
            self.list = RowList(self._do, none=none)
        await self._draw(self._found)

    @in_order
    async def refresh(self) -> None:
        """Show the collection as it is now."""
        await self._draw(await self.services.collections.get(self.caller, self._id))

    async def catch_up(self) -> None:
        """Read anew what may have changed while nobody listened."""
        await self.refresh()

    async def _draw(self, found: Collection) -> None:
        pictures = await pictures_of(self, [item.id for item in found.items])
        self._found = found
        self._head.clear()
        with self._head:
            with El("div"):
                El("h1", "m-cut", found.title)
                El("p", "m-2 m-sm", found.description or SEEN_BY[found.visibility])
            with El("div", "m-row m-macts"):
                if found.may_edit:
                    Button("Delete", self._ask_delete, kind="danger", glyph="trash")
                    Button("Edit", self._ask_texts, glyph="pencil")
                if found.share_url:
                    CopyButton(found.share_url, "Copy link")
                    link("Play", found.share_url, "m-btn m-solid", "play")
        count = len(found.items)
        self.list.show(
            [
                self._row(number, count, item, pictures.get(item.id))
                for number, item in enumerate(found.items)
            ]
        )

    def _row(self, number: int, count: int, item: Item, picture: str | None) -> RowItem:
        may = self._found.may_edit
        up = (Press("up", "Move up"),) if may and number > 0 else ()
        down = (Press("down", "Move down"),) if may and number < count - 1 else ()
        out = (Press("out", "Remove from the collection", is_danger=True),) if may else ()
        return RowItem(
            id=item.id,
            title=f"{number + 1}. {item.title}",
            meta=(item.kind.capitalize(), SEEN_BY[item.visibility]),
            picture=picture or "",
            blank=_GLYPHS.get(item.kind, "note"),
            href=f"/library/{item.id}",
            menu=(*up, *down, *out),
        )

    async def _do(self, moment_id: str, what: str, _value: str) -> None:
        ids = [item.id for item in self._found.items]
        if moment_id not in ids or what not in {"up", "down", "out"}:
            return
        place = ids.index(moment_id)
        ids.remove(moment_id)
        if what != "out":
            ids.insert(max(0, place + (1 if what == "down" else -1)), moment_id)

        async def do() -> None:
            change = CollectionChange(moment_ids=ids)
            await self._draw(await self.services.collections.update(self.caller, self._id, change))

        await self.act(do, once="order")

    def _ask_texts(self) -> None:
        async def done(found: Collection) -> None:
            await self._draw(found)

        ask_for_texts(self, self._found, done)

    def _ask_delete(self) -> None:
        async def go() -> None:
            async def do() -> None:
                await self.services.collections.delete(self.caller, self._id)
                ui.navigate.to("/collections")

            await self.act(do, once="delete")

        title = f"Delete “{self._found.title}”?"
        confirm(self.client, title, "Its moments stay in the library.", "Delete", go)
