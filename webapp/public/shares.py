"""`/s/{token}`: what somebody was sent, for anybody; and its bytes, at addresses that stay."""

from collections.abc import Callable

from litestar import Response, post, route
from litestar.params import FromPath, URLEncodedBody

from domain.bootstrap import Services
from domain.core.errors import Forbidden, RateLimited, Unauthenticated
from domain.sharing.models import PublicView
from webapp.auth import client_ip, cookie_of
from webapp.public.render import page
from webapp.public.views import READ, AnyRequest, Svc, ViewController

Form = URLEncodedBody[dict[str, str]]
GRANT_COOKIE = "moments_grant"
GRANT_S = 3600


def view_counter(services: Services) -> Callable[[str], None]:
    """Return what counts a view of a link whose page was answered from memory, by its path."""

    def count(path: str) -> None:
        _, first, key, *below = [*path.split("/"), "", ""]
        if first == "s" and not any(below):
            services.view_counts.add(key)

    return count


class ShareController(ViewController):
    """Share links."""

    path = "/s/{key:str}"

    async def view(self, request: AnyRequest, services: Services, key: str) -> PublicView:
        """Return what a link shows, once its password was given."""
        return await services.share_views.view(key, grant=cookie_of(request.scope, GRANT_COOKIE))

    @route("/", http_method=READ)
    async def page(self, request: AnyRequest, services: Svc, key: FromPath[str]) -> Response[str]:
        """Show what was shared, or ask for the password."""
        try:
            view = await self.view(request, services, key)
        except Forbidden as error:
            if error.code != "password_required":
                raise
            return self._ask(key)
        if request.method == "GET":
            services.view_counts.add(key)
        return self.render(request, services, view)

    @post("/unlock", status_code=303)
    async def unlock(
        self, request: AnyRequest, services: Svc, key: FromPath[str], data: Form
    ) -> Response[str]:
        """Take the password; the right to look is in a cookie for an hour."""
        ip = client_ip(request.scope)
        try:
            grant = await services.share_views.unlock(key, data.get("password", ""), ip=ip)
        except Unauthenticated as error:
            return self._ask(key, status=401, error=error.message)
        except RateLimited as error:
            headers = {"retry-after": str(error.retry_after_s)}
            return self._ask(key, status=429, error=error.message, headers=headers)
        secure = "; Secure" if services.settings.is_tls else ""
        cookie = (
            f"{GRANT_COOKIE}={grant}; Path=/s/{key}; Max-Age={GRANT_S}; HttpOnly; "
            f"SameSite=Lax{secure}"
        )
        headers = {"location": f"/s/{key}", "set-cookie": cookie, "cache-control": "no-store"}
        return Response("", status_code=303, headers=headers, media_type="text/plain")

    @staticmethod
    def _ask(
        token: str,
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
