"""The Go live page: publishes a camera or a screen from this browser."""

from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import Response
from nicegui import ui

from domain.captures.models import GalleryFilter
from domain.core.errors import NotFound
from domain.core.time import clock_text
from domain.live.models import Publishing
from webapp.app.components.copy_button import CopyButton
from webapp.app.components.publisher import Device, Devices, Figures, Publisher, State
from webapp.app.kit.elements import Button, El, Icon, link, plural
from webapp.app.kit.forms import draw_label
from webapp.app.pages.live.latest import MOST, LatestCaptures
from webapp.app.pages.live.phone import qr_code, why_no_qr
from webapp.app.shell import SignedInPage
from webapp.pages.context import Pages, Visit
from webapp.pages.error_page import trouble

_SIZES: Final = {"480": "480p", "720": "720p", "1080": "1080p"}
_RATES: Final = {
    "600": "0.6 Mbit/s",
    "1000": "1 Mbit/s",
    "2500": "2.5 Mbit/s",
    "4500": "4.5 Mbit/s",
    "8000": "8 Mbit/s",
}
_ROWS: Final = ("Sending", "Resolution", "Loss", "Round trip")
_LIMITED: Final = {"bandwidth": ", limited by the network", "cpu": ", limited by this device"}
_VEIL: Final = "•" * 18


class GoLivePage(SignedInPage):
    """One open publisher."""

    current = "live"
    sheets = ("player", "settings", "go-live")

    def __init__(self, pages: Pages, visit: Visit, request: Request, slug: str) -> None:
        super().__init__(pages, visit, request)
        self.slug = slug
        self.live_since: datetime | None = None

    async def load(self) -> Response | None:
        """Read the stream; say why nobody can go live here."""
        try:
            self.stream = await self.services.streams.get(self.caller, self.slug)
        except NotFound as error:
            return trouble(404, "There is no such stream", error.message, action="All streams")
        watch = f"/watch/{self.stream.slug}"
        if self.stream.source.kind != "push":
            why = "This stream has its own source. Create a stream with a browser as its source."
            return trouble(409, "You cannot go live here", why, action="Watch", href=watch)
        if self.stream.publishing is None:
            why = "Only the creator of the stream and admins can go live on it."
            return trouble(
                403, "You cannot publish to this stream", why, action="Watch", href=watch
            )
        self.publishing = self.stream.publishing
        self.title = f"Go live: {self.stream.name}"
        return None

    async def build(self) -> None:
        """Draw the publisher, and what is beside it."""
        settings = self.services.settings
        self._url = f"{settings.origin}/go-live/{quote(self.stream.slug, safe='')}"
        with El("header", "m-gohead"):
            with El("a", "m-btn m-quiet m-icon", href="/live", aria_label="Back to all streams"):
                Icon("back")
            El("h1", "m-grow m-cut", self.stream.name)
            link("Watch", f"/watch/{self.stream.slug}", "m-btn", "eye").attribute(
                "target", "_blank"
            )
        with El("div", "m-watch m-gopage"):
            self.publisher = Publisher(
                self.stream,
                takes_over=settings.second_publisher == "takeover",
                secure_url=self._url if settings.origin.startswith("https://") else None,
                on_devices=self.show_devices,
                on_figures=self.show_figures,
                on_state=self.changed,
            )
            with El("aside", "m-rail m-gorail"):
                self._ended = El("div")
                self._draw_devices()
                self._draw_figures()
                self._draw_others(self.publishing)

    # Devices

    def _draw_devices(self) -> None:
        self._known = Devices()
        with El("section", "m-glass m-pad m-gosources", aria_label="Devices"):
            self.fields = {
                "camera": self._draw_choice("camera", "Camera", {}),
                "microphone": self._draw_choice("microphone", "Microphone", {}),
            }
            with El("div", "m-two"):
                self.fields["size"] = self._draw_choice("size", "Resolution", _SIZES)
                self.fields["kbps"] = self._draw_choice("kbps", "Maximum bitrate", _RATES)
        self.show_devices(self._known)

    def _draw_choice(self, name: str, label: str, options: dict[str, str]) -> ui.select:
        def choose(event: Any) -> None:  # noqa: ANN401 (NiceGUI's event of any value)
            value = str(event.value or "")
            if value and value != _used(self._known, name):
                self.publisher.choose(name, value)

        with El("div", "m-field"):
            field = ui.select(options, on_change=choose)
            field.props("borderless dense options-dense hide-bottom-space behavior=menu")
            field.classes("m-qinput")
            draw_label(field, label)
        return field

    def show_devices(self, devices: Devices) -> None:
        """Show which devices there are, and which are in use."""
        self._known = devices
        offered = {
            "camera": _options(devices.cameras),
            "microphone": _options(devices.microphones),
            "size": _SIZES,
            "kbps": _RATES,
        }
        for name, field in self.fields.items():
            options = offered[name]
            used = _used(devices, name)
            field.set_options(options, value=used if used in options else None)
            field.set_enabled(len(options) > 1)
        self.fields["camera"].set_visibility(devices.source == "camera")

    # What is sent

    def _draw_figures(self) -> None:
        with El("section", "m-glass m-health", aria_label="Outgoing stream") as self._figures:
            El("h2", text="Outgoing stream")
            with El("dl"):
                self.rows = {name: self._draw_row(name) for name in _ROWS}
        self._figures.set_visibility(False)

    def _draw_row(self, name: str) -> El:
        with El("div"):
            El("dt", text=name)
            return El("dd", text="…")

    def show_figures(self, figures: Figures) -> None:
        """Show what is sent, as measured in the browser."""
        sending = f"{figures.kbps / 1000:.1f} Mbit/s{_LIMITED.get(figures.limited or '', '')}"
        size = f"{figures.width} × {figures.height}, {figures.fps or 0:.0f} fps"  # noqa: RUF001 (a size)
        values = {
            "Sending": sending,
            "Resolution": size if figures.width else "none",
            "Loss": "…" if figures.loss is None else f"{figures.loss:.1%}".replace("%", " %"),
            "Round trip": "…"
            if figures.roundTrip is None
            else f"{figures.roundTrip * 1000:.0f} ms",
        }
        for name, text in values.items():
            self.rows[name].text = text

    async def changed(self, state: State) -> None:
        """Take in that a broadcast has begun or ended."""
        self._figures.set_visibility(state == "live")
        if state == "live" and self.live_since is None:
            self.live_since = self.services.clock.now()
            self._ended.clear()
        elif state in {"idle", "refused"} and self.live_since is not None:
            since, self.live_since = self.live_since, None
            await self.act(lambda: self._show_captured(since))

    async def _show_captured(self, since: datetime) -> None:
        """Show what was captured from the broadcast that has ended."""
        wanted = GalleryFilter(streams=[self.stream.id], start=since, limit=MOST)
        page = await self.services.gallery.list(self.caller, wanted)
        lasted_s = (self.services.clock.now() - since).total_seconds()
        with self._ended, El("section", "m-glass m-pad m-goended", aria_label="Your broadcast"):
            El("h2", text="The broadcast has ended")
            captures = plural(page.total.value, "capture")
            El("p", "m-sm m-2", f"{clock_text(round(lasted_s))} on air, {captures}.", role="status")
            LatestCaptures(
                "Captured",
                "Nothing was captured. The last minutes are still in the buffer.",
                f"/library?stream={self.stream.id}",
            ).fill(page.items)
            link("Look back", f"/watch/{self.stream.slug}", "m-btn", "back")

    # Other ways to publish

    def _draw_others(self, publishing: Publishing) -> None:
        with El("section", "m-col", aria_label="Other ways to publish"):
            with _fold("screen", "From OBS or ffmpeg"):
                self._draw_programs(publishing)
            with _fold("link", "From a phone"):
                self._draw_phone()

    def _draw_programs(self, publishing: Publishing) -> None:
        key, rtmp = publishing.publish_key, publishing.rtmp_url
        El("h3", text="WHIP, the lowest latency")
        El(
            "p",
            "m-sm m-2",
            "In OBS: Settings, Stream, Service WHIP. Keyframe interval 2 s, tune zerolatency, no "
            "B-frames.",
        )
        _draw_secret("Server", publishing.whip_url or "", key)
        _draw_secret("Bearer token", key, key)
        if rtmp is None:
            return
        El("h3", text="RTMP")
        El("p", "m-sm m-2", "In OBS: Service Custom.")
        _draw_secret("Server", rtmp.removesuffix(f"/{key}"), key)
        _draw_secret("Stream key", key, key)
        El("p", "m-sm m-2", "With ffmpeg, an existing file:")
        _draw_secret("Command", f"ffmpeg -re -i film.mp4 -c copy -f flv {rtmp}", key)

    def _draw_phone(self) -> None:
        reason = why_no_qr(self.services.settings.origin)
        if reason is None:
            El(
                "div",
                "m-qr",
                role="img",
                aria_label=f"QR code of {self._url}",
                innerHTML=qr_code(self._url),
            )
            reason = "Scan it with the phone's camera and sign in; this page opens there."
        with El("p", "m-sm m-2"):
            for place, part in enumerate(reason.split("`")):
                El("code" if place % 2 else "span", "m-mono" if place % 2 else "", part)
        _draw_secret("Address", self._url, "")


