"""Fetches a video from a web address, within its budgets of bytes and time."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from domain.core.errors import BadInput, UnsupportedMedia
from domain.infra.http.safe_http import FetchedBody
from domain.infra.storage import safe_file_name
from domain.videos import hls
from domain.videos.hls import Budget

_PIECE: Final = 1024 * 1024
_PAGES: Final = frozenset({"text/html", "application/xhtml+xml"})
_PLAYLISTS: Final = frozenset(
    {"application/vnd.apple.mpegurl", "application/x-mpegurl", "audio/mpegurl", "audio/x-mpegurl"}
)
_TYPES: Final = {
    ".mp4": "video/mp4", ".m4v": "video/mp4", ".mov": "video/quicktime", ".webm": "video/webm",
    ".mkv": "video/x-matroska", ".avi": "video/x-msvideo", ".ts": "video/mp2t",
    ".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".wav": "audio/wav", ".flac": "audio/flac",
    ".ogg": "audio/ogg", ".opus": "audio/ogg",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Download:
    """A fetched file, or the tracks of one."""

    paths: list[Path]
    file_name: str
    mime_type: str
    title: str = ""  # if its page says one


def download(url: str, folder: Path, budget: Budget) -> Download:
    """Fetch a file, or an HLS video. Blocks: call it in a thread.

    Raises:
        BadInput: The address is not allowed, or is one of a page (code `web_page`).
        TooLarge: It is larger than the budget.
        Unavailable: The server does not answer, or is too slow.
    """
    path = folder / "fetched"
    with budget.open(url) as body:
        name = safe_file_name(unquote(urlsplit(body.url).path), fallback="video")
        mime_type = _type_of(body, name)
        if mime_type is not None:
            done = 0
            with path.open("wb") as file:
                while piece := body.read(_PIECE):
                    file.write(piece)
                    done += len(piece)
                    budget.report(done / (body.size or budget.bytes_left))
            if done == 0:
                raise UnsupportedMedia("The server sent an empty file. Check the address.")
            return Download([path], name, mime_type)
    stem = Path(name).stem or "video"
    return Download(hls.fetch(budget, url, folder), f"{stem}.mp4", "video/mp4")


def _type_of(body: FetchedBody, name: str) -> str | None:
    """Return the media type of a file; None for a playlist."""
    kind = body.content_type
    if kind in _PAGES:
        raise BadInput(
            "This address leads to a web page, not to a video file. Use the address of the file,"
            " or download the video and upload it.",
            code="web_page",
        )
    if kind in _PLAYLISTS or name.lower().endswith((".m3u8", ".m3u")):
        return None
    if kind.startswith(("video/", "audio/")):
        return kind
    suffix = Path(name).suffix.lower()
    if suffix in _TYPES:
        return _TYPES[suffix]
    if kind in {"", "application/octet-stream", "binary/octet-stream", "application/mp4"}:
        return "video/mp4"
    raise BadInput(
        f"This address leads to a file of type {kind[:60]}, not to a video.", code="not_a_video"
    )
