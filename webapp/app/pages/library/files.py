"""A moment's files: pictures, videos, sound, readable texts, downloads."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from nicegui import ui

from domain.moments.models import Asset
from webapp.app.components.file_strip import FileStrip, StripItem
from webapp.app.components.video_file import VideoFile
from webapp.app.kit.elements import Button, El, Icon, link, open_once, plural
from webapp.app.kit.lengths import length_text
from webapp.app.pages.library.readable import readable
from webapp.pages.theme import size_text

_STATES: Final = {
    "pending": "Waiting for the file",
    "processing": "Processing",
    "failed": "This file could not be read.",
}


_GLYPHS: Final = {"image": "camera", "video": "video", "audio": "sound"}

# Gets a video file's id, and the time of the frame to take in milliseconds.
OnTake = Callable[[str, int], Awaitable[None]]


class Files:
    """The chosen file at its size, and a strip of all to choose from.

    Made anew when the files change; `chosen` is what was chosen before.
    """

    def __init__(self, assets: Sequence[Asset], on_take: OnTake | None, chosen: str) -> None:
        self._assets = {asset.id: asset for asset in assets}
        self._on_take = on_take
        self.chosen = chosen if chosen in self._assets else _first(assets)

    async def draw(self) -> None:
        """Draw them here."""
        self._texts = await asyncio.to_thread(_markups, list(self._assets.values()))
        if not self._assets:
            El("p", "m-2", "This moment has no files.")
            return
        with El("div", "m-mshown"):
            self._figure = El("figure", "m-mfile")
            self._draw_chosen()
            if len(self._assets) > 1:
                items = [_strip_item(asset) for asset in self._assets.values()]
                self._strip = FileStrip(items, self.chosen, self.choose)

    async def choose(self, asset_id: str) -> None:
        """Show a file; others' stay as they are."""
        if asset_id in self._assets and asset_id != self.chosen:
            self.chosen = asset_id
            self._strip.show(asset_id)
            self._draw_chosen()

    def _draw_chosen(self) -> None:
        asset = self._assets[self.chosen]
        self._figure.clear()
        with self._figure:
            _draw_content(asset, self._texts, self._on_take)
            with El("figcaption", "m-row"):
                with El("span", "m-grow m-cut"):
                    El("span", "m-b", asset.file.file_name)
                    El("span", "m-3 m-sm", f"  {_about(asset)}")
                if asset.download_url:
                    _draw_download(asset.file.file_name, asset.download_url)


def _first(assets: Sequence[Asset]) -> str:
    """Return what to show first: a picture, else a video, else anything."""
    ranks = {"image": 0, "video": 1}

    def rank(asset: Asset) -> tuple[bool, int]:
        kind = asset.file.content_type.partition("/")[0]
        return asset.processing_status != "completed", ranks.get(kind, 2)

    return min(assets, key=rank).id if assets else ""


def _strip_item(asset: Asset) -> StripItem:
    kind = asset.file.content_type.partition("/")[0]
    length = asset.metadata.get("durationMs")
    return StripItem(
        asset.id,
        asset.file.file_name,
        "warn" if asset.processing_status == "failed" else _GLYPHS.get(kind, "note"),
        asset.preview_url,
        length_text(length, 0) if isinstance(length, int) else "",
    )


def _draw_download(name: str, url: str) -> None:
    label = f"Download {name}"
    with El("a", "m-btn m-quiet m-icon", href=url, download=name, aria_label=label):
        Icon("download")


def _draw_content(asset: Asset, texts: Mapping[str, str], on_take: OnTake | None) -> None:
    name, url = asset.file.file_name, asset.download_url
    kind = asset.file.content_type.partition("/")[0]
    if asset.processing_status != "completed":
        with El("div", "m-mwait m-state"):
            Icon("warn" if asset.processing_status == "failed" else "clock", "l")
            El("p", text=asset.processing_error or _STATES[asset.processing_status])
    elif url and kind == "video":
        VideoFile(asset, on_take)
    elif url and kind == "audio":
        made = El("audio", "m-maudio", src=url, controls=True, aria_label=name)
        made.attribute("preload", "metadata")
    elif url and asset.preview_url:
        draw_picture(name, asset.preview_url, url, _size(asset.metadata))
    elif asset.id in texts:
        _draw_text(asset, texts[asset.id])


def draw_picture(name: str, small: str, whole: str, size: dict[str, Any]) -> None:
    """Draw a picture in its own shape; a press shows it whole."""

    def zoom() -> None:
        with button.client:
            _open_zoom(name, whole)

    with El("button", "m-zoom", type="button", aria_label=f"Zoom into {name}") as button:
        El("img", "m-mpic", src=small, alt=name, **size)
    button.on("click", zoom, args=[])


def _open_zoom(name: str, url: str) -> None:
    """Show a picture over the whole window; a press changes between fitting and its own size."""
    with ui.dialog().props("maximized") as dialog, El("div", "m-zoomed") as frame:
        dialog.props["aria-label"] = name
        Button("", dialog.close, glyph="close", label="Close").classes("m-icon m-zoomclose")
        image = El("img", src=url, alt=name)

        def toggle() -> None:
            is_whole = "m-whole" in frame.classes
            frame.classes(add="" if is_whole else "m-whole", remove="m-whole" if is_whole else "")

        image.on("click", toggle, args=[])
    open_once(dialog)


def _markups(assets: Sequence[Asset]) -> dict[str, str]:
    """Return the readable texts of files; colours cost time, so this runs in a thread."""
    return {
        asset.id: str(
            readable(
                asset.file.file_name,
                text,
                is_log=asset.asset_type == "log_file",
                is_config=asset.asset_type == "config_file",
            )
        )
        for asset in assets
        if isinstance(text := asset.metadata.get("preview"), str)
    }


def _draw_text(asset: Asset, markup: str) -> None:
    name = asset.file.file_name
    is_whole = asset.metadata.get("previewIsWhole") is not False
    label = name if is_whole else f"Beginning of {name}"
    El("pre", "m-code", tabindex="0", role="region", aria_label=label, innerHTML=markup)
    if not is_whole and asset.download_url:
        link("Download the rest", asset.download_url, "m-link m-sm")


def _size(metadata: Any) -> dict[str, Any]:  # noqa: ANN401 (whatever a program wrote)
    """Return a picture's shape, so that nothing moves when it arrives."""
    width, height = metadata.get("width"), metadata.get("height")
    if isinstance(width, int) and isinstance(height, int) and width > 0 < height:
        return {"width": width, "height": height}
    return {}


def _about(asset: Asset) -> str:
    shape = _size(asset.metadata)
    facts = [f"{shape['width']} by {shape['height']}"] if shape else []
    text = asset.metadata.get("preview")
    if isinstance(text, str) and asset.metadata.get("previewIsWhole") is not False:
        facts.append(plural(len(text.splitlines()), "line"))
    return ", ".join([*facts, size_text(asset.file.size_bytes)])
