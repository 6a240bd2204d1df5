"""How many moments each day of a list has, in the viewer's time zone."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from domain.moments.models import Count
from webapp.app.kit.counts import moments
from webapp.app.pages.library.card_grid import CardGrid

Spans = Sequence[tuple[datetime, datetime]]
_MOST: Final = 31  # days counted at once


class DayCounts:
    """Counts the days of the cards that are drawn; those of long lists as one scrolls."""

    def __init__(self, grid: CardGrid, read: Callable[[Spans], Awaitable[Sequence[Count]]]) -> None:
        self._grid, self._read = grid, read
        self._zone: tzinfo | None = None  # the browser tells it late
        self.on_zone: Callable[[tzinfo], None] = lambda _: None
        self._known: dict[date, Count] = {}
        self._turn = 0

    def set_zone(self, name: str) -> None:
        """Take the viewer's time zone; of an unknown one there are no counts."""
        self.forget()
        try:
            self._zone = ZoneInfo(name)
        except (ValueError, OSError, KeyError):  # not a name, not a file, not found
            self._zone = None
        else:
            self.on_zone(self._zone)

    def forget(self) -> None:
        """Begin anew: something else is shown."""
        self._turn += 1
        self._known.clear()

    async def count(self) -> None:
        """Count the days that are not known yet."""
        zone, turn = self._zone, self._turn
        if zone is None:
            return
        days = [day for day in self._days(zone) if day not in self._known][:_MOST]
        if days:
            found = await self._read([_span(day, zone) for day in days])
            if turn != self._turn:
                return
            self._known |= zip(days, found, strict=True)
        self._show(zone)

    def change(self, created_at: str, by: int) -> None:
        """Count a moment that has come or gone."""
        if self._zone is None:
            return
        day = _day(created_at, self._zone)
        if (known := self._known.get(day)) is not None:
            self._known[day] = replace(known, value=max(0, known.value + by))
        self._show(self._zone)

    def _days(self, zone: tzinfo) -> dict[date, None]:
        cards = self._grid.cards.values()
        return dict.fromkeys(_day(card.item.created_at, zone) for card in cards)

    def _show(self, zone: tzinfo) -> None:
        """Tell the first card of each day its count."""
        before: date | None = None
        for moment_id in self._grid.ids():
            card = self._grid.cards[moment_id]
            day = _day(card.item.created_at, zone)
            known = self._known.get(day) if day != before else None
            card.begin_day(_words(known) if known and known.value else None)
            before = day


def _words(count: Count) -> str:
    return moments(count.value, is_estimate=count.is_estimate)


def _day(created_at: str, zone: tzinfo) -> date:
    return datetime.fromisoformat(created_at).astimezone(zone).date()


def _span(day: date, zone: tzinfo) -> tuple[datetime, datetime]:
    begin = datetime.combine(day, time(), zone)
    return begin, datetime.combine(day + timedelta(days=1), time(), zone)
