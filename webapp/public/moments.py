"""`/m/{slug}`: the public page of a public or unlisted moment."""

from typing import Final

from litestar import Response, get, post, route
from litestar.params import FromPath, URLEncodedBody

from domain.bootstrap import Services
from domain.core.errors import BadFields, RateLimited
from domain.discover.models import Suggestion
from domain.profiles.rules import MAX_DETAILS
from domain.sharing.models import Moved, PublicView
from webapp.auth import client_ip
from webapp.public import cards
from webapp.public.errors import MovedTo
from webapp.public.links import links_of
from webapp.public.marks import MarkPage, card_of, mark_page
from webapp.public.qr import qr_answer
from webapp.public.render import cacheable_page, page
from webapp.public.views import READ, AnyRequest, Item, Svc, ViewController

_SIMILAR: Final = 6
Form = URLEncodedBody[dict[str, str]]


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
        return _mark(request, services, "part_embed.html", view, shown)

    @route("/similar", http_method=READ)
    async def similar(
        self, request: AnyRequest, services: Svc, key: FromPath[str]
    ) -> Response[str]:
        """Answer with a piece of the page: public moments that are like this one."""
        view = await self.view(request, services, key)
        found: list[Suggestion] = []
        if view.is_listed:
            found = await services.discover.similar_in_public(view.moments[0].id)
        return cacheable_page(
            request.scope,
            "similar.html",
            is_private=view.is_private,
            no_index=True,
            found=found[:_SIMILAR],
        )

    @get("/report")
    async def report_form(
        self, request: AnyRequest, services: Svc, key: FromPath[str]
    ) -> Response[str]:
        """Ask what is wrong with a moment."""
        return _ask(await self.view(request, services, key))

    @post("/report", status_code=200)
    async def report(
        self, request: AnyRequest, services: Svc, key: FromPath[str], data: Form
    ) -> Response[str]:
        """Report abuse to the admins of the moment's organisation."""
        view = await self.view(request, services, key)
        reason, details = data.get("reason", ""), data.get("details", "")
        try:
            await services.reports.report(key, reason, details, ip=client_ip(request.scope))
        except BadFields as error:
            problem = " ".join(f"The {name} {why}." for name, why in error.fields.items())
            return _ask(view, status=400, problem=problem, details=details)
        except RateLimited as error:
            headers = {"retry-after": str(error.retry_after_s)}
            return _ask(view, 429, error.message, details=details, headers=headers)
        return _ask(view, is_sent=True)

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


def _ask(
    view: PublicView,
    status: int = 200,
    problem: str = "",
    *,
    details: str = "",
    is_sent: bool = False,
    headers: dict[str, str] | None = None,
) -> Response[str]:
    return page(
        "report.html",
        status=status,
        headers={"x-robots-tag": "noindex", **(headers or {})},
        view=view,
        problem=problem,
        details=details[:MAX_DETAILS],
        is_sent=is_sent,
    )


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
