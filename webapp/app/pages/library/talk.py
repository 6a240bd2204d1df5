"""The chats about a moment, on its page."""

from nicegui import ui

from domain.chats.models import NewSession, SessionPage
from domain.moments.models import Moment
from webapp.app.kit.elements import Button, El, link
from webapp.app.shell import SignedInPage

MOST = 5


async def read_talk(page: SignedInPage, moment: Moment) -> SessionPage:
    """Return the newest chats about a moment."""
    return await page.services.chats.list(page.caller, moment_id=moment.id, limit=MOST)


def draw_talk(page: SignedInPage, moment: Moment, found: SessionPage) -> None:
    """Draw the chats, and a button that starts one; nothing if there is neither."""
    may_begin = bool(page.me["may_capture"])
    if not found.items and not may_begin:
        return

    async def begin() -> None:
        async def do() -> None:
            new = NewSession(moment_id=moment.id, visibility="private")
            made = await page.services.chats.create(page.caller, new)
            ui.navigate.to(f"/chats/{made.id}")

        await page.act(do, once="talk")

    with El("section", "m-alike", aria_label="Chats about it"):
        El("h2", text="Chats about it")
        with El("ul"):
            for chat in found.items:
                with El("li"):
                    El("a", "m-link m-cut", chat.title or "New chat", href=f"/chats/{chat.id}")
        if found.total > len(found.items):
            link(f"All {found.total}", f"/chats?moment={moment.id}", "m-link m-sm")
        if may_begin:
            Button("Talk about this moment", begin, glyph="chat")
