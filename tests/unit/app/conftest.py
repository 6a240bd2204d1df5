"""Pages as a simulated user sees them: no browser, no database, fakes of the services."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

import httpx
import pytest_asyncio
from nicegui import core, ui
from nicegui.client import Client
from nicegui.functions.download import download
from nicegui.functions.navigate import Navigate
from nicegui.functions.notify import notify
from nicegui.testing import User

from tests.fakes.library import FakeLibrary
from webapp.app import PARTS
from webapp.app.components.list_row import Choice, ListRow
from webapp.app.components.moment_card import MomentCard
from webapp.pages import create_pages_app

E = TypeVar("E", bound=ui.element)


class Visitor(User):
    """A simulated user; the browser's part is to send events."""

    library: FakeLibrary

    @property
    def page(self) -> Client:
        """The open page."""
        assert self.client is not None
        return self.client

    def elements(self, kind: type[E]) -> list[E]:
        """Return the page's elements of a kind."""
        return [each for each in self.page.elements.values() if isinstance(each, kind)]

    def only(self, kind: type[E]) -> E:
        """Return the page's only element of a kind."""
        [found] = self.elements(kind)
        return found

    def titles(self) -> list[str]:
        """Return the cards' titles in display order."""
        grids = {id(each.parent_slot): each.parent_slot for each in self.elements(MomentCard)}
        return [
            each.item.title
            for slot in grids.values()
            if slot is not None
            for each in slot.children
            if isinstance(each, MomentCard)
        ]

    def card(self, title: str) -> MomentCard:
        """Return the card with a title."""
        [found] = [each for each in self.elements(MomentCard) if each.item.title == title]
        return found

    def row(self, title: str) -> ListRow:
        """Return the row with a title."""
        [found] = [each for each in self.elements(ListRow) if each.item.title == title]
        return found

    def choice(self, title: str) -> Choice:
        """Return the choice in a row."""
        found = self.row(title).item.choice
        assert found is not None
        return found

    async def should_see(self, target: str) -> None:  # type: ignore[override]
        """Wait until words are there: NiceGUI looks three times, and a busy machine is slow."""
        try:
            await self.until(lambda: self._sees(target))
        except TimeoutError:
            raise AssertionError(f"There is no “{target}”") from None

    async def act(self, row: ListRow, what: str, value: str = "") -> None:
        """Press something in a row."""
        await self.emit(row, "act", [what, value])

    async def emit(self, element: ui.element, event: str, args: object = None) -> None:
        """Send an event of an element, as the browser does."""
        for listener in list(element._event_listeners.values()):
            if listener.type == event:
                element._handle_event({"listener_id": listener.id, "args": args})
        await asyncio.sleep(0)

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Let handlers run until something is so."""
        async with asyncio.timeout(20):
            while not is_so():  # noqa: ASYNC110 (what it waits for has no event)
                await asyncio.sleep(0)


@pytest_asyncio.fixture(scope="package")
async def pages_of() -> AsyncIterator[Callable[[FakeLibrary], Any]]:
    """Build the app once: NiceGUI has one app per process."""
    holder = FakeLibrary()
    services = holder.services()
    app = create_pages_app(services, PARTS)

    def use(library: FakeLibrary) -> Any:  # noqa: ANN401 (an ASGI app)
        vars(services).update(vars(library.services()))
        return app

    async with core.app.router.lifespan_context(core.app):
        yield use
    ui.navigate, ui.notify, ui.download = Navigate(), notify, download
    gc.collect()


@pytest_asyncio.fixture
async def library() -> FakeLibrary:
    return FakeLibrary()


@pytest_asyncio.fixture
async def user(
    pages_of: Callable[[FakeLibrary], Any], library: FakeLibrary
) -> AsyncIterator[Visitor]:
    transport = httpx.ASGITransport(pages_of(library))
    async with httpx.AsyncClient(
        transport=transport,
        base_url="http://localhost:8000",
        cookies={"moments_session": "ms_x"},
    ) as http:
        visitor = Visitor(http)
        visitor.library = library
        yield visitor
        for client in list(Client.instances.values()):
            client.delete()
