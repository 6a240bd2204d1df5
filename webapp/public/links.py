"""URLs below a page or a share link: its embed, its files, its card."""

from dataclasses import dataclass

from domain.core.errors import NotFound
from domain.moments.models import MediaFile
from domain.moments.processing import PREVIEW_WIDTH
from domain.sharing.models import PublicItem, PublicMoment, PublicView
from webapp.public.render import oembed_url


@dataclass(frozen=True, slots=True)
class Links:
    """A subject's absolute URLs, for pages, cards and players."""

    page: str
    embed: str
    media: str
    thumbnail: str
    thumbnail_size: tuple[int, int]
    download: str
    oembed: str


def links_of(view: PublicView, item: PublicItem | None, origin: str) -> Links:
    """Return the URLs of one of a view's files, or of a view without any."""
    base = view.url
    query = "" if item is None or item is view.items[0] else f"?item={item.id}"
    return Links(
        page=base,
        embed=f"{base}/embed{query}",
        media=f"{base}/{_media(item)}{query}",
        thumbnail=f"{base}/thumbnail.jpg{query}",
        thumbnail_size=_thumbnail_size(item) if item else (0, 0),
        download=f"{base}/download{query}",
        oembed=oembed_url(origin, base),
    )


def entries_of(
    view: PublicView, origin: str
) -> list[tuple[PublicMoment, list[tuple[PublicItem, Links]]]]:
    """Return each moment with its files and their URLs."""
    return [
        (moment, [(item, links_of(view, item, origin)) for item in moment.items])
        for moment in view.moments
    ]


def first_of(view: PublicView | PublicMoment) -> PublicItem | None:
    """Return the file that represents a view or moment in cards and players: one with an image."""
    shown = (item for item in view.items if item.poster or item.kind in {"clip", "snapshot"})
    return next(shown, view.items[0] if view.items else None)


def choose(view: PublicView, item_id: str | None) -> PublicItem:
    """Return one of a view's files, the first by default.

    Raises:
        NotFound: The view does not contain it.
    """
    for item in view.items:
        if item_id in {None, item.id}:
            return item
    raise NotFound("This link does not show that file. Open the page to see what it shows.")


def stored(found: MediaFile | None) -> MediaFile:
    """Return a stored file.

    Raises:
        NotFound: It is not stored yet (code `not_ready`).
    """
    if found is None:
        raise NotFound("This is not ready yet. Try again in a moment.", code="not_ready")
    return found


def _media(item: PublicItem | None) -> str:
    if item is None or item.kind in {"text", "file"}:
        return "media"
    if item.kind == "snapshot":
        return "image"
    is_mp4 = item.media is None or item.media.content_type == "video/mp4"
    return "media.mp4" if is_mp4 else "media"


def _thumbnail_size(item: PublicItem) -> tuple[int, int]:
    """Return a preview's size: as wide as previews are made, never wider than the image."""
    width = min(PREVIEW_WIDTH, item.width)
    return width, round(item.height * width / item.width) if item.width else 0
