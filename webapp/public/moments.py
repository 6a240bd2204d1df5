"""`/m/{slug}`: the public page of a public or unlisted moment."""

from litestar import Response, route
from litestar.params import FromPath

from domain.bootstrap import Services
from domain.sharing.models import Moved, PublicView
from webapp.public import cards
from webapp.public.errors import MovedTo
from webapp.public.links import links_of
from webapp.public.marks import MarkPage, card_of, mark_page
from webapp.public.qr import qr_answer
from webapp.public.render import cacheable_page
from webapp.public.views import READ, AnyRequest, Item, Svc, ViewController


class MomentPageController(ViewController):
    """Moments' public pages; earlier slugs redirect."""

    path = "/m/{key:str}"

    async def view(self, request: AnyRequest, services: Services, key: str) -> PublicView:
        """Return a moment's public view.

        Raises:
            MovedTo: Its slug has changed.
        """
        found = await services.moment_pages.view(key)
        if isinstance(found, Moved):
            below = request.url.path.removeprefix(f"/m/{key}").rstrip("/")
            query = f"?{request.url.query}" if request.url.query else ""
            raise MovedTo(f"/m/{found.slug}{below}{query}")
        return found

    @route("/", http_method=READ)
    async def page(self, request: AnyRequest, services: Svc, key: FromPath[str]) -> Response[str]:
        """Show a moment; a mark with its provider's player."""
        view = await self.view(request, services, key)
        shown = await mark_page(request.scope, services, view)
        if shown is None:
            return self.render(request, services, view)
        return _mark(request, services, "mark.html", view, shown)

    @route("/embed", http_method=READ)
    async def embed(
        self, request: AnyRequest, services: Svc, key: FromPath[str], item: Item = None
    ) -> Response[str]:
        """Show only the player, for a frame in somebody else's page."""
        view = await self.view(request, services, key)
        shown = await mark_page(request.scope, services, view)
        if shown is None:
            return self.render_embed(request, services, view, item)
        return _mark(request, services, "mark_embed.html", view, shown)

    @route("/card.jpg", http_method=READ)
    async def card(self, request: AnyRequest, services: Svc, key: FromPath[str]) -> Response[bytes]:
        """Answer with the picture for cards elsewhere."""
        view = await self.view(request, services, key)
        shown = await mark_page(request.scope, services, view)
        moment = view.moments[0]
        card = card_of(view, shown) if shown else cards.Card(view.title, moment.source_name or "")
        return await cards.answer(request.scope, card)

    @route("/qr.svg", http_method=READ)
    async def qr(self, request: AnyRequest, services: Svc, key: FromPath[str]) -> Response[bytes]:
        """Answer with the page's address as a QR code."""
        return qr_answer((await self.view(request, services, key)).url)


def _mark(
    request: AnyRequest, services: Services, template: str, view: PublicView, shown: MarkPage
) -> Response[str]:
    return cacheable_page(
        request.scope,
        template,
        is_private=view.is_private,
        no_index=not view.is_listed or template != "mark.html",
        view=view,
        page=shown,
        links=links_of(view, None, services.settings.origin),
        origin=services.settings.origin,
    )
