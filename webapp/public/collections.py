"""`/c/{slug}`: a collection, played one part after another across providers."""

import json
from dataclasses import dataclass
from typing import Any

from litestar import Controller, Response, route
from litestar.params import FromPath

from domain.bootstrap import Services
from domain.collections.models import CollectionView, PublicItem
from domain.marks.models import PublicMark
from domain.sharing.models import Moved
from webapp.edge.asgi_types import Scope
from webapp.players import PROVIDER_NAMES, Playable, show_player
from webapp.public import cards
from webapp.public.errors import MovedTo
from webapp.public.links import first_of
from webapp.public.marks import range_of, save_url, stage_of_mark
from webapp.public.qr import qr_answer
from webapp.public.render import cacheable_page, oembed_url
from webapp.public.views import READ, AnyRequest, Svc


@dataclass(frozen=True, slots=True)
class ShownItem:
    """The template's variables of one item."""

    url: str
    title: str
    meta: str
    seconds: float | None  # None: nothing that plays
    config: dict[str, Any] | None  # what the player's script needs
    reason: str | None
    save_url: str | None
    picture: str | None = None

    @property
    def json(self) -> str:
        """What the script needs, as JSON."""
        return json.dumps(self.config)


@dataclass(frozen=True, slots=True)
class CollectionPage:
    """The template's variables."""

    view: CollectionView
    items: tuple[ShownItem, ...]

    @property
    def seconds(self) -> int:
        """How long all of it plays."""
        return round(sum(item.seconds or 0 for item in self.items))

    @property
    def stage(self) -> ShownItem | None:
        """The first item that plays."""
        return next((item for item in self.items if item.config), None)


async def collection_page(
    scope: Scope, services: Services, slug: str, below: str = ""
) -> CollectionPage:
    """Return what a collection's page shows.

    Raises:
        NotFound, Gone: There is no such collection. MovedTo: Its slug has changed.
    """
    view = await services.collection_pages.view(slug)
    if isinstance(view, Moved):
        raise MovedTo(f"/c/{view.slug}{below}")
    ids = [item.moment.id for item in view.items if item.moment.kind == "mark"]
    marks = await services.public_marks.of(ids) if ids else {}
    shown = [
        _mark(scope, services, item, marks[item.moment.id])
        if item.moment.id in marks
        else _own(scope, services, item)
        for item in view.items
    ]
    return CollectionPage(view, tuple(shown))


def _mark(scope: Scope, services: Services, item: PublicItem, mark: PublicMark) -> ShownItem:
    stage = stage_of_mark(scope, services, mark)
    name = mark.source.shown_title or range_of(mark.start_ds, mark.end_ds)
    has_player = stage.config is not None
    return ShownItem(
        url=f"{services.settings.origin}/m/{item.slug}",
        title=item.moment.title,
        meta=f"{PROVIDER_NAMES.get(mark.source.provider, mark.source.provider)} · {name}",
        seconds=(mark.end_ds - mark.start_ds) / 10 if has_player else None,
        config=stage.config,
        reason=stage.reason or (None if has_player else "Cannot be played here"),
        save_url=save_url(stage.url, mark.start_ds, mark.end_ds),
    )


def _own(scope: Scope, services: Services, item: PublicItem) -> ShownItem:
    """Return a moment of our own: a clip plays whole, anything else is only listed."""
    url = f"{services.settings.origin}/m/{item.slug}"
    clip = next((each for each in item.moment.items if each.kind == "clip" and each.is_ready), None)
    config = None
    seconds = clip.duration_ms / 1000 if clip and clip.duration_ms else None
    if clip is not None and seconds is not None:
        what = Playable(
            "moments",
            item.moment.id,
            "moment",
            url,
            item.moment.title,
            clip.duration_ms,
            media_url=f"{url}/media.mp4",
            poster=f"{url}/thumbnail.jpg" if clip.poster else None,
        )
        player = show_player(scope, services.settings, what)
        config = {**player, "range": {"start": 0, "end": seconds}, "href": url} if player else None
    kind = item.moment.kind.capitalize()
    source = item.moment.source_name
    first = first_of(item.moment)
    return ShownItem(
        url=url,
        title=item.moment.title,
        meta=f"{kind} · {source}" if source else kind,
        seconds=seconds if config else None,
        config=config,
        reason=None if config else "Not played here",
        save_url=None,
        picture=f"{url}/thumbnail.jpg" if first and first.poster else None,
    )


class CollectionPageController(Controller):
    """Collections' public pages; earlier slugs redirect."""

    path = "/c/{slug:str}"
    include_in_schema = False

    @route("/", http_method=READ)
    async def page(self, request: AnyRequest, services: Svc, slug: FromPath[str]) -> Response[str]:
        """Show the collection with its player."""
        return await _answer(request, services, slug, "collection.html")

    @route("/embed", http_method=READ)
    async def embed(self, request: AnyRequest, services: Svc, slug: FromPath[str]) -> Response[str]:
        """Show only the player, for a frame in somebody else's page."""
        return await _answer(request, services, slug, "collection_embed.html", "/embed")

    @route("/card.jpg", http_method=READ)
    async def card(
        self, request: AnyRequest, services: Svc, slug: FromPath[str]
    ) -> Response[bytes]:
        """Answer with the picture for cards elsewhere."""
        page = await collection_page(request.scope, services, slug, "/card.jpg")
        view = page.view
        lead = f"A collection by {view.by or view.organization_name}"
        card = cards.Card(view.title, lead, f"{len(page.items)} moments")
        return await cards.answer(request.scope, card)

    @route("/qr.svg", http_method=READ)
    async def qr(self, request: AnyRequest, services: Svc, slug: FromPath[str]) -> Response[bytes]:
        """Answer with the page's address as a QR code."""
        page = await collection_page(request.scope, services, slug, "/qr.svg")
        return qr_answer(page.view.url)


async def _answer(
    request: AnyRequest, services: Services, slug: str, template: str, below: str = ""
) -> Response[str]:
    page = await collection_page(request.scope, services, slug, below)
    return cacheable_page(
        request.scope,
        template,
        is_private=False,
        no_index=not page.view.is_listed or bool(below),
        page=page,
        view=page.view,
        oembed=oembed_url(services.settings.origin, page.view.url),
        origin=services.settings.origin,
    )
