"""Shared by share links and moments' pages: player, embed, files, download."""

from abc import abstractmethod
from typing import Annotated, Any

from litestar import Controller, Request, Response, route
from litestar.di import NamedDependency
from litestar.enums import HttpMethod
from litestar.params import FromPath, QueryParameter, SkipValidation

from domain.bootstrap import Services
from domain.core.errors import Forbidden
from domain.infra.storage.presentation import disposition
from domain.moments.models import MediaFile
from domain.sharing.models import PublicView
from webapp.edge.sending import Sent, send_stored
from webapp.public.links import choose, entries_of, first_of, links_of, stored
from webapp.public.render import CACHE_S, cacheable_page, time_left

AnyRequest = Request[Any, Any, Any]
Svc = NamedDependency[SkipValidation[Services]]
Item = Annotated[str | None, QueryParameter(name="item", max_length=64)]
READ = [HttpMethod.GET, HttpMethod.HEAD]


class ViewController(Controller):
    """Base of the pages of views; each request asks anew who may see them."""

    include_in_schema = False

    @abstractmethod
    async def view(self, request: AnyRequest, services: Services, key: str) -> PublicView:
        """Return what is seen at an address, or raise why nothing is."""

    @staticmethod
    def render(request: AnyRequest, services: Services, view: PublicView) -> Response[str]:
        """Return the page of a view."""
        origin = services.settings.origin
        item = first_of(view)
        end = view.expires_at
        return cacheable_page(
            request.scope,
            "view.html",
            is_private=view.is_private,
            no_index=not view.is_listed,
            view=view,
            item=item,
            links=links_of(view, item, origin),
            entries=entries_of(view, origin),
            left=time_left(end - services.clock.now()) if end else "",
            origin=origin,
        )

    @route("/", http_method=READ)
    async def page(self, request: AnyRequest, services: Svc, key: FromPath[str]) -> Response[str]:
        """Show it."""
        return self.render(request, services, await self.view(request, services, key))

    @route("/embed", http_method=READ)
    async def embed(
        self, request: AnyRequest, services: Svc, key: FromPath[str], item: Item = None
    ) -> Response[str]:
        """Show only the player, for a frame in somebody else's page."""
        view = await self.view(request, services, key)
        return self.render_embed(request, services, view, item)

    @staticmethod
    def render_embed(
        request: AnyRequest, services: Services, view: PublicView, item: str | None
    ) -> Response[str]:
        """Return a view's player alone."""
        chosen = first_of(view) if item is None else choose(view, item)
        return cacheable_page(
            request.scope,
            "view_embed.html",
            is_private=view.is_private,
            no_index=True,
            view=view,
            item=chosen,
            links=links_of(view, chosen, services.settings.origin),
        )

    @route(["/media.mp4", "/image", "/media"], http_method=READ)
    async def media(
        self, request: AnyRequest, services: Svc, key: FromPath[str], item: Item = None
    ) -> Sent:
        """Answer with a file itself, in ranges if asked; what could run is an attachment."""
        view = await self.view(request, services, key)
        return await self._send(
            request, services, view, stored(choose(view, item).media), inline=True
        )

    @route("/thumbnail.jpg", http_method=READ)
    async def thumbnail(
        self, request: AnyRequest, services: Svc, key: FromPath[str], item: Item = None
    ) -> Sent:
        """Answer with a picture for cards and posters."""
        view = await self.view(request, services, key)
        chosen = first_of(view) if item is None else choose(view, item)
        poster = stored(chosen.poster if chosen else None)
        return await self._send(request, services, view, poster, inline=True)

    @route("/download", http_method=READ)
    async def download(
        self, request: AnyRequest, services: Svc, key: FromPath[str], item: Item = None
    ) -> Sent:
        """Answer with the file under its name, where who shared it allows that."""
        view = await self.view(request, services, key)
        if not view.may_download:
            raise Forbidden(
                "The person who shared this does not allow downloads.", code="download_not_allowed"
            )
        return await self._send(
            request, services, view, stored(choose(view, item).media), inline=False
        )

    @staticmethod
    async def _send(
        request: AnyRequest, services: Services, view: PublicView, file: MediaFile, *, inline: bool
    ) -> Sent:
        name = disposition(file.file_name, file.content_type, inline=inline)
        return await send_stored(
            request,
            services.storage,
            file.bucket,
            file.key,
            content_type=file.content_type,
            headers={**_kept(view), "content-disposition": name},
        )


def _kept(view: PublicView) -> dict[str, str]:
    """Return how long the bytes of a view may be kept: what is revoked ends within a minute."""
    cache = "private, no-store" if view.is_private else f"public, max-age={CACHE_S}"
    return {
        "cache-control": cache,
        "x-robots-tag": "noindex",
        "content-security-policy": "sandbox; default-src 'none'",
        "cross-origin-resource-policy": "same-origin" if view.is_private else "cross-origin",
    }
