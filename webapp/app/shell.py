"""What every page of the app stands on: the frame, the caller, messages, errors, events.

A page is an object for one open tab. Its handlers do things through `act`, the one place where
errors become words. Services load rights anew on each call, for the caller that the page was opened
by: a tab does not outlive a sign-out, and keeps acting for its organisation.
"""

import asyncio
import re
import uuid
from abc import abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from typing import Any, Final
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import Response
from nicegui import background_tasks, ui

from domain.core.errors import BadFields, DatabaseUnavailable, MomentsError, Unauthenticated
from domain.core.log import get_logger
from domain.infra.events import RESYNC, Event
from webapp import assets
from webapp.app.bar.account import AccountButton
from webapp.app.bar.bell import Bell
from webapp.app.bar.search import Search
from webapp.app.bar.tray import Tray
from webapp.app.kit.elements import El
from webapp.app.kit.toaster import Toaster
from webapp.app.modules import EARLY, note_joined, preload
from webapp.pages.context import NAV, Pages, Visit, to_sign_in
from webapp.pages.posted import HOME
from webapp.pages.theme import head, render, sign

log = get_logger(__name__)
_SECTION: Final = re.compile(r"/settings/\w+")
_LATE: Final = "js/install.js"
BUILD_S: Final = 20  # NiceGUI answers 500 if building takes longer


