"""What is said of a fresh capture: sharing first, then download and rename."""

from collections.abc import Callable

from nicegui import ui

from domain.captures.models import CaptureChange, Clip, Snapshot
from domain.sharing.models import NewShare
from webapp.app.components.copy_button import ShareButton
from webapp.app.kit.elements import Button, El, Icon, open_once
from webapp.app.kit.lengths import length_text
from webapp.app.pages.live.capture_row import picture_of
from webapp.app.shell import SignedInPage

Preview = Callable[[], object]


class Captured:
    """Says what became of captures, on one page."""

    def __init__(self, page: SignedInPage) -> None:
        self._page = page
        self._services, self._caller = page.services, page.caller
        self._recording: tuple[str, Preview | None] | None = None

    def say(self, item: Snapshot | Clip, took_s: float, preview: Preview | None = None) -> None:
        """Say that a capture is ready or under way."""
        preview = preview or (lambda: _draw_picture(item))
        is_recording = isinstance(item, Clip) and item.status in {"recording", "processing"}
        self._recording = (item.id, preview) if is_recording else None
        title, detail = _words(item, took_s)
        self._page.toaster.say(
            title,
            detail,
            tone="bad" if isinstance(item, Clip) and item.error else "ok",
            preview=preview,
            more=lambda: self._draw_actions(item, is_ready=not is_recording),
        )

    def finished(self, item: Snapshot | Clip) -> None:
        """Say that a recording has ended, if it was the last thing said."""
        if self._recording and self._recording[0] == item.id:
            preview = self._recording[1]
            self._recording = None
            self.say(item, 0, preview)

    def _draw_actions(self, item: Snapshot | Clip, *, is_ready: bool) -> None:
        if isinstance(item, Clip) and item.status == "failed":
            return

        async def share() -> None:
            async def do() -> None:
                sharing = self._services.sharing
                link = await sharing.share(self._caller, [item.id], NewShare())
                button.give(link.url)

            if not await self._page.act(do, once=f"share {item.id}"):
                button.fail()

        button = ShareButton(share)
        if is_ready:
            href = f"/api/{item.kind}s/{item.id}/download"
            with El("a", "m-btn m-icon", href=href, download="", aria_label="Download"):
                Icon("download", "s")
        rename = Button("", lambda: self.ask(item), glyph="pencil", label="Title and note")
        rename.classes("m-icon")

    def ask(self, item: Snapshot | Clip) -> None:
        """Ask for a capture's title, note and labels."""
        page = self._page
        service = self._services.clips if isinstance(item, Clip) else self._services.snapshots
        with page.client, ui.dialog() as dialog, El("div", "m-qdialog m-float"):
            El("h2", text="Title and note")
            title = _field("Title", item.title, maxlength=200)
            note = _field("Note", item.note, maxlength=2000)
            labels = _field("Labels, separated by commas", ", ".join(item.labels))

            async def save() -> None:
                change = CaptureChange(
                    title=str(title.value or "").strip(),
                    note=str(note.value or ""),
                    labels=str(labels.value or "").split(","),
                )
                if await page.act(
                    lambda: service.update(page.caller, item.id, change), once=f"edit {item.id}"
                ):
                    dialog.close()
                    page.toaster.say(change.title or "Saved")

            for field in (title, note, labels):
                field.on("keydown.enter", save, args=[])
            with El("div", "m-dfoot"):
                Button("Cancel", dialog.close)
                Button("Save", save, kind="solid")
        open_once(dialog)


def _field(label: str, value: str, *, maxlength: int = 2000) -> ui.input:
    with El("label", "m-field"):
        El("span", "m-label", label)
        field = ui.input(value=value).props("borderless dense").classes("m-qinput")
    field.props["maxlength"] = maxlength
    return field


def _draw_picture(item: Snapshot | Clip) -> None:
    if source := picture_of(item):
        with El("div", "m-pic"):
            El("img", src=source, alt="")


def _words(item: Snapshot | Clip, took_s: float) -> tuple[str, str]:
    pace = f"{took_s:.2f} s" if took_s < 0.095 else f"{took_s:.1f} s"
    if isinstance(item, Snapshot):
        size = f"{item.width} × {item.height}, " if item.width else ""  # noqa: RUF001 (a size)
        return "Snapshot is ready", f"{size}taken in {pace}"
    if item.status == "failed":
        return "The clip failed.", item.error or ""
    if item.status != "ready":
        return "Recording", "It continues in the background and appears in the library."
    if item.error:
        return (
            "The clip is shorter than requested",
            f"{length_text(item.duration_ms)}. {item.error}",
        )
    made = f", cut in {pace}" if took_s else ""
    return "Clip is ready", f"{length_text(item.duration_ms)}{made}"
