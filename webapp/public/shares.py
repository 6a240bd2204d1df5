"""`/s/{token}`: what somebody was sent, for anybody; and its bytes, at addresses that stay."""

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote

from litestar import Controller, Request, Response, post, route
from litestar.di import NamedDependency
from litestar.enums import HttpMethod
from litestar.params import FromPath, QueryParameter, SkipValidation, URLEncodedBody

from domain.bootstrap import Services
from domain.captures.pipeline import PREVIEW_WIDTH
from domain.core.errors import Forbidden, NotFound, RateLimited, Unauthenticated
from domain.infra.storage.presentation import disposition
from domain.moments.models import MediaFile
from domain.sharing.models import PublicItem, PublicView
from webapp.auth import client_ip, cookie_of
from webapp.edge.sending import Sent, send_stored
from webapp.public.render import CACHE_S, cacheable_page, page

AnyRequest = Request[Any, Any, Any]
Svc = NamedDependency[SkipValidation[Services]]
Item = Annotated[str | None, QueryParameter(name="item", max_length=64)]
Form = URLEncodedBody[dict[str, str]]
GRANT_COOKIE = "moments_grant"
GRANT_S = 3600
_READ = [HttpMethod.GET, HttpMethod.HEAD]


@dataclass(frozen=True, slots=True)
class Links:
    """The absolute addresses of one shared thing, as pages, cards and players need them."""

    page: str
    embed: str
    media: str
    thumbnail: str
    thumbnail_size: tuple[int, int]
    download: str
    oembed: str


def links_of(view: PublicView, item: PublicItem, origin: str) -> Links:
    """Return the addresses of one of the things that a link shows."""
    base = f"{origin}/s/{view.token}"
    query = "" if item is view.items[0] else f"?item={item.id}"
    media = "media.mp4" if item.kind == "clip" else "image"
    return Links(
        page=base,
        embed=f"{base}/embed{query}",
        media=f"{base}/{media}{query}",
        thumbnail=f"{base}/thumbnail.jpg{query}",
        thumbnail_size=_thumbnail_size(item),
        download=f"{base}/download{query}",
        oembed=f"{origin}/oembed?format=json&url={quote(base, safe='')}",
    )


def _thumbnail_size(item: PublicItem) -> tuple[int, int]:
    """Return the size of a preview: as wide as they are made, never wider than the picture."""
    width = min(PREVIEW_WIDTH, item.width)
    return width, round(item.height * width / item.width) if item.width else 0


def grant_of(request: AnyRequest) -> str | None:
    """Return the proof that the link's password was given, from its cookie."""
    return cookie_of(request.scope, GRANT_COOKIE)


def choose(view: PublicView, item_id: str | None) -> PublicItem:
    """Return one of the things that a link shows, the first by default.

    Raises:
        NotFound: It does not show this one.
    """
    for item in view.items:
        if item_id in {None, item.id}:
            return item
    message = "This link does not show that any more"
    raise NotFound(message)


def _file(found: MediaFile | None) -> MediaFile:
    if found is None:
        message = "This is not ready yet: try again in a moment"
        raise NotFound(message, code="not_ready")
    return found


async def _send(
    request: AnyRequest, services: Services, file: MediaFile, headers: dict[str, str]
) -> Sent:
    return await send_stored(
        request,
        services.storage,
        file.bucket,
        file.key,
        content_type=file.content_type,
        headers=headers,
    )


def _kept(view: PublicView) -> dict[str, str]:
    """Return how long the bytes behind a link may be kept: a revoked link ends within a minute."""
    cache = "private, no-store" if view.is_private else f"public, max-age={CACHE_S}"
    return {
        "cache-control": cache,
        "x-robots-tag": "noindex",
        "content-security-policy": "sandbox; default-src 'none'",
        "cross-origin-resource-policy": "same-origin" if view.is_private else "cross-origin",
    }


