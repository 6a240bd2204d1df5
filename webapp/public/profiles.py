"""`/u/{handle}`: a person's public moments and collections."""

from typing import Annotated, Literal

from litestar import Controller, Response, route
from litestar.params import FromPath, QueryParameter

from domain.bootstrap import Services
from domain.profiles.models import PublicProfile
from domain.profiles.service import PAGE
from domain.sharing.models import Moved
from webapp.public import cards
from webapp.public.errors import MovedTo
from webapp.public.qr import qr_answer
from webapp.public.render import CACHE_S, cacheable_page
from webapp.public.views import READ, AnyRequest, Svc

PageNumber = Annotated[int, QueryParameter(name="page", ge=1, le=10_000)]
Shown = Literal["mark", "clip", "snapshot"]
ShownKind = Annotated[Shown | None, QueryParameter(name="kind", required=False)]


async def _found(
    services: Services, handle: str, below: str = "", number: int = 1, kind: Shown | None = None
) -> PublicProfile:
    found = await services.profiles.public(handle, (number - 1) * PAGE, kind)
    if isinstance(found, Moved):
        raise MovedTo(f"/u/{found.slug}{below}")
    return found


class ProfilePageController(Controller):
    """Profiles; earlier handles redirect."""

    path = "/u/{handle:str}"
    include_in_schema = False

    @route("/", http_method=READ)
    async def page(
        self,
        request: AnyRequest,
        services: Svc,
        handle: FromPath[str],
        page_number: PageNumber = 1,
        kind: ShownKind = None,
    ) -> Response[str]:
        """Show the profile, with moments of any kind or of one."""
        found = await _found(services, handle, number=page_number, kind=kind)
        return cacheable_page(
            request.scope,
            "profile.html",
            is_private=False,
            no_index=page_number > 1 or kind is not None,
            found=found,
            profile=found.profile,
            number=page_number,
            kind=kind,
            last=-(-found.total // PAGE),
            origin=services.settings.origin,
        )

    @route("/avatar.jpg", http_method=READ)
    async def avatar(self, services: Svc, handle: FromPath[str]) -> Response[bytes]:
        """Answer with the person's picture."""
        picture, version = await services.profiles.avatar(handle)
        headers = {"cache-control": f"public, max-age={CACHE_S}", "etag": f'"{version}"'}
        return Response(picture, media_type="image/jpeg", headers=headers)

    @route("/card.jpg", http_method=READ)
    async def card(
        self, request: AnyRequest, services: Svc, handle: FromPath[str]
    ) -> Response[bytes]:
        """Answer with the picture for cards elsewhere."""
        found = await _found(services, handle, "/card.jpg")
        profile = found.profile
        card = cards.Card(profile.name, f"@{profile.handle}", f"{found.total} public moments")
        return await cards.answer(request.scope, card)

    @route("/qr.svg", http_method=READ)
    async def qr(self, services: Svc, handle: FromPath[str]) -> Response[bytes]:
        """Answer with the page's address as a QR code."""
        return qr_answer((await _found(services, handle, "/qr.svg")).profile.url)
