"""Dialogs of a stream: add one and see whether it works, edit it, its publish key."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from nicegui import ui

from domain.core.errors import BadFields
from domain.live.models import NewStream, Source, SourceKind, Stream, StreamChange
from webapp.app.components.choice_chips import ChoiceChips
from webapp.app.components.copy_button import CopyButton
from webapp.app.kit.elements import Button, El
from webapp.app.kit.forms import Dialog, Form, Values, confirm, text_field
from webapp.app.pages.streams.try_out import TryOut
from webapp.app.shell import SignedInPage

Changed = Callable[[], Awaitable[Any]]

_BUFFERS: Final = {
    60: "1 minute",
    120: "2 minutes",
    300: "5 minutes",
    600: "10 minutes",
    1800: "30 minutes",
    3600: "1 hour",
}
VISIBLE: Final = {
    "private": "Only me and admins",
    "organization": "The organisation",
    "unlisted": "Anyone with the link",
    "public": "Anyone",
}
_KINDS: Final = (
    ("pull", "From a URL", "link"),
    ("push", "Published to us", "camera"),
    ("demo", "Demo", "live"),
)
_ABOUT: Final[dict[SourceKind, str]] = {
    "push": "From a browser's camera or screen, or from OBS or ffmpeg by WHIP or RTMP. The next "
    "page shows how.",
    "demo": "A generated test stream with a frame counter and a beep every second.",
}
_URL: Final = {"inputmode": "url", "autocapitalize": "none", "spellcheck": "false"}
_NAMES: Final[dict[SourceKind, str]] = {"push": "My camera", "demo": "Demo"}


class AddStream:
    """Asks for a new stream, creates it, and shows whether it is on air."""

    def __init__(
        self, page: SignedInPage, on_change: Changed, *, start: SourceKind | None = None
    ) -> None:
        self._page, self._on_change = page, on_change
        is_admin = bool(page.me["is_admin"])
        self._kind: SourceKind = start or ("pull" if is_admin else "push")
        self._dialog = Dialog(page.client, "Go live" if start == "push" else "Add stream")
        with self._dialog.body:
            self._form = Form(
                page.act, self._create, action="Add and test", cancel=self._dialog.close
            )
            with self._form.body:
                self._draw(_KINDS if is_admin else _KINDS[1:])
        self._show_kind()

    def _draw(self, kinds: tuple[tuple[str, str, str], ...]) -> None:
        form = self._form
        self._chips = ChoiceChips("Source", kinds, self._choose)
        form.add_text("name", "Name", placeholder="Garden", maxlength=100)
        with El("div") as self._address:
            form.add_text(
                "url",
                "URL",
                placeholder="rtsp://camera.lan/stream1",
                hint="RTSP, RTMP, HLS or MPEG-TS over HTTP. A user name and password in it are "
                "hidden afterwards.",
                **_URL,
            )
        self._about = El("p", "m-sm m-2")
        _draw_common(form, 120, "organization", allow_capture=False)

    async def _choose(self, kind: str) -> None:
        kinds: tuple[SourceKind, ...] = ("pull", "push", "demo")
        self._kind = next((each for each in kinds if each == kind), self._kind)
        self._show_kind()

    def _show_kind(self) -> None:
        self._chips.show(self._kind)
        self._address.set_visibility(self._kind == "pull")
        self._about.text = _ABOUT.get(self._kind, "")
        self._about.set_visibility(self._kind != "pull")

    async def _create(self, values: Values) -> None:
        url = values["url"] if self._kind == "pull" else None
        new = NewStream(
            name=values["name"] or _NAMES.get(self._kind, ""),
            source=Source(self._kind, url),
            buffer_s=values["buffer_s"],
            visibility=values["visibility"],
            allow_capture=values["allow_capture"],
        )
        page = self._page
        stream = await _with_url_problem(page.services.streams.create(page.caller, new))
        await self._on_change()
        if self._kind == "push":
            ui.navigate.to(f"/go-live/{stream.slug}")
            return
        TryOut(page, self._dialog, stream, self._on_change, lambda: self._change_url(stream))

    def _change_url(self, stream: Stream) -> None:
        self._dialog.close()
        edit_stream(self._page, stream, self._on_change)


def edit_stream(page: SignedInPage, stream: Stream, on_change: Changed) -> None:
    """Ask for a stream's changes."""
    dialog = Dialog(page.client, f"Edit {stream.name}")
    is_pull = stream.source.kind == "pull"

    async def save(values: Values) -> None:
        url = values.pop("url", "")
        change = StreamChange(**values, source=Source("pull", url) if url else None)
        await _with_url_problem(page.services.streams.update(page.caller, stream.id, change))
        dialog.close()
        await on_change()
        page.toaster.say("Saved")

    with dialog.body:
        form = Form(page.act, save, action="Save", cancel=dialog.close)
        with form.body:
            with El("div", "m-two"):
                form.add_text("name", "Name", stream.name, maxlength=100)
                form.add_text(
                    "slug", "Name in URLs", stream.slug, maxlength=60, autocapitalize="none"
                )
            if is_pull:
                hint = "Leave it empty to keep the current URL."
                form.add_text("url", "URL", placeholder=stream.source.url or "", hint=hint, **_URL)
            _draw_common(
                form, stream.buffer_s, stream.visibility, allow_capture=stream.allow_capture
            )


def show_publish_key(page: SignedInPage, stream: Stream, on_change: Changed) -> None:
    """Show a push stream's publish key, and offer to replace it."""
    if stream.publishing is None:
        return
    dialog = Dialog(page.client, f"Publish key of {stream.name}")

    def draw(key: str) -> None:
        place.clear()
        with place:
            with El("div", "m-grow"):
                text_field("Publish key", key, readonly="true").classes("m-mono")
            CopyButton(key, "Copy")

    async def replace() -> None:
        changed = await page.services.streams.rotate_key(page.caller, stream.id)
        if changed.publishing is not None:
            draw(changed.publishing.publish_key)
        page.toaster.say("The key was replaced", "The old key no longer works.")
        await on_change()

    async def go() -> None:
        await page.act(replace, once=f"key {stream.id}")

    def ask() -> None:
        words = "Anyone who publishes with the old key is disconnected until they have the new one."
        confirm(page.client, "Replace this key?", words, "Replace", go)

    with dialog.body:
        El(
            "p",
            "m-2",
            "Anyone with this key can publish to this stream. Keep it like a password.",
        )
        place = El("div", "m-row m-t m-keyrow")
        draw(stream.publishing.publish_key)
        with El("div", "m-dfoot"):
            Button("Replace the key", ask, kind="danger", glyph="again")


def _draw_common(form: Form, buffer_s: int, visibility: str, *, allow_capture: bool) -> None:
    with El("div", "m-two"):
        form.add_choice(
            "buffer_s", "Rewind", {buffer_s: f"{buffer_s} seconds", **_BUFFERS}, buffer_s
        )
        form.add_choice("visibility", "Who can watch", VISIBLE, visibility)
    form.add_toggle(
        "allow_capture",
        "Let visitors capture",
        value=allow_capture,
        hint="For public and unlisted streams: snapshots and clips, ten a minute.",
    )


async def _with_url_problem(done: Awaitable[Stream]) -> Stream:
    """Return what is awaited; a problem of the source is one of the URL's field."""
    try:
        return await done
    except BadFields as error:
        fields = {"url" if name == "source" else name: why for name, why in error.fields.items()}
        raise BadFields(fields, error.message) from error
