"""The Live page: the organisation's streams, as cards that stay fresh."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from fastapi.responses import Response

from domain.captures.models import NewSnapshot
from domain.core.errors import DatabaseUnavailable
from domain.infra.events import Event
from domain.live.models import SourceKind, Stream
from webapp.app.components.menu_button import MenuButton, MenuItem
from webapp.app.components.stream_card import StreamCard, StreamItem
from webapp.app.components.ticker import Ticker
from webapp.app.kit.elements import Button, El
from webapp.app.kit.in_order import in_order
from webapp.app.pages.live.captured import Captured
from webapp.app.pages.streams.forms import AddStream
from webapp.app.pages.streams.state import may_run
from webapp.app.shell import SignedInPage

_MOST: Final = 100
_EVERY_S: Final = 5.0  # what changes without an event: a state, viewers, what is buffered
# Streams on air keep their places: an unsteady one ranks as a healthy one.
_ORDER: Final = ("healthy", "connecting", "error", "off_air", "never_on_air")
_URLS_KEPT: Final = timedelta(minutes=15)  # the access in a URL lasts for an hour
_BIG: Final = 3  # from so many streams on, the first is large
_NEW: Final = "new"


class LivePage(SignedInPage):
    """One open list of streams."""

    title = "Live"
    current = "live"
    sheets = ("live",)
    hears = ("stream",)

    async def load(self) -> Response | None:
        """Read the streams."""
        self.streams = await self._read()
        return None

    async def build(self) -> None:
        """Draw the head and the cards."""
        self.cards: dict[str, StreamCard] = {}
        self._urls_at = self.services.clock.now()
        self.captured = Captured(self)
        with El("div", "m-page m-livepage"):
            with El("div", "m-row m-head m-folds"):
                El("h1", text="Live")
                self._on_air = El("span", "m-3", role="status")
                El("span", "m-grow")
                with El("span", "m-row m-t m-liveacts"):
                    self._draw_actions()
            self._grid = El("div", "m-cards")
            self._empty = El("div")
        Ticker(_EVERY_S, self._tick)
        self._draw()

    def _draw_actions(self) -> None:
        self._go_live = MenuButton("Go live", "camera", self._chosen)
        self._go_live.set_visibility(bool(self.me["may_capture"]))
        if self.me["is_admin"]:
            Button("Add stream", lambda: self.add("pull"), kind="solid", glyph="plus")

    # What is shown

    async def _read(self) -> Sequence[Stream]:
        found, _ = await self.services.streams.list(self.caller, limit=_MOST)
        return sorted(found, key=_rank)

    @in_order
    async def reload(self) -> None:
        """Read the streams anew."""
        self.streams = await self._read()
        self._draw()

    async def _tick(self) -> None:
        try:
            await self.reload()
        except DatabaseUnavailable:
            return  # the cards stay as they are; the next tick tries again

    def _draw(self) -> None:
        on_air = sum(stream.status == "live" for stream in self.streams)
        self._on_air.text = f"{on_air} of {len(self.streams)} on air" if self.streams else ""
        for gone in self.cards.keys() - {stream.id for stream in self.streams}:
            self.cards.pop(gone).delete()
        self._grid.classes(
            add="m-few" if len(self.streams) < _BIG else "",
            remove="m-few" if len(self.streams) >= _BIG else "",
        )
        now = self.services.clock.now()
        renew = now - self._urls_at > _URLS_KEPT
        if renew:
            self._urls_at = now
        for place, stream in enumerate(self.streams):
            self._put(place, stream, renew=renew)
        self._offer()
        self._say_empty()

    def _put(self, place: int, stream: Stream, *, renew: bool) -> None:
        item = StreamItem.of(
            stream,
            may_capture=bool(self.me["may_capture"]),
            may_run=may_run(self.me, stream),
        )
        card = self.cards.get(stream.id)
        if card is None:
            with self._grid:
                card = self.cards[stream.id] = StreamCard(item, self.do)
        else:
            card.draw(item, renew=renew)
        children = self._grid.default_slot.children
        if children[place] is not card:
            card.move(self._grid, place)
        card.enlarge(is_big=place == 0 and len(self.streams) >= _BIG)

    def _offer(self) -> None:
        mine = [stream for stream in self.streams if stream.publishing]
        links = [
            MenuItem(
                stream.name,
                "live" if stream.status == "live" else "camera",
                href=f"/go-live/{stream.slug}",
            )
            for stream in mine
        ]
        self._go_live.offer([*links, MenuItem("A new stream", "plus", value=_NEW)])

    def _say_empty(self) -> None:
        if self.streams:
            self._empty.clear()
            return
        if self._empty.default_slot.children:
            return
        with self._empty, El("div", "m-empty"):
            El("h2", text="No streams yet")
            if not self.me["is_admin"]:
                El("p", text="When an admin adds a stream, it appears here with its last minutes.")
                return
            El(
                "p",
                text="Add a camera, a feed or the demo. Moments keeps the last minutes of every "
                "stream, so you miss nothing.",
            )
            Button("Add stream", lambda: self.add("pull"), kind="solid", glyph="plus")

    # What is done

    async def do(self, what: str, stream_id: str) -> None:
        """Do what a card asks for."""
        if what == "snapshot":
            await self.act(lambda: self._snapshot(stream_id), once=f"snapshot {stream_id}")
        elif what == "retry":
            await self.act(lambda: self._retry(stream_id), once=f"retry {stream_id}")

    async def _snapshot(self, stream_id: str) -> None:
        now = self.services.clock.now
        began = now()
        name = self.cards[stream_id].item.name
        self.toaster.say(f"Taking a snapshot of {name}", tone="busy")
        try:
            made = await self.services.snapshots.create(self.caller, NewSnapshot(stream=stream_id))
        finally:
            self.toaster.close()
        self.captured.say(made, (now() - began).total_seconds())

    async def _retry(self, stream_id: str) -> None:
        await self.services.streams.retry(self.caller, stream_id)
        self.toaster.say("Connecting to the source", "The picture appears here once it answers.")
        await self.reload()

    async def _chosen(self, value: str) -> None:
        if value == _NEW:
            self.add("push")

    def add(self, kind: SourceKind) -> None:
        """Ask for a new stream."""
        AddStream(self, self.reload, start=kind)

    # What happens

    async def hear(self, event: Event) -> None:
        """Show a stream that was created, changed or deleted."""
        await self.reload()

    async def catch_up(self) -> None:
        """Read anew what was missed."""
        await self.reload()


def _rank(stream: Stream) -> tuple[int, str]:
    state = "healthy" if stream.state == "unsteady" else stream.state
    return _ORDER.index(state), stream.name.lower()
