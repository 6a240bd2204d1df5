"""Notifications: how many are unread, and the newest of them."""

from typing import Final

from domain.accounts.models import Caller
from domain.accounts.notices import Notice, NoticeKind, NoticeService
from domain.core.time import isoformat
from domain.infra.events import Event
from webapp.app.bar.panel import Act, Panel
from webapp.app.components.list_row import RowItem, When
from webapp.app.kit.elements import Button, El, Icon, link
from webapp.app.kit.in_order import in_order

GLYPHS: Final[dict[NoticeKind, str]] = {
    "invitation": "people",
    "mention": "pencil",
    "saved": "mark",
    "video": "video",
    "capture": "warn",
    "stream": "live",
    "nudge": "mark",
    "webhook": "link",
    "search": "search",
}


class Bell:
    """A button with a mark while something is unread; opening its panel reads it."""

    def __init__(self, notices: NoticeService, caller: Caller, act: Act) -> None:
        self._notices, self._caller, self._act = notices, caller, act
        self._has_more = False
        self._rest: Button | None = None  # in the panel, once that was open
        self._panel = Panel(
            "Notifications",
            self._open,
            none="Nothing yet. What happens is listed here.",
            foot=self._draw_foot,
        )
        with self._panel:
            Icon("bell", "l")
            self._mark = El("b", "m-unread")
        self._say(0)

    @in_order
    async def refresh(self) -> None:
        """Show how many are unread."""
        self._say(await self._notices.unread(self._caller))
        if self._panel.is_open:
            await self._show()

    async def hear(self, event: Event) -> None:
        """Count again when there is a notice for this user, or another tab has read some."""
        if event.kind == "notification.changed" and event.payload.get("id") == self._caller.user_id:
            await self.refresh()

    async def _open(self) -> None:
        async def do() -> None:
            unread = await self._show()
            if unread:
                await self._notices.mark_read(self._caller, unread)

        await self._act(do, once="bell")

    async def _show(self) -> list[str]:
        found = await self._notices.list(self._caller)
        kept = {each for each, item in self._panel.items.items() if item.badge}
        self._panel.show([_row(each, is_new=not each.is_read or each.id in kept) for each in found])
        return [each.id for each in found if not each.is_read]

    def _say(self, unread: int) -> None:
        new = f"{unread} new" if unread else ""
        self._panel.say(f"Notifications, {unread} unread" if unread else "Notifications", new)
        self._mark.set_text(str(unread) if unread < 100 else "99+")
        self._mark.set_visibility(unread > 0)
        self._has_more = unread > 0
        if self._rest is not None:
            self._rest.set_visibility(self._has_more)

    def _draw_foot(self) -> None:
        link("Choose what to be told", "/settings/profile", "m-btn m-quiet")
        self._rest = Button("Mark all as read", self._read_all, kind="quiet")
        self._rest.set_visibility(self._has_more)

    async def _read_all(self) -> None:
        """Read those too that are too old to be shown."""
        await self._act(lambda: self._notices.mark_read(self._caller), once="bell")


def _row(notice: Notice, *, is_new: bool) -> RowItem:
    return RowItem(
        id=notice.id,
        title=notice.title,
        meta=(notice.detail, When("", isoformat(notice.created_at), "ago")),
        glyph=GLYPHS.get(notice.kind, "bell"),
        href=notice.href or None,
        badge=("icew", "New") if is_new else None,
    )