def _options(devices: tuple[Device, ...]) -> dict[str, str]:
    return {id_: label for id_, label in devices if id_}


def _used(devices: Devices, name: str) -> str:
    return {
        "camera": devices.camera,
        "microphone": devices.microphone,
        "size": devices.size,
        "kbps": str(devices.kbps),
    }[name]


def _fold(glyph: str, title: str) -> El:
    with El("details", "m-glass m-fold"):
        with El("summary"):
            Icon(glyph, "s")
            El("span", text=title)
        return El("div", "m-foldbody")


def _draw_secret(label: str, value: str, key: str) -> None:
    """Draw a value to copy; a key in it is shown on demand."""
    veiled = value.replace(key, _VEIL) if key else value
    with El("div", "m-copyrow"):
        with El("div", "m-grow"):
            El("div", "m-xs m-3", label)
            shown = El("code", "m-mono", veiled)

        def toggle() -> None:
            is_veiled = shown.text == veiled
            shown.text = value if is_veiled else veiled
            word = "Hide" if is_veiled else "Show"
            button.text = word
            button.props["aria-label"] = f"{word}: {label}"

        if veiled != value:
            button = Button("Show", toggle, kind="quiet", label=f"Show: {label}")
        CopyButton(value, "Copy").props(f'aria-label="Copy: {label}"')
