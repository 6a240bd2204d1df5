"""A new moment with its files, or more files for one: a dialog that any page can open."""

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import PurePath
from typing import Any, Final

from nicegui import ui

from domain.core.errors import BadFields, MomentsError, Unauthenticated
from domain.infra.events import Event
from domain.moments.models import AssetType, Git, Moment, NewAsset, NewMoment, VmRef
from domain.moments.uploads import MAX_BYTES
from webapp.app.components.uploader import ChosenFile, Uploader
from webapp.app.kit.elements import Button, El, open_once, plural
from webapp.app.kit.forms import sentence, text_field
from webapp.app.kit.moment_fields import seen_by_field, tag_field, tags_of, text_area
from webapp.app.shell import SignedInPage

_LOGS: Final = frozenset({".log", ".txt", ".out", ".err"})
_CONFIGS: Final = frozenset({".toml", ".json", ".yaml", ".yml", ".ini", ".conf", ".cfg", ".env"})
_GIT: Final = (
    ("branch", "Branch"),
    ("commit_hash", "Commit"),
    ("commit_message", "Message"),
    ("author", "Author"),
)


class MomentCapture:
    """The dialog; `on_saved` gets the moment once it exists, while its files still arrive.

    With `into` there is no form: files are added to that moment.
    """

    def __init__(
        self,
        page: SignedInPage,
        *,
        vm: VmRef | None = None,
        into: Moment | None = None,
        on_saved: Callable[[Moment], Awaitable[None]] | None = None,
    ) -> None:
        self._page = page
        self._vm, self._into = vm, into
        self._on_saved = on_saved
        self._moment: Moment | None = None
        self._assets: dict[str, str] = {}  # by the uploader's keys
        self._dialog: ui.dialog | None = None

    def open(self) -> None:
        """Show an empty form."""
        if self._dialog is not None and not self._dialog.is_deleted:
            return
        self._moment, self._assets = self._into, {}
        with self._page.client, ui.dialog().props("persistent") as self._dialog:
            self._dialog.props["aria-label"] = self._name
            with El("div", "m-qdialog m-float m-capture") as frame:
                self._draw_head(self._dialog)
                with El("div", "m-capturebody"):
                    if self._into is None:
                        self._draw_form()
                    self.uploader = Uploader(MAX_BYTES, self._on_files)
                with El("div", "m-row m-capturefoot"):
                    self._words = El("span", "m-grow m-sm m-2", role="status")
                    self._buttons = El("span", "m-row")
            for key in ("ctrl", "meta"):
                frame.on(f"keydown.{key}.enter", self.save, args=[])
        self._draw_foot()
        open_once(self._dialog)

    @property
    def _name(self) -> str:
        return "Add files" if self._into else "New moment"

    def _draw_head(self, dialog: ui.dialog) -> None:
        with El("div", "m-row m-between m-qhead"):
            El("h2", text=self._name)
            El("span", "m-grow")
            if self._vm:
                with El("span", "m-sm m-2"):
                    El("span", text="on ")
                    El("b", text=self._vm.name)
            Button("", dialog.close, kind="quiet", glyph="close", label="Close").classes("m-icon")

    def _draw_form(self) -> None:
        with El("div", "m-form") as self._form:
            self._title = text_field("Title", maxlength=200)
            self._text = text_area("What happens here?")
            self._tags = tag_field()
            with ui.expansion("Git").props("dense").classes("m-qexpand"), El("div", "m-form"):
                self._git = {
                    name: text_field(label, maxlength=500, autocomplete="off")
                    for name, label in _GIT
                }
            self._seen_by = seen_by_field("organization")

    # Saving

    async def save(self) -> None:
        """Create the moment, and begin to upload its files."""
        if self._moment is None and await self._page.act(self._create, once="new moment"):
            await self._on_files()
            moment: Moment | None = self._moment
            if moment is not None and not self.uploader.files:
                self._close()
                self._page.toaster.say("Moment saved", moment.title, action=("Open", self._show))

    async def _create(self) -> None:
        new = NewMoment(
            title=str(self._title.value or ""),
            description=str(self._text.value or ""),
            tags=tags_of(self._tags),
            visibility=self._seen_by.value or "organization",
            vm_id=self._vm.id if self._vm else None,
            git=self._given_git(),
        )
        try:
            self._moment = await self._page.services.moments.create(self._page.caller, new)
        except BadFields as error:
            if not self._refuse(error.fields):
                raise
            return
        self._form.classes("m-isdone").attribute("inert", value=True)
        if self._on_saved:
            await self._on_saved(self._moment)

    def _given_git(self) -> Git:
        given = {name: str(field.value or "").strip() for name, field in self._git.items()}
        return Git(
            branch=given["branch"] or None,
            commit_hash=given["commit_hash"] or None,
            commit_message=given["commit_message"] or None,
            author=given["author"] or None,
        )

    def _refuse(self, problems: Any) -> bool:  # noqa: ANN401 (a mapping of fields to reasons)
        """Say what is wrong under the fields; return whether each problem has one."""
        fields = {"title": self._title, "description": self._text}
        for name, why in problems.items():
            if name in fields:
                fields[name].error = sentence(name.capitalize(), why)
        return all(name in fields for name in problems)

    # Files

    async def _on_files(self) -> None:
        """Begin to upload what is new, once there is a moment for it."""
        if (moment := self._moment) is not None:
            for file in list(self.uploader.files.values()):
                if file.key not in self._assets:
                    await self._page.act(partial(self._begin, moment.id, file))
            await self._page.act(self._look)
        self._draw_foot()

    async def _begin(self, moment_id: str, file: ChosenFile) -> None:
        kind, mime_type = kind_of(file)
        new = NewAsset(kind, file.name, mime_type, file.size_bytes, "web_ui")
        self._assets[file.key] = ""
        try:
            made = await self._page.services.uploads.begin(self._page.caller, moment_id, new)
        except Unauthenticated:
            raise
        except MomentsError as error:
            fields = error.fields.values() if isinstance(error, BadFields) else ()
            self.uploader.refuse(file.key, " ".join([error.message, *fields]))
            return
        self._assets[file.key] = made.asset_id
        self.uploader.begin(file.key, made.url)

    async def _look(self) -> None:
        """Show what became of the files that are in."""
        if self._moment is None or not self.uploader.arrived:
            return
        services = self._page.services
        assets = await services.moment_assets.list(self._page.caller, self._moment.id)
        found = {asset.id: asset for asset in assets}
        states: dict[str, dict[str, str | None]] = {}
        for key in self.uploader.arrived:
            if (asset := found.get(self._assets.get(key, ""))) is not None:
                error = asset.processing_error or "This file could not be read."
                states[key] = {"status": asset.processing_status, "error": error}
        self.uploader.show(states)

    async def hear(self, event: Event) -> None:
        """Show how far the files are."""
        is_open = self._dialog is not None and not self._dialog.is_deleted
        if is_open and self._moment and event.payload.get("id") == self._moment.id:
            await self._look()

    # The foot

    def _draw_foot(self) -> None:
        total, arrived = len(self.uploader.files), len(self.uploader.arrived)
        is_saved = self._moment is not None
        is_done = is_saved and arrived >= total
        if not total:
            words = "" if self._into else "Files can be added now or later."
        elif not is_saved:
            words = f"{plural(total, 'file')} will be uploaded when you save."
        elif is_done:
            words = "All files are in."
        else:
            words = f"{arrived} of {plural(total, 'file')} in. Keep this open until all are."
        self._words.text = words
        self._buttons.clear()
        with self._buttons:
            if is_saved:
                Button("Close" if is_done else "Stop", self._close, kind="quiet")
                if self._into is None:
                    Button("Open the moment", self._show, kind="solid").set_enabled(is_done)
            else:
                Button("Discard", self._close, kind="quiet")
                with Button("Save moment", self.save, kind="primary", glyph="clip"):
                    El("kbd", "m-desk", "Ctrl Enter", aria_hidden="true")

    def _close(self) -> None:
        if self._dialog is not None:
            self._dialog.close()

    async def _show(self) -> None:
        if self._moment is not None:
            ui.navigate.to(f"/library/{self._moment.id}")


def kind_of(file: ChosenFile) -> tuple[AssetType, str]:
    """Return a file's type among a moment's files, and its media type."""
    ending = PurePath(file.name).suffix.lower() or PurePath(file.name).name.lower()
    major = file.mime_type.partition("/")[0]
    if ending in _LOGS:
        return "log_file", file.mime_type or "text/plain"
    if ending in _CONFIGS:
        return "config_file", file.mime_type or "text/plain"
    if major == "image":
        return "screenshot", file.mime_type
    if major == "video":
        return "screen_recording", file.mime_type
    return "other", file.mime_type or "application/octet-stream"
