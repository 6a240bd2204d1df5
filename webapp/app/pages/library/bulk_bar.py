"""What can be done with the selected moments."""

from collections.abc import Awaitable, Callable

from nicegui import ui

from webapp.app.kit.elements import Button, El

Do = Callable[[list[str]], Awaitable[None]]


class BulkBar:
    """The selection, and the bar that floats while it is not empty."""

    def __init__(
        self, on_pick: Callable[[set[str]], None], *, delete: Do, restore: Do, tag: Do
    ) -> None:
        self.ids: set[str] = set()
        self._on_pick = on_pick
        with El("div", "m-bulk m-float", role="toolbar", aria_label="Selection") as self._bar:
            Button("", self.clear, kind="quiet", glyph="close", label="Clear the selection")
            self._words = El("span", "m-b m-grow")
            self._in_list = [
                Button("Delete", lambda: delete(self.take()), kind="danger", glyph="trash"),
                Button("Tag", lambda: tag(self.take()), kind="solid", glyph="tag"),
            ]
            self._in_bin = Button(
                "Restore", lambda: restore(self.take()), kind="solid", glyph="again"
            )
        self._draw()

    def show_for(self, *, is_bin: bool) -> None:
        """Offer what the list or the bin allows."""
        for button in self._in_list:
            button.set_visibility(not is_bin)
        self._in_bin.set_visibility(is_bin)

    def toggle(self, moment_id: str) -> None:
        """Select a moment, or deselect it."""
        self._set(self.ids ^ {moment_id})

    def add(self, moment_ids: list[str]) -> None:
        """Select several moments as well."""
        self._set(self.ids | set(moment_ids))

    def drop(self, moment_id: str) -> None:
        """Deselect a moment that is no longer listed."""
        self._set(self.ids - {moment_id})

    def clear(self) -> None:
        """Deselect everything."""
        self._set(set())

    def take(self) -> list[str]:
        """Return the selected moments, and deselect them."""
        taken = sorted(self.ids)
        self.clear()
        return taken

    def _set(self, ids: set[str]) -> None:
        if ids != self.ids:
            self.ids = ids
            self._draw()
            self._on_pick(ids)

    def _draw(self) -> None:
        self._bar.set_visibility(bool(self.ids))
        self._words.text = f"{len(self.ids)} selected"


def ask_for_tag(count: int, on_tag: Callable[[str], Awaitable[None]]) -> None:
    """Ask which tag some moments get."""
    with ui.dialog() as dialog, El("div", "m-qdialog m-float"):
        El("h2", text=f"Tag {count} moments" if count > 1 else "Tag a moment")
        field = ui.input().props("borderless dense autofocus maxlength=50").classes("m-qinput")
        field.props["aria-label"] = "Tag"

        async def done() -> None:
            if text := str(field.value or "").strip():
                dialog.close()
                await on_tag(text)

        field.on("keydown.enter", done, args=[])
        with El("div", "m-dfoot"):
            Button("Cancel", dialog.close)
            Button("Add tag", done, kind="solid")
    dialog.on("hide", dialog.delete, args=[])
    dialog.open()
