"""The progress tray: the user's own long work, on every page."""

import asyncio
from collections.abc import Sequence
from typing import Final

from domain.accounts.models import Caller
from domain.core.time import Clock
from domain.infra.events import Event
from webapp.app.bar.panel import Act, Panel
from webapp.app.components.list_row import Press, RowItem
from webapp.app.kit.elements import El
from webapp.app.kit.in_order import in_order
from webapp.pages.sources import Running, Runs

_HEARS: Final = frozenset({"clip", "moment", "job", "video"})
_BEGINS: Final = frozenset({"created", "updated"})


class Tray:
    """A ring that counts what runs; it is there only while something does."""

    def __init__(self, sources: Sequence[Runs], caller: Caller, clock: Clock, act: Act) -> None:
        self._sources, self._caller, self._clock, self._act = sources, caller, clock, act
        self._items: dict[str, Running] = {}
        self._panel = Panel(
            "Running now",
            self._open,
            none="Nothing is running.",
            foot=_draw_foot,
            on_act=self._do,
        )
        with self._panel:
            self._ring = El("span", "m-ring m-spin")
            self._count = El("b", "m-barcount")
        self._panel.set_visibility(False)

    @in_order
    async def refresh(self) -> None:
        """Read what runs."""
        found = await asyncio.gather(*(source(self._caller) for source in self._sources))
        self._items = {each.id: each for items in found for each in items}
        failed = sum(each.has_failed for each in self._items.values())
        running = len(self._items) - failed
        waits = f"{failed} to retry" if failed else ""
        self._panel.say(
            f"{running} running, open" if running else f"{waits}, open",
            ", ".join(filter(None, (str(running) if running else "", waits))),
        )
        self._count.set_text(str(running or failed))
        self._ring.classes(add="" if running else "m-bad", remove="m-bad" if running else "")
        self._panel.set_visibility(bool(self._items) or self._panel.is_open)
        if self._panel.is_open:
            await self._draw()

    async def hear(self, event: Event) -> None:
        """Read again when something of this sort begins, goes on or ends."""
        what, _, how = event.kind.partition(".")
        if event.kind == "video.progress":
            return  # its figures are on its own page
        if what in _HEARS and (self._items or how in _BEGINS):
            await self.refresh()

    async def _open(self) -> None:
        await self._act(self.refresh, once="tray")

    async def _draw(self) -> None:
        self._panel.show([self._row(each) for each in self._items.values()])

    async def _do(self, item_id: str, _what: str, _value: str) -> None:
        item = self._items.get(item_id)
        if item is not None and item.retry is not None:
            await self._act(item.retry, once=item_id)

    def _row(self, item: Running) -> RowItem:
        span = None
        if item.begins_at and item.ends_at:
            gone = self._clock.now() - item.begins_at
            span = (item.ends_at - item.begins_at).total_seconds(), gone.total_seconds()
        return RowItem(
            id=item.id,
            title=item.title,
            meta=(item.detail,),
            glyph="warn" if item.has_failed else "" if item.picture else item.glyph,
            picture=item.picture,
            href=item.href,
            progress=None if item.has_failed else span or (0, 0),
            buttons=(Press("retry", "Try again", "again"),) if item.retry else (),
        )


def _draw_foot() -> None:
    El("p", "m-sm m-3", "You can leave this page. The work goes on.")
