"""Errors on public pages: a page for people, in the same words as the API's."""

from collections.abc import Callable
from typing import Any

from litestar import Request, Response

from domain.core.errors import MomentsError
from webapp.edge.access import log_failure
from webapp.edge.refusal import Describe, Refusal
from webapp.public.render import CACHE_S, page

_TITLES = {
    400: "This address is not valid",
    401: "This page is not public",
    403: "This page is not public",
    404: "There is nothing here",
    405: "This is not possible here",
    410: "This page is gone",
    429: "Too many attempts",
    503: "Temporarily unavailable",
}
_TITLES_BY_CODE = {
    "link_revoked": "This link was revoked",
    "link_expired": "This link has expired",
    "link_empty": "The content was deleted",
    "moment_deleted": "This moment was deleted",
    "account_deleted": "This account was deleted",
}
_MISSING = "Check the address. The page may no longer be public: ask the sender for a new link."
# The bytes of a page's own player and images: nobody reads a page there.
_BYTES = ("/media.mp4", "/media", "/image", "/thumbnail.jpg", "/download")


class MovedTo(Exception):  # noqa: N818 (an answer rather than an error)
    """The requested page has moved to another address."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


def html_errors(
    describe: Describe,
) -> Callable[[Request[Any, Any, Any], Exception], Response[Any]]:
    """Return the exception handler of the public pages."""

    def handle(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        if isinstance(error, MovedTo):
            return _moved(error.path)
        refusal = describe(error)
        if refusal.status >= 500 and not isinstance(error, MomentsError):
            log_failure(request.url.path, error)
        if request.url.path.endswith(_BYTES) or request.url.path == "/oembed":
            return _json(refusal)
        return page(
            "error.html",
            status=refusal.status,
            headers={**refusal.headers, "x-robots-tag": "noindex"},
            status_code=refusal.status,
            title=_title(refusal),
            is_framed=request.url.path.endswith("/embed"),
            sentence=_MISSING if refusal.status == 404 else refusal.error,
        )

    return handle


def _title(refusal: Refusal) -> str:
    by_status = _TITLES.get(refusal.status, "Something went wrong")
    return _TITLES_BY_CODE.get(refusal.code, by_status)


def _moved(path: str) -> Response[str]:
    """Return a redirect that is cached no longer than a page: the old slug may come back."""
    headers = {"location": path, "cache-control": f"public, max-age={CACHE_S}"}
    return Response("", status_code=301, headers=headers, media_type="text/plain")


def _json(refusal: Refusal) -> Response[Any]:
    return Response(
        refusal.body,
        status_code=refusal.status,
        headers={"cache-control": "no-store", **refusal.headers},
        media_type="application/json",
    )
