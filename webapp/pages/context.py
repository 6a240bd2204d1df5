"""What every page can access: the services, and the caller."""

from dataclasses import dataclass
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import RedirectResponse

from domain.accounts.models import Caller, Identity, Role
from domain.bootstrap import Services
from domain.core.errors import MomentsError
from webapp.auth import Gatekeeper
from webapp.pages.open_pages import OpenPages
from webapp.pages.sources import Sources
from webapp.pages.theme import initials

NAV = (
    ("library", "Library", "library", "/library"),
    ("live", "Live", "live", "/live"),
    ("videos", "Videos", "video", "/videos"),
    ("commits", "Commits", "commit", "/commits"),
    ("discover", "Discover", "discover", "/discover"),
    ("chats", "Chats", "chat", "/chats"),
)


@dataclass(frozen=True, slots=True)
class Visit:
    """A signed-in user's request for a page."""

    caller: Caller
    identity: Identity
    picture: str | None = None  # the path of the user's picture

    @property
    def role(self) -> Role:
        """The user's role in the current organisation."""
        return self.identity.current.role if self.identity.current else Role.VIEWER

    @property
    def organization_id(self) -> str:
        """The current organisation; empty if there is none."""
        return self.identity.current.organization_id if self.identity.current else ""

    def me(self) -> dict[str, object]:
        """Return what the page shows of the user."""
        user, current = self.identity.user, self.identity.current
        return {
            "id": user.id,
            "name": user.name,
            "email": user.email,
            "initials": initials(user.name, user.email),
            "picture": self.picture,
            "role": self.role.label,
            "is_admin": self.role >= Role.ADMIN,
            "may_capture": self.role >= Role.MEMBER,
            "organization": current.organization_name if current else "",
            "organization_id": self.organization_id,
            "organizations": [
                {"id": m.organization_id, "name": m.organization_name}
                for m in self.identity.memberships
            ],
        }


class Pages:
    """The pages' dependencies."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.open = OpenPages()
        self.sources = Sources()
        self._gatekeeper = Gatekeeper(services.accounts, services.settings)

    async def visit(self, request: Request) -> Visit | None:
        """Return the caller, or None if nobody is signed in."""
        try:
            caller = await self._gatekeeper.identify(request.scope)
            if caller is None:
                return None
            identity = await self.services.accounts.identity(caller)
            picture = await self.services.profiles.picture_of(identity.user.id)
            return Visit(caller, identity, picture)
        except MomentsError:
            return None

    def check_origin(self, request: Request) -> None:
        """Refuse a form that a foreign page sends.

        Raises:
            Forbidden: As `Gatekeeper.check_origin`.
        """
        self._gatekeeper.check_origin(request.scope)


def to_sign_in(request: Request) -> RedirectResponse:
    """Redirect to the sign-in page, and back here afterwards."""
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/sign-in?next={quote(wanted, safe='')}", status_code=303)
