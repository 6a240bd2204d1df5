"""`/oembed?url=`: how other sites embed our pages (oembed.com, version 1.0)."""

import re
from collections.abc import Awaitable, Callable, Mapping
from html import escape
from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter, SkipValidation

from domain.bootstrap import Services
from domain.core.errors import BadInput, Forbidden, NotFound, Unauthenticated
from domain.sharing.models import Moved, PublicItem, PublicView
from webapp.public.links import first_of, links_of
from webapp.public.render import CACHE_S

Svc = NamedDependency[SkipValidation[Services]]
Size = Annotated[int | None, QueryParameter(ge=1, le=10_000)]
Bounds = tuple[int | None, int | None]  # of width and height
_PATH = re.compile(r"/(?P<kind>[smtc]|live)/(?P<key>[\w.~-]{1,128})/?(?:[?#].*)?", re.ASCII)
_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WIDTH, _HEIGHT = 1280, 720
_CARD = (640, 240)  # of words alone
_PLAYER = (640, 480)  # a provider's player with our line below it


def fit(width: int, height: int, max_width: int | None, max_height: int | None) -> tuple[int, int]:
    """Return a size with the same aspect ratio within bounds."""
    scale = min(1.0, (max_width or width) / width, (max_height or height) / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def frame(url: str, title: str, width: int, height: int) -> str:
    """Return the HTML that embeds one of our pages."""
    return (
        f'<iframe src="{escape(url)}" width="{width}" height="{height}" '
        f'title="{escape(title)}" frameborder="0" allow="autoplay; fullscreen; '
        'picture-in-picture" allowfullscreen></iframe>'
    )


@get("/oembed", include_in_schema=False, opt={"json": True})
async def oembed(
    request: Request[Any, Any, Any],
    services: Svc,
    url: Annotated[str, QueryParameter(max_length=2000)],
    maxwidth: Size = None,
    maxheight: Size = None,
    wanted: Annotated[str, QueryParameter(name="format", max_length=10)] = "json",
) -> Response[dict[str, object]] | Response[str]:
    """Describe how to embed a moment, a share link or a public stream."""
    if wanted not in {"json", "xml"}:
        raise BadInput("This format is not supported. Use json or xml.")
    origin = services.settings.origin
    path = url.removeprefix(origin)
    match = _PATH.fullmatch(path) if path != url else None
    if match is None:
        raise NotFound("There is nothing of ours at this address")
    content = await _DESCRIBE[match["kind"]](services, match["key"], (maxwidth, maxheight))
    common: dict[str, object] = {
        "version": "1.0",
        "provider_name": "Moments",
        "provider_url": origin,
        "cache_age": CACHE_S,
    }
    headers = {
        "cache-control": f"public, max-age={CACHE_S}",
        "access-control-allow-origin": "*",
    }
    if wanted == "xml":
        return Response(_xml(common | content), media_type="text/xml", headers=headers)
    return Response(common | content, headers=headers)


def _xml(content: Mapping[str, object]) -> str:
    """Return a description as XML (oembed.com, section 2.3.4.2)."""
    elements = "".join(
        f"<{name}>{_NO_XML.sub('', escape(str(value)))}</{name}>"
        for name, value in content.items()
        if value is not None
    )
    return f'<?xml version="1.0" encoding="utf-8" standalone="yes"?><oembed>{elements}</oembed>'


async def _share(services: Services, token: str, bounds: Bounds) -> dict[str, object]:
    try:
        view = await services.share_views.view(token)
    except Forbidden as error:
        # oEmbed requires 401 for private content.
        raise Unauthenticated(error.message) from error
    return _of_view(view, services.settings.origin, bounds)


async def _moment(services: Services, slug: str, bounds: Bounds) -> dict[str, object]:
    found = await services.moment_pages.view(slug)
    if isinstance(found, Moved):
        return await _moment(services, found.slug, bounds)
    if found.moments[0].kind == "mark":
        author = found.by or found.organization_name
        return _player(found.url, found.title, bounds) | {"author_name": author}
    return _of_view(found, services.settings.origin, bounds)


async def _track(services: Services, track_id: str, bounds: Bounds) -> dict[str, object]:
    track = await services.tracks.get(None, track_id)
    title = " by ".join(filter(None, (track.title or "A track", track.artist)))
    return _player(f"{services.settings.origin}/t/{track.id}", title, bounds)


async def _collection(services: Services, slug: str, bounds: Bounds) -> dict[str, object]:
    found = await services.collection_pages.view(slug)
    if isinstance(found, Moved):
        return await _collection(services, found.slug, bounds)
    author = found.by or found.organization_name
    return _player(found.url, found.title, bounds) | {"author_name": author}


def _player(url: str, title: str, bounds: Bounds) -> dict[str, object]:
    """Return the description of a page that plays in a provider's player.

    Mastodon takes only `video` with nothing but a frame; a player is at least 200 pixels wide.
    """
    width, height = fit(*_PLAYER, *bounds)
    return {
        "type": "video",
        "title": title,
        "width": width,
        "height": height,
        "html": frame(f"{url}/embed", title, width, height),
        "thumbnail_url": f"{url}/card.jpg",
        "thumbnail_width": 1200,
        "thumbnail_height": 630,
    }


def _of_view(view: PublicView, origin: str, bounds: Bounds) -> dict[str, object]:
    item = first_of(view)
    links = links_of(view, item, origin)
    width, height = fit(*_size_of(item), *bounds)
    content: dict[str, object] = {
        "title": view.title,
        "author_name": view.organization_name,
        "width": width,
        "height": height,
    }
    if item is not None and item.kind == "snapshot":
        return content | {"type": "photo", "url": links.media}
    content |= {
        "type": "video" if item is not None and item.kind == "clip" else "rich",
        "html": frame(links.embed, view.title, width, height),
    }
    if item is not None and item.poster is not None:
        content |= {
            "thumbnail_url": links.thumbnail,
            "thumbnail_width": links.thumbnail_size[0],
            "thumbnail_height": links.thumbnail_size[1],
        }
    return content


def _size_of(item: PublicItem | None) -> tuple[int, int]:
    if item is None or item.kind not in {"clip", "snapshot"}:
        return _CARD
    return (item.width, item.height) if item.width and item.height else (_WIDTH, _HEIGHT)


async def _live(services: Services, slug: str, bounds: Bounds) -> dict[str, object]:
    public = await services.streams.public(slug)
    stream = public.watch.stream
    size = (stream.video.width, stream.video.height) if stream.video else (_WIDTH, _HEIGHT)
    width, height = fit(*size, *bounds)
    base = f"{services.settings.origin}/live/{stream.slug}"
    return {
        "type": "video",
        "title": stream.name,
        "author_name": public.organization_name,
        "width": width,
        "height": height,
        "html": frame(f"{base}/embed", stream.name, width, height),
        "thumbnail_url": f"{base}/thumbnail.jpg",
        "thumbnail_width": width,
        "thumbnail_height": height,
    }


_DESCRIBE: Mapping[str, Callable[[Services, str, Bounds], Awaitable[dict[str, object]]]] = {
    "s": _share,
    "m": _moment,
    "t": _track,
    "c": _collection,
    "live": _live,
}
