"""The list of collections."""

from domain.collections.models import Collection
from webapp.app.components.list_row import RowList
from webapp.app.kit.elements import Button, El
from webapp.app.kit.in_order import in_order
from webapp.app.pages.collections.parts import ask_for_texts, row_of
from webapp.app.shell import SignedInPage


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
        self.list.show([row_of(each) for each in await self.services.collections.list(self.caller)])

    def _ask(self) -> None:
        async def done(_made: Collection) -> None:
            await self.refresh()

        ask_for_texts(self, None, done)

    async def _nothing(self, _id: str, _what: str, _value: str) -> None:
        """Rows are links."""
