"""A moment's files: pictures, videos, the beginning of a text, downloads."""

from collections.abc import Sequence
from typing import Any

from domain.moments.models import Asset
from webapp.app.kit.elements import El, Icon, link
from webapp.pages.theme import size_text

_STATES = {
    "pending": "Waiting for the file",
    "processing": "Processing",
    "failed": "This file could not be read.",
}


def draw_files(assets: Sequence[Asset]) -> None:
    """Draw files in the order that they were added."""
    if not assets:
        El("p", "m-2", "This moment has no files.")
    for asset in assets:
        with El("figure", "m-mfile"):
            _draw_content(asset)
            with El("figcaption", "m-row"):
                with El("span", "m-grow m-cut"):
                    El("span", "m-b", asset.file.file_name)
                    El("span", "m-3 m-sm", f"  {_about(asset)}")
                if asset.download_url:
                    name = asset.file.file_name
                    with El(
                        "a",
                        "m-btn m-quiet m-icon",
                        href=asset.download_url,
                        download=name,
                        aria_label=f"Download {name}",
                    ):
                        Icon("download")


def _draw_content(asset: Asset) -> None:
    text = asset.metadata.get("preview")
    kind = asset.file.content_type.partition("/")[0]
    if asset.processing_status != "completed":
        with El("div", "m-mwait m-state"):
            Icon("warn" if asset.processing_status == "failed" else "clock", "l")
            El("p", text=asset.processing_error or _STATES[asset.processing_status])
    elif kind == "video" and asset.download_url:
        El(
            "video", "m-mpic", src=asset.download_url, poster=asset.preview_url, controls=True
        ).attribute("preload", "none").attribute("aria-label", asset.file.file_name)
    elif asset.preview_url and asset.download_url:
        with El("a", href=asset.download_url, target="_blank", rel="noopener"):
            size = _size(asset.metadata)
            El("img", "m-mpic", src=asset.preview_url, alt=asset.file.file_name, **size)
    elif isinstance(text, str):
        El("pre", "m-code", text, tabindex="0", aria_label=f"Beginning of {asset.file.file_name}")
        if asset.metadata.get("previewIsWhole") is False and asset.download_url:
            link("Download the rest", asset.download_url, "m-link m-sm")


def _size(metadata: Any) -> dict[str, Any]:  # noqa: ANN401 (whatever a program wrote)
    """Return a picture's shape, so that nothing moves when it arrives."""
    width, height = metadata.get("width"), metadata.get("height")
    if isinstance(width, int) and isinstance(height, int) and width > 0 < height:
        return {"width": width, "height": height}
    return {}


def _about(asset: Asset) -> str:
    shape = _size(asset.metadata)
    measures = f"{shape['width']} by {shape['height']}, " if shape else ""
    return measures + size_text(asset.file.size_bytes)
