"""What can be done with the selected moments."""

from collections.abc import Awaitable, Callable, Mapping

from nicegui import ui

from domain.moments.rules import MAX_AT_ONCE
from webapp.app.components.download_form import DownloadForm
from webapp.app.kit.elements import Button, ButtonKind, El, plural
from webapp.app.kit.forms import Dialog

Do = Callable[[str, list[str]], Awaitable[None]]


class BulkBar:
    """The selection, and the bar that floats while it is not empty.

    `on_do` gets what was pressed (all, delete, tag, collect, download, export, share, restore) and
    the moments.
    """

    def __init__(
        self, organization_id: str, on_pick: Callable[[set[str]], None], on_do: Do
    ) -> None:
        self.ids: set[str] = set()
        self._on_pick = on_pick
        self._on_do = on_do
        self.download = DownloadForm(f"/api/moments/archive/form?organization_id={organization_id}")
        self._organization_id = organization_id
        with El("div", "m-bulk m-float", role="toolbar", aria_label="Selection") as self._bar:
            Button("", self.clear, kind="quiet", glyph="close", label="Clear the selection")
            with El("span", "m-grow m-cut"):
                self._words = El("span", "m-b")
                self._kinds = El("span", "m-3 m-sm m-desk")
            self._all = Button("Select all", lambda: on_do("all", []), kind="quiet")
            self._all.classes("m-all")
            self._in_list = [
                self._draw_button("Delete", "trash", "danger"),
                self._draw_button("Tag", "tag", "quiet"),
                self._draw_button("Collect", "library", "quiet"),
                Button(
                    "Download",
                    lambda: on_do("download", sorted(self.ids)),
                    kind="quiet",
                    glyph="download",
                    label="Download",
                ),
                Button(
                    "Export",
                    lambda: on_do("export", sorted(self.ids)),
                    kind="quiet",
                    glyph="out",
                    label="Export",
                ),
                self._draw_button("Share", "share", "solid"),
            ]
            self._in_bin = self._draw_button("Restore", "again", "solid")
        self._draw()

    def _draw_button(self, word: str, glyph: str, kind: ButtonKind) -> Button:
        made = Button(word, lambda: self._on_do(word.lower(), self.take()), kind=kind, glyph=glyph)
        made.props["aria-label"] = word  # phones show only the drawing
        return made

    def export(self, form: str, moment_ids: list[str]) -> None:
        """Download moments in a form."""
        of = f"organization_id={self._organization_id}"
        self.download.send(moment_ids, f"/api/moments/export/{form}/form?{of}")

    def show_for(self, *, is_bin: bool) -> None:
        """Offer what the list or the bin allows."""
        for button in self._in_list:
            button.set_visibility(not is_bin)
        self._in_bin.set_visibility(is_bin)

    def say(self, kinds: Mapping[str, int], *, of: int) -> None:
        """Say what is selected, of how many that could be."""
        words = [f"a {kind}" if n == 1 else plural(n, kind) for kind, n in kinds.items()]
        self._kinds.text = f" · {', '.join(words)}" if words else ""
        self._all.set_text(f"Select all {min(of, MAX_AT_ONCE)}")
        self._all.set_visibility(len(self.ids) < min(of, MAX_AT_ONCE))

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
    title = f"Tag {count} moments" if count > 1 else "Tag a moment"
    dialog = Dialog(ui.context.client, title)
    with dialog.body:
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


def ask_how_to_export(count: int, on_form: Callable[[str], Awaitable[None]]) -> None:
    """Ask which form an export has."""
    dialog = Dialog(ui.context.client, f"Export {plural(count, 'moment')}")

    async def choose(form: str) -> None:
        dialog.close()
        await on_form(form)

    with dialog.body:
        El("p", "m-2", "A zip holds everything, files too; any Moments can import it.")
        El("p", "m-2", "A report is one HTML file to read or print, with pictures and diffs.")
        with El("div", "m-dfoot"):
            Button("HTML report", lambda: choose("html"))
            Button("Zip", lambda: choose("zip"), kind="solid")
