"""Error pages: a sentence, a cause, one action; for signed-in people in the frame of the app."""

from collections.abc import Mapping

from fastapi.responses import HTMLResponse

from webapp.pages.context import NAV
from webapp.pages.posted import HOME
from webapp.pages.theme import head, render


def trouble(
    status: int,
    title: str,
    message: str,
    *,
    action: str = "Open the library",
    href: str = "/library",
    me: Mapping[str, object] | None = None,
) -> HTMLResponse:
    """Return a complete error page with an action; `me` is the signed-in user's `Visit.me()`."""
    body = render(
        "trouble.html",
        title=title,
        message=message if message.endswith((".", "!", "?")) else f"{message}.",
        action=action,
        href=href,
        me=me,
        nav=NAV,
        current="",
        elsewhere=HOME,
        head=head(),
    )
    return HTMLResponse(body, status_code=status, headers={"cache-control": "no-store"})