class ShareController(Controller):
    """Share links."""

    path = "/s/{token:str}"
    include_in_schema = False

    @route("/", http_method=_READ)
    async def share_page(
        self, request: AnyRequest, services: Svc, token: FromPath[str]
    ) -> Response[str]:
        """Show what was shared, or ask for the password."""
        try:
            view = await services.share_views.view(token, grant=grant_of(request))
        except Forbidden as error:
            if error.code != "password_required":
                raise
            return self._ask(token)
        if request.method == "GET":
            await services.share_views.count_view(token)
        origin = services.settings.origin
        return cacheable_page(
            request.scope,
            "share.html",
            is_private=view.is_private,
            no_index=True,
            view=view,
            item=view.items[0],
            links=links_of(view, view.items[0], origin),
            entries=[(item, links_of(view, item, origin)) for item in view.items],
            origin=origin,
        )

    @route("/embed", http_method=_READ)
    async def embed(
        self, request: AnyRequest, services: Svc, token: FromPath[str], item: Item = None
    ) -> Response[str]:
        """Show only the player, for a frame in somebody else's page."""
        view = await services.share_views.view(token, grant=grant_of(request))
        chosen = choose(view, item)
        return cacheable_page(
            request.scope,
            "share_embed.html",
            is_private=view.is_private,
            no_index=True,
            view=view,
            item=chosen,
            links=links_of(view, chosen, services.settings.origin),
        )

    @post("/unlock", status_code=303)
    async def unlock(
        self, request: AnyRequest, services: Svc, token: FromPath[str], data: Form
    ) -> Response[str]:
        """Take the password; the right to look is in a cookie for an hour."""
        ip = client_ip(request.scope)
        try:
            grant = await services.share_views.unlock(token, data.get("password", ""), ip=ip)
        except Unauthenticated as error:
            return self._ask(token, status=401, error=error.message)
        except RateLimited as error:
            headers = {"retry-after": str(error.retry_after_s)}
            return self._ask(token, status=429, error=error.message, headers=headers)
        secure = "; Secure" if services.settings.is_tls else ""
        cookie = (
            f"{GRANT_COOKIE}={grant}; Path=/s/{token}; Max-Age={GRANT_S}; HttpOnly; "
            f"SameSite=Lax{secure}"
        )
        headers = {"location": f"/s/{token}", "set-cookie": cookie, "cache-control": "no-store"}
        return Response("", status_code=303, headers=headers, media_type="text/plain")

    @staticmethod
    def _ask(
        token: FromPath[str],
        *,
        status: int = 200,
        error: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Response[str]:
        return page(
            "share_password.html",
            status=status,
            headers={"x-robots-tag": "noindex", **(headers or {})},
            token=token,
            error=error,
        )

    @route(["/media.mp4", "/image"], http_method=_READ)
    async def media(
        self, request: AnyRequest, services: Svc, token: FromPath[str], item: Item = None
    ) -> Sent:
        """Answer with the clip or the picture itself, in ranges if asked."""
        view = await services.share_views.view(token, grant=grant_of(request))
        file = _file(choose(view, item).media)
        headers = _kept(view)
        name = disposition(file.file_name, file.content_type, inline=True)
        headers["content-disposition"] = name
        return await _send(request, services, file, headers)

    @route("/thumbnail.jpg", http_method=_READ)
    async def thumbnail(
        self, request: AnyRequest, services: Svc, token: FromPath[str], item: Item = None
    ) -> Sent:
        """Answer with a picture for cards and posters."""
        view = await services.share_views.view(token, grant=grant_of(request))
        return await _send(request, services, _file(choose(view, item).poster), _kept(view))

    @route("/download", http_method=_READ)
    async def download(
        self, request: AnyRequest, services: Svc, token: FromPath[str], item: Item = None
    ) -> Sent:
        """Answer with the file under its name, where who shared it allows that."""
        view = await services.share_views.view(token, grant=grant_of(request))
        if not view.may_download:
            message = "Who shared this did not allow downloads"
            raise Forbidden(message, code="download_not_allowed")
        file = _file(choose(view, item).media)
        headers = _kept(view)
        name = disposition(file.file_name, file.content_type, inline=False)
        headers["content-disposition"] = name
        return await _send(request, services, file, headers)
