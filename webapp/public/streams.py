"""`/live/{slug}`: a public or unlisted stream, for anybody."""

from typing import Any
from urllib.parse import quote

from litestar import Controller, Request, Response, get, route
from litestar.di import NamedDependency
from litestar.enums import HttpMethod
from litestar.params import FromPath, SkipValidation
from litestar.response import Redirect

from domain.bootstrap import Services
from domain.core.time import isoformat
from domain.live.models import PublicStream
from webapp.public.render import cacheable_page, oembed_url
from webapp.stage import Opening

AnyRequest = Request[Any, Any, Any]
Svc = NamedDependency[SkipValidation[Services]]

_READ = [HttpMethod.GET, HttpMethod.HEAD]


def player_config(public: PublicStream) -> dict[str, object]:
    """Return what the player on a stream's page must know, as JSON in the page."""
    watch = public.watch
    slug = quote(watch.stream.slug, safe="")
    return {
        "mode": "public",
        "stream": {
            "id": watch.stream.id,
            "slug": watch.stream.slug,
            "name": watch.stream.name,
            "buffer_s": watch.stream.buffer_s,
            "status": watch.stream.status,
            "state": watch.stream.state,
            "reason": watch.stream.reason,
            "since": isoformat(watch.stream.since) if watch.stream.since else None,
        },
        "hls_url": watch.hls_url,
        "whep_url": watch.stream.whep_url,
        "status_url": watch.status_url,
        "frame_url": watch.frame_url,
        "may_capture": watch.may_capture,
        "expires_at": isoformat(watch.expires_at) if watch.expires_at else None,
        "watch_url": f"/api/streams/{watch.stream.id}/watch",
        "snapshot_url": f"/api/public/streams/{slug}/snapshots",
        "clip_url": f"/api/public/streams/{slug}/clips",
    }


class LiveController(Controller):
    """Streams for everybody."""

    path = "/live/{slug:str}"
    include_in_schema = False

    @route("/", http_method=_READ)
    async def live_page(
        self, request: AnyRequest, services: Svc, slug: FromPath[str]
    ) -> Response[str]:
        """Show the stream with a player, its buffer to rewind, and captures where allowed."""
        return await self._page(request, services, slug, "live.html")

    @route("/embed", http_method=_READ)
    async def embed(self, request: AnyRequest, services: Svc, slug: FromPath[str]) -> Response[str]:
        """Show only the player, for a frame in somebody else's page."""
        return await self._page(request, services, slug, "live_embed.html")

    async def _page(
        self, request: AnyRequest, services: Services, slug: FromPath[str], template: str
    ) -> Response[str]:
        public = await services.streams.public(slug)
        origin = services.settings.origin
        base = f"{origin}/live/{quote(public.watch.stream.slug, safe='')}"
        return cacheable_page(
            request.scope,
            template,
            is_private=public.watch.expires_at is not None,  # a viewer token is in the page
            no_index=not public.is_listed,
            public=public,
            stream=public.watch.stream,
            config=player_config(public),
            opening=Opening.of(public.watch.stream, may_capture=public.watch.may_capture),
            page_url=base,
            embed_url=f"{base}/embed",
            thumbnail_url=f"{base}/thumbnail.jpg",
            oembed_url=oembed_url(origin, base),
            origin=origin,
        )

    @get("/thumbnail.jpg", status_code=302)
    async def thumbnail(self, services: Svc, slug: FromPath[str]) -> Redirect:
        """Redirect to the newest frame, for cards."""
        public = await services.streams.public(slug)
        return Redirect(
            f"{public.watch.frame_url}latest.jpg?w=1280",
            status_code=302,
            headers={"cache-control": "public, max-age=10"},
        )
