"""Error pages: a sentence, a cause, one action."""

from fastapi.responses import HTMLResponse

from webapp.pages.theme import head, render


def trouble(
    status: int, title: str, message: str, *, action: str = "Watch live", href: str = "/live"
) -> HTMLResponse:
    """Return a complete error page with an action."""
    sentence = message if message.endswith((".", "!", "?")) else f"{message}."
    body = render(
        "trouble.html", title=title, message=sentence, action=action, href=href, head=head()
    )
    return HTMLResponse(body, status_code=status, headers={"cache-control": "no-store"})
