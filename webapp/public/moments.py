"""`/m/{slug}`: the public page of a public or unlisted moment."""

from domain.bootstrap import Services
from domain.sharing.models import Moved, PublicView
from webapp.public.errors import MovedTo
from webapp.public.views import AnyRequest, ViewController


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
