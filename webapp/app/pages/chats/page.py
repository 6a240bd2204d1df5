"""Chats: the list with its search, the open one, and the moment that it is about."""

from typing import Final
from urllib.parse import parse_qs

from fastapi import Request
from fastapi.responses import Response
from nicegui import ui

from domain.chats.models import NewSession, Session
from domain.core.errors import NotFound
from domain.core.time import isoformat
from domain.infra.events import Event
from domain.moments.models import Moment
from domain.search.models import Query
from webapp.app.components.choice_chips import ChoiceChips
from webapp.app.components.list_row import RowItem, RowList, When
from webapp.app.components.search_hits import Group, Result, SearchHits
from webapp.app.components.sentinel import Sentinel
from webapp.app.kit.elements import Button, El, Icon, plural
from webapp.app.kit.hits import pieces_of
from webapp.app.kit.in_order import in_order
from webapp.app.pages.chats.conversation import Conversation
from webapp.app.pages.chats.moment_panel import MomentPanel
from webapp.app.shell import SignedInPage
from webapp.pages.context import Pages, Visit
from webapp.pages.error_page import trouble

_CHATS: Final = 50  # at first, and with each look at the end of the list


class ChatsPage(SignedInPage):
    """The list of chats, and one of them if it is open."""

    title = "Chats"
    current = "chats"
    sheets = ("settings", "search", "player", "videos", "chats")
    hears = ("session",)

    def __init__(
        self, pages: Pages, visit: Visit, request: Request, chat_id: str | None = None
    ) -> None:
        super().__init__(pages, visit, request)
        self._id = chat_id
        self.chat: Session | None = None
        self.moment: Moment | None = None
        self.panel: MomentPanel | None = None
        self.conversation: Conversation | None = None
        self._of_moment = parse_qs(request.url.query).get("moment", [""])[0] or None
        self._limit = _CHATS
        self._only = self._of_moment  # whose chats are listed and searched; None: all

    async def load(self) -> Response | None:
        """Read the open chat; a page says so if there is none."""
        services, caller = self.services, self.caller
        try:
            if self._id is not None:
                self.chat = await services.chats.get(caller, self._id)
                self.title = self.chat.title or "New chat"
                self._of_moment = self.chat.moment_id
            if self._of_moment is not None:
                self.moment = await services.moments.get(caller, self._of_moment)
        except NotFound as error:
            return trouble(
                404, "Chat not found", error.message, action="All chats", href="/chats", me=self.me
            )
        return None

    async def build(self) -> None:
        """Draw the three columns."""
        with El("div", "m-chats" + (" m-open" if self.chat else "")):
            with El("aside", "m-chatlist", aria_label="Chats"):
                self._draw_list()
            with El("section", "m-conversation", aria_label="Conversation"):
                if self.chat is None:
                    with El("div", "m-none m-2"):
                        Icon("chat", "l")
                        El("p", text="Choose a chat, or start a new one.")
                else:
                    self.conversation = Conversation(self, self.chat, self.refresh)
                    self.conversation.draw()
            if self.moment is not None:
                self.panel = MomentPanel(self, self.moment)
                with El("aside", "m-chatmoment", aria_label="The moment"):
                    await self.panel.draw()
        await self.refresh()

    # The list

    def _draw_list(self) -> None:
        with El("div", "m-row m-between"):
            El("h1", text="Chats")
            if self.me["may_capture"]:
                Button("New", self.begin, glyph="plus")
        search = ui.input(placeholder="Search chats by meaning", on_change=self._searched)
        search.props("borderless dense debounce=300 maxlength=200 type=search")
        search.classes("m-qinput").props["aria-label"] = "Search chats by meaning"
        with search.add_slot("prepend"):
            Icon("search", "s")
        self.search_field = search
        if self._of_moment is not None:
            options = (("moment", "This moment", ""), ("", "All chats", ""))
            self.scope = ChoiceChips("Which chats", options, self._choose_scope)
            self.scope.show("moment" if self._only else "")
        self.hits = SearchHits(self._no_more)
        self._reason = El("p", "m-sm m-3", role="status")
        none = "No chats yet. Start one here, or on a moment's page."
        self.list = RowList(self._no_act, none=none)
        self._end = Sentinel(self._more)
        self._end.set_visibility(False)

    async def _choose_scope(self, value: str) -> None:
        self._limit = _CHATS
        self._only = self._of_moment if value else None
        self.scope.show(value)
        await self.act(self.refresh)
        await self.act(self.look)

    async def _searched(self) -> None:
        await self.act(self.look)

    @in_order
    async def look(self) -> None:
        """Show the passages that a search finds, of this moment's chats if that is chosen."""
        text = str(self.search_field.value or "").strip()
        self.list.set_visibility(not text)
        self._reason.text = ""
        if not text:
            self.hits.show([])
            return
        query = Query(text, ("message",), self._only)
        found = await self.services.search.find(self.caller, query)
        where = "in chats about this moment" if self._only else "in all chats"
        rows = [
            Result(
                hit.href, [(hit.title, False)], pieces_of(hit), created=isoformat(hit.created_at)
            )
            for hit in found.hits
        ]
        label = f"{plural(len(rows), 'passage')} {where}"
        self.hits.show([Group("chats", label, "chat", rows)])
        self._reason.text = found.reason or ""

    async def begin(self) -> None:
        """Start a chat that only its creator sees, and open it."""

        async def do() -> None:
            new = NewSession(moment_id=self._of_moment, visibility="private")
            made = await self.services.chats.create(self.caller, new)
            ui.navigate.to(f"/chats/{made.id}")

        await self.act(do, once="begin")

    @in_order
    async def refresh(self) -> None:
        """Show the chats, and the messages of the open one."""
        chats = await self.services.chats.list(self.caller, moment_id=self._only, limit=self._limit)
        self.list.show([self._row(each) for each in chats.items])
        self._end.set_visibility(len(chats.items) < chats.total)
        if self._id is None or self.conversation is None or self.conversation.is_deleted:
            return
        self.chat = await self.services.chats.get(self.caller, self._id)
        limit = self.conversation.limit
        found = await self.services.chats.newest(self.caller, self._id, limit)
        self.conversation.show(self.chat, found)
        if self.panel is not None:
            self.panel.show(found.items)

    async def _more(self) -> None:
        self._limit += _CHATS
        if await self.act(self.refresh):
            self._end.again()

    def _row(self, chat: Session) -> RowItem:
        about = (chat.moment_title,) if chat.moment_title else ()
        changed = When("", isoformat(chat.updated_at), "ago")
        return RowItem(
            id=chat.id,
            title=chat.title or "New chat",
            meta=(changed, *about),
            href=f"/chats/{chat.id}",
            is_picked=chat.id == self._id,
        )

    # What happens

    async def hear(self, event: Event) -> None:
        """Show a change of the chats, or leave one that was deleted."""
        is_ours = self.conversation is not None and self.conversation.is_deleted
        is_open = event.payload.get("id") == self._id and not is_ours
        if event.kind == "session.deleted" and is_open:
            ui.navigate.to("/chats")
            return
        await self.catch_up()

    async def catch_up(self) -> None:
        """Read anew what may have changed while nobody listened."""
        try:
            await self.refresh()
        except NotFound:  # it is no longer for this user
            ui.navigate.to("/chats")

    async def _no_act(self, _id: str, _what: str, _value: str) -> None:
        """Rows are links."""

    async def _no_more(self, _key: str) -> None:
        """All results are shown."""
