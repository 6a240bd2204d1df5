"""The collection that a new mark goes into."""

from nicegui import ui

from webapp.app.kit.elements import El
from webapp.app.kit.forms import draw_label
from webapp.app.shell import SignedInPage

_NONE = ""


class Collecting:
    """A choice of one of the user's own collections; without any there is none."""

    def __init__(self, page: SignedInPage) -> None:
        self._page = page
        self._collections = page.services.collections
        with El("div", "m-field") as self._place:
            self._choice = ui.select({_NONE: "None"}, value=_NONE)
            self._choice.props("borderless dense options-dense hide-bottom-space behavior=menu")
            self._choice.classes("m-qinput")
            draw_label(self._choice, "Collection")
        self._place.set_visibility(False)

    async def refresh(self) -> None:
        """Offer the collections that the user may change."""
        found = await self._collections.list(self._page.caller)
        own = {each.id: each.title for each in found if each.may_edit}
        self._choice.set_options({_NONE: "None", **own})
        self._place.set_visibility(bool(own))

    async def add(self, mark_id: str) -> None:
        """Put a mark into the chosen collection; its next changes put it nowhere else."""
        chosen = str(self._choice.value or _NONE)
        self._place.set_visibility(False)
        if chosen != _NONE:
            await self._page.act(
                lambda: self._collections.add(self._page.caller, chosen, [mark_id])
            )
