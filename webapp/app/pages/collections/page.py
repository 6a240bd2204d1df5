"""The list of collections."""

from typing import Final

from domain.collections.models import Collection
from webapp.app.components.list_row import RowList
from webapp.app.kit.elements import Button, El
from webapp.app.kit.in_order import in_order
from webapp.app.pages.collections.parts import ask_for_texts, pictures_of, row_of
from webapp.app.shell import SignedInPage

_LOOKED_AT: Final = 5  # moments of each, for a picture


class CollectionsPage(SignedInPage):
    """Every collection that the user can see."""

    title = "Collections"
    sheets = ("settings",)

    async def build(self) -> None:
        """Draw the head and the list."""
        with El("div", "m-page"):
            with El("div", "m-row m-between m-shead"):
                with El("div"):
                    El("h1", text="Collections")
                    lead = "Moments in an order, to be played one after another and shared."
                    El("p", "m-2 m-sm", lead)
                if self.me["may_capture"]:
                    Button("New collection", self._ask, kind="solid", glyph="plus")
            none = "No collections yet. Select moments in the library and press Collect."
            self.list = RowList(self._nothing, none=none)
        await self.refresh()

    @in_order
    async def refresh(self) -> None:
        """Show the collections."""
        found = await self.services.collections.list(self.caller)
        seen = [item.id for each in found for item in each.items[:_LOOKED_AT]]
        pictures = await pictures_of(self, seen)
        self.list.show([row_of(each, pictures) for each in found])

    def _ask(self) -> None:
        async def done(_made: Collection) -> None:
            await self.refresh()

        ask_for_texts(self, None, done)

    async def _nothing(self, _id: str, _what: str, _value: str) -> None:
        """Rows are links."""
