"""Forms that browsers post: their fields, and answers with the session's cookie."""

from typing import Final
from urllib.parse import parse_qs, urlsplit

from fastapi import Request
from fastapi.responses import RedirectResponse

from domain.core.errors import (
    BadInput,
    Forbidden,
    MomentsError,
    NotFound,
    RateLimited,
    TooLarge,
    Unauthenticated,
    Unavailable,
)
from domain.core.settings import Settings
from webapp.auth import SESSION_LIFETIME_S, session_cookie

HOME: Final = "/library"
_MAX_BYTES: Final = 64 * 1024
_STATUS: Final[tuple[tuple[type[MomentsError], int], ...]] = (
    (Unauthenticated, 401),
    (Forbidden, 403),
    (NotFound, 404),
    (RateLimited, 429),
    (Unavailable, 503),
)


async def read_body(request: Request) -> bytes:
    """Return a posted form as it came.

    Raises:
        TooLarge: There are more bytes than any form of ours sends.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_BYTES:
            raise TooLarge("This form is too large. Shorten what you typed.")
    return bytes(body)


async def read_form(request: Request) -> dict[str, str]:
    """Return a posted form's fields.

    Raises:
        TooLarge: As `read_body`. BadInput: There are more fields than any form of ours has.
    """
    text = (await read_body(request)).decode("utf-8", errors="replace").replace("%00", "")
    try:
        fields = parse_qs(text, keep_blank_values=True, max_num_fields=50)
    except ValueError as error:
        raise BadInput("This form has too many fields. Reload the page and try again.") from error
    return {name: values[-1].replace("\0", "") for name, values in fields.items()}


def status_of(error: MomentsError) -> int:
    """Return the status of a page that shows a form again, with its error."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 400)


def redirect(settings: Settings, path: str, token: str | None = None) -> RedirectResponse:
    """Return a redirect after a form, with a new session's cookie; an empty token ends it."""
    answer = RedirectResponse(path, status_code=303, headers={"cache-control": "no-store"})
    if token is not None:
        lifetime_s = SESSION_LIFETIME_S if token else 0
        answer.headers["set-cookie"] = session_cookie(settings, token, lifetime_s=lifetime_s)
    return answer


def safe_next(wanted: str | None) -> str:
    """Return a local path to continue to; anything else becomes the home page."""
    if not wanted or not wanted.startswith("/") or wanted.startswith(("//", "/\\")):
        return HOME
    parts = urlsplit(wanted)
    return HOME if parts.netloc or parts.scheme else wanted
