"""Saving the chosen part: a new mark, changes to one, or a draft to finish later."""

from collections.abc import Callable

from nicegui import ui

from domain.core.errors import BadFields, Conflict
from domain.marks.models import Mark, MarkChange, NewMark
from domain.marks.times import clock_text
from webapp.app.components.copy_button import CopyButton
from webapp.app.components.mark_deck import Part
from webapp.app.kit.elements import Button, El, link
from webapp.app.pages.marks.collecting import Collecting
from webapp.app.pages.marks.saved_by import SavedBy
from webapp.app.pages.marks.state import DRAFT, DRAFTS, Subject
from webapp.app.pages.marks.words import MarkWords
from webapp.app.shell import SignedInPage


class Saving:
    """The button and what it does; the page sets `part` and `seen_ms` as they change."""

    def __init__(
        self, page: SignedInPage, subject: Subject, words: MarkWords, saved_by: SavedBy
    ) -> None:
        self._page = page
        self._words = words
        self._saved_by = saved_by
        self._url = subject.link.url
        self.mark = subject.mark
        self.part = subject.part
        self.seen_ms: int | None = None
        self.collecting = Collecting(page) if subject.mark is None else None
        self.on_saved: Callable[[str], None] = lambda _: None
        with El("div", "m-markdock"):
            label = "Save changes" if self.mark else "Save moment"
            self._button = Button(label, self.save, kind="primary", glyph="clip")
            self._button.classes("m-big m-block")
            with self._button:
                El("kbd", "m-desk", "Ctrl Enter", aria_hidden="true")
        link("Drafts", DRAFTS, "m-link m-sm m-draftslink", "pencil")
        if not page.me["may_capture"]:
            self._button.disable()
            El("p", "m-sm m-2", "You can listen here. Ask an admin to let you save marks.")

    async def save(self) -> Mark | None:
        """Save the part; return the mark, or None if that was refused."""
        if self.part.start is None or self.part.end is None:
            self._page.toaster.say("Choose a start and an end first.", tone="bad")
            return None
        is_new = self.mark is None
        if not await self._page.act(self._send, once="save") or self.mark is None:
            return None
        self._button.text = "Save changes"
        if is_new:
            self.on_saved(self.mark.id)
            if self.collecting is not None:
                await self.collecting.add(self.mark.id)
        self._say("Moment saved" if is_new else "Changes saved", self.mark)
        return self.mark

    async def _send(self) -> None:
        marks, caller = self._page.services.marks, self._page.caller
        try:
            if self.mark is None:
                self.mark = await marks.create(caller, self._new())
            else:
                self.mark = await marks.update(caller, self.mark.id, self._change())
        except Conflict as error:
            if own_id := error.fields.get("id"):
                self._saved_by.offer(str(own_id))
            raise
        except BadFields as error:
            if (why := error.fields.get("note")) is not None:
                self._words.refuse(why)
            raise

    def _new(self) -> NewMark:
        kept = self._words.kept()
        return NewMark(
            self._url,
            self.part.start or 0,
            self.part.end or 0,
            note=kept.note,
            tags=kept.tags,
            visibility=self._words.visibility,
            counts_if_private=self._words.counts_if_private,
            seen_duration_ms=self.seen_ms,
        )

    def _change(self) -> MarkChange:
        kept = self._words.kept()
        return MarkChange(
            start_ds=self.part.start,
            end_ds=self.part.end,
            note=kept.note,
            tags=kept.tags,
            visibility=self._words.visibility,
            counts_if_private=self._words.counts_if_private,
            seen_duration_ms=self.seen_ms,
        )

    def _say(self, title: str, mark: Mark) -> None:
        url = mark.share_url

        async def show() -> None:
            ui.navigate.to(f"/library/{mark.id}")

        more = (lambda: CopyButton(url)) if url else None
        self._page.toaster.say(title, span_text(mark), action=("Open", show), more=more)

    async def save_draft(self, part: Part) -> None:
        """Save a part to be finished later, while the player plays on."""
        saved: list[Mark] = []
        new = NewMark(
            self._url, part.start or 0, part.end or 0, tags=(DRAFT,), seen_duration_ms=self.seen_ms
        )

        async def do() -> None:
            saved.append(await self._page.services.marks.create(self._page.caller, new))

        async def undo() -> None:
            marks = self._page.services.marks
            await self._page.act(lambda: marks.delete(self._page.caller, saved[0].id))

        if await self._page.act(do, once="draft"):
            words = f"{span_text(saved[0])}. Finish it later."
            self._page.toaster.say("Draft saved", words, action=("Undo", undo))


def span_text(mark: Mark) -> str:
    """Return a mark's times: `0:45 to 1:00`."""
    return f"{clock_text(mark.start_ds)} to {clock_text(mark.end_ds)}"
