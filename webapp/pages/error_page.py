"""Pages for what cannot be shown: a sentence, a cause, one thing to do."""

from fastapi.responses import HTMLResponse

from webapp.pages.theme import head, render


def trouble(
    status: int, title: str, message: str, *, action: str = "Watch live", href: str = "/live"
) -> HTMLResponse:
    """Return a whole page that says what is the matter and offers a way on."""
    sentence = message if message.endswith((".", "!", "?")) else f"{message}."
    body = render(
        "trouble.html", title=title, message=sentence, action=action, href=href, head=head()
    )
    return HTMLResponse(body, status_code=status, headers={"cache-control": "no-store"})
