"""Other times for a mark: suggested to its owner, or taken or dismissed by them."""

from nicegui import ui

from domain.core.time import isoformat
from domain.marks.models import Nudge
from domain.marks.times import clock_text
from webapp.app.components.list_row import Press, RowItem, RowList, When
from webapp.app.kit.elements import Button, El
from webapp.app.pages.marks.saving import Saving
from webapp.app.pages.marks.state import Subject
from webapp.app.shell import SignedInPage


class Nudges:
    """A button below somebody else's mark; a list below one's own."""

    def __init__(self, page: SignedInPage, subject: Subject, saving: Saving) -> None:
        self._page, self._subject, self._saving = page, subject, saving
        self._service = page.services.nudges
        if subject.other:
            Button("Suggest these times to its owner", self._suggest).classes("m-block")
        with El("section", "m-nudges", aria_label="Suggestions") as self._place:
            El("h2", "m-b", "Other times that people suggest")
            self._rows = RowList(self._decide, none="")
        self._place.set_visibility(False)

    async def refresh(self) -> None:
        """Show what others suggest for one's own mark."""
        if self._subject.mark is None:
            return
        found = await self._service.list(self._page.caller, self._subject.mark.id)
        self._rows.show(list(map(_row, found)))
        self._place.set_visibility(bool(found))

    async def _suggest(self) -> None:
        start, end = self._saving.part.start, self._saving.part.end
        if start is None or end is None:
            self._page.toaster.say("Choose a start and an end first.", tone="bad")
            return

        async def do() -> None:
            await self._service.suggest(self._page.caller, self._subject.other, start, end)

        if await self._page.act(do, once="nudge"):
            words = f"{_span(start, end)}. The mark stays as it is until its owner agrees."
            self._page.toaster.say("Suggestion sent", words)

    async def _decide(self, nudge_id: str, what: str, _value: str) -> None:
        mark = self._subject.mark
        if mark is None:
            return

        async def do() -> None:
            if what == "accept":
                await self._service.accept(self._page.caller, mark.id, nudge_id)
                ui.navigate.reload()
            else:
                await self._service.dismiss(self._page.caller, mark.id, nudge_id)
                await self.refresh()

        await self._page.act(do, once=nudge_id)


def _row(nudge: Nudge) -> RowItem:
    return RowItem(
        id=nudge.id,
        title=_span(nudge.start_ds, nudge.end_ds),
        meta=(nudge.by or "Somebody", When("", isoformat(nudge.created_at), "ago")),
        glyph="mark",
        buttons=(Press("accept", "Use these"),),
        menu=(Press("dismiss", "Dismiss", "close"),),
    )


def _span(start_ds: int, end_ds: int) -> str:
    """Return times with their tenths, which is what nudges are about."""
    return " to ".join(f"{clock_text(each)}.{each % 10}" for each in (start_ds, end_ds))
