"""`/m/{slug}`: a public or unlisted moment, for anybody."""

from domain.bootstrap import Services
from domain.sharing.models import Moved, PublicView
from webapp.public.errors import MovedTo
from webapp.public.views import AnyRequest, ViewController


class MomentPageController(ViewController):
    """Moments at their own addresses; earlier ones redirect."""

    path = "/m/{key:str}"

    async def view(self, request: AnyRequest, services: Services, key: str) -> PublicView:
        """Return what a moment shows.

        Raises:
            MovedTo: It has another slug by now.
        """
        found = await services.moment_pages.view(key)
        if isinstance(found, Moved):
            below = request.url.path.removeprefix(f"/m/{key}").rstrip("/")
            query = f"?{request.url.query}" if request.url.query else ""
            raise MovedTo(f"/m/{found.slug}{below}{query}")
        return found
