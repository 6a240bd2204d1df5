"""The words of a mark: its note, tags, and who can see it."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, cast, get_args

from nicegui import ui

from domain.marks.models import Mark
from domain.moments.models import Visibility
from webapp.app.components.mark_deck import Kept
from webapp.app.kit.elements import El
from webapp.app.kit.forms import sentence
from webapp.app.kit.moment_fields import seen_by_field, tag_field, tags_of, text_area
from webapp.app.pages.marks.state import DRAFT

_FEELINGS: Final = {
    "🔥": "Fire",
    "🌊": "Wave",
    "🎸": "Guitar",
    "🥁": "Drums",
    "😭": "Crying",
    "😂": "Laughing",
    "❤️": "Heart",
    "👏": "Applause",
}


class MarkWords:
    """The fields; `on_change` is called when one of them changes."""

    def __init__(self, mark: Mark | None, note: str, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        tags = [tag for tag in mark.tags if tag != DRAFT] if mark else []
        self.note = text_area("What happens here?", mark.note if mark else note)
        with El("div", "m-feelings", role="group", aria_label="Add a feeling"):
            for feeling, name in _FEELINGS.items():
                button = El("button", text=feeling, type="button", title=name, aria_label=name)
                button.on("click", partial(self._add, feeling), args=[])
        self._tags = tag_field(tags)
        self._seen_by = seen_by_field(mark.visibility if mark else "private")
        with El("div") as self._counting:
            label = "Count it, without my name"
            value = bool(mark and mark.counts_if_private)
            self._counts = ui.switch(label, value=value).props("left-label")
            self._counts.classes("m-qswitch m-wide")
        self._show_counting()
        for field in (self.note, self._tags, self._seen_by):
            field.on_value_change(self._changed)

    def _add(self, feeling: str) -> None:
        note = str(self.note.value or "")
        self.note.set_value(f"{note.rstrip()} {feeling}".strip())

    def _changed(self) -> None:
        self.note.error = None
        self._show_counting()
        self._on_change()

    def _show_counting(self) -> None:
        self._counting.set_visibility(self.visibility == "private")  # all others count anyway

    @property
    def tags(self) -> Sequence[str]:
        """The tags; a draft that is saved is none any more."""
        return [tag for tag in tags_of(self._tags) if tag != DRAFT]

    @property
    def visibility(self) -> Visibility:
        """Who can see it."""
        return cast("Visibility", self._seen_by.value or "private")

    @property
    def counts_if_private(self) -> bool:
        """Whether it counts in sums while nobody else can see it."""
        return bool(self._counts.value)

    def kept(self) -> Kept:
        """Return what the browser keeps."""
        return Kept(str(self.note.value or ""), list(self.tags), self.visibility)

    def restore(self, kept: Kept) -> None:
        """Show what the browser kept."""
        self.note.set_value(kept.note)
        self._tags.set_value(kept.tags)
        if kept.visibility in get_args(Visibility):
            self._seen_by.set_value(kept.visibility)

    def refuse(self, why: str) -> None:
        """Say below the note what is wrong with it."""
        self.note.error = sentence("Note", why)