class SignedInPage:
    """One open tab of a signed-in user."""

    title = "Moments"
    current = "library"
    sheets: tuple[str, ...] = ()
    hears: tuple[str, ...] = ()  # events by the first word of their kind

    def __init__(self, pages: Pages, visit: Visit, request: Request) -> None:
        self.services, self.sources = pages.services, pages.sources
        self.visit, self.caller = visit, visit.caller
        self.request = request
        self.me = visit.me()
        self.client = ui.context.client
        self._busy: set[str] = set()
        self._listening: asyncio.Task[Any] | None = None

    async def show(self) -> Response | None:
        """Draw the page; `build` draws its content."""
        if (refusal := await self.load()) is not None:
            return refusal
        ui.page_title(f"{self.title} · Moments")
        # Nothing is painted that does not answer a press.
        early = f'<script type="module" blocking="render" src="{assets.url(EARLY)}"></script>'
        late = f'<script type="module" fetchpriority="low" src="{assets.url(_LATE)}"></script>'
        ui.add_head_html(
            early
            + head(
                frame="app-frame",
                sheets=self.sheets,
                organization_id=self.visit.organization_id,
                user_id=self.visit.identity.user.id,
            )
            + late
        )
        ui.add_body_html(
            render(
                "boot.html",
                nav=NAV,
                current=self.current,
                me=self.me,
                elsewhere=self._elsewhere(),
                content=self.boot(),
            )
        )
        self.client.on_exception(self._failed)
        main = self._frame()
        self.toaster = Toaster()
        with main:
            await self.build()
        ui.add_head_html(preload(self.client.elements.values()))
        note_joined(self.client)
        self.client.on_connect(self._listen)
        self.client.on_connect(self._refresh_bar)
        return None

    async def load(self) -> Response | None:
        """Read what the page shows; return an answer to give instead of it."""
        return None

    def boot(self) -> str:
        """Return HTML that stands for the content until Vue draws it."""
        return ""

    @abstractmethod
    async def build(self) -> None:
        """Draw the content."""

    async def hear(self, event: Event) -> None:
        """Take in an event of the organisation."""

    async def catch_up(self) -> None:
        """Read anew what may have changed while nobody listened."""

    async def act(self, do: Callable[[], Awaitable[Any]], *, once: str = "") -> bool:
        """Do something for the user, or say why not; return whether it was done.

        While something with the same `once` is under way, nothing is done.
        """
        if once and once in self._busy:
            return False
        self._busy.add(once)
        try:
            with self.client:  # the pressed element may be gone meanwhile
                await do()
        except Unauthenticated:
            self._to_sign_in()
            return False
        except MomentsError as error:
            self._say_error(error)
            return False
        finally:
            self._busy.discard(once)
        return not self.client.is_deleted

    def _say_error(self, error: MomentsError) -> None:
        detail = ""
        if isinstance(error, BadFields):
            detail = ". ".join(
                f"{name.replace('_', ' ').capitalize()} {why}" for name, why in error.fields.items()
            )
        self.toaster.say(error.message, f"{detail}." if detail else "", tone="bad")

    def _failed(self, error: Exception) -> None:
        """Log an unforeseen error under a number, and say that number."""
        if isinstance(error, Unauthenticated):
            self._to_sign_in()
        elif isinstance(error, MomentsError):
            self._say_error(error)
        else:
            number = uuid.uuid4().hex[:8]
            log.error("handler_failed", number=number, path=self.request.url.path, exc_info=error)
            detail = f"Try again. If it happens again, report number {number}."
            self.toaster.say("Something went wrong on the server.", detail, tone="bad")

    def _to_sign_in(self) -> None:
        ui.navigate.to(f"/sign-in?next={quote(self.address, safe='')}")

    @property
    def address(self) -> str:
        """The page's address, to come back to."""
        url = self.request.url
        return f"{url.path}?{url.query}" if url.query else url.path

    def _elsewhere(self) -> str:
        """The same page of another organisation, unless it is about something of this one."""
        path = self.request.url.path
        is_general = any(path == href for *_, href in NAV) or _SECTION.fullmatch(path)
        return path if is_general else HOME

    # Events: one feed per client, also across its reconnects.

    def _listen(self) -> None:
        if self._listening is None:
            self._listening = background_tasks.create(
                self._pump(), name=f"events of {self.client.id}"
            )
            self.client.on_delete(self._listening.cancel)

    async def _pump(self) -> None:
        while True:
            try:
                async with aclosing(self._events()) as events:
                    async for event in events:
                        await self._take(event)
            except DatabaseUnavailable:  # only at the start; later the feed waits for it
                await asyncio.sleep(2)

    def _events(self) -> AsyncGenerator[Event, None]:
        return self.services.events.subscribe(self.visit.organization_id)

    async def _take(self, event: Event) -> None:
        if event.kind != RESYNC and not self._may_hear(event):
            return
        with self.client:
            try:
                if event.kind == RESYNC:
                    await self._refresh_bar()
                    await self.catch_up()
                    return
                await self.bell.hear(event)
                await self.tray.hear(event)
                if event.kind.partition(".")[0] in self.hears:
                    await self.hear(event)
            except DatabaseUnavailable:
                return
            except Exception as error:  # noqa: BLE001 (the feed goes on)
                self._failed(error)

    def _may_hear(self, event: Event) -> bool:
        everybody = event.audience is None or bool(self.me["is_admin"])
        return everybody or self.caller.user_id in (event.audience or ())

    async def _refresh_bar(self) -> None:
        """Read what the bar shows: late, as no page waits for it, and silent if it fails."""
        with suppress(MomentsError):
            await self.bell.refresh()
            await self.tray.refresh()

    # The frame

    def _frame(self) -> ui.element:
        """Draw the bar around the page's element, which Quasar makes the one `<main>`."""
        content = self.client.content
        next(content.ancestors()).props("id=main tabindex=-1")
        with self.client.layout:
            with El("header", "m-top") as header:
                El("a", "m-skip", "Skip to the content", href="#main")
                with El("a", "m-brand", href="/library"):
                    El("span", "m-glyph", innerHTML=str(sign()))
                    El("span", text="Moments")
                self._draw_links(phone=False)
                El("span", "m-grow")
                self._draw_tools()
            self._draw_links(phone=True)
        header.move(target_index=0)
        return content

    def _draw_tools(self) -> None:
        self.search = Search(self.services, self.caller, self.act)
        with El("span", "m-bartools"):
            clock = self.services.clock
            self.tray = Tray(self.sources.running, self.caller, clock, self.act)
            self.bell = Bell(self.services.notices, self.caller, self.act)
            self.account = AccountButton(self.me)

    def _draw_links(self, *, phone: bool) -> None:
        links = render("nav.html", nav=NAV, current=self.current, phone=phone)
        if phone:
            El("nav", "m-tabs-phone", aria_label="Main, below", innerHTML=links)
        else:
            El("nav", aria_label="Main", innerHTML=links)


async def open_page(
    pages: Pages, request: Request, make: Callable[[Pages, Visit, Request], SignedInPage]
) -> Response | None:
    """Open a page for a signed-in user, or send the visitor to sign in."""
    visit = await pages.visit(request)
    if visit is None:
        return to_sign_in(request)
    pages.open.admit(visit.caller.credential_id or "", ui.context.client)
    try:
        return await make(pages, visit, request).show()
    except Unauthenticated:  # signed out a moment ago
        return to_sign_in(request)
