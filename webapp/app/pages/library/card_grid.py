"""The list itself: cards in order."""

import bisect
from collections.abc import Iterator

from webapp.app.components.moment_card import Act, CardItem, MomentCard
from webapp.app.kit.elements import El

_Key = tuple[str, str]  # creation instant and id: sorts as the domain's lists do


class CardGrid:
    """Cards, and where each belongs; each knows the instant of the one before it."""

    def __init__(self, on_act: Act, *, readonly: bool) -> None:
        self.grid = El("div", "m-ggrid m-lgrid")
        self.cards: dict[str, MomentCard] = {}
        self.is_oldest_first = False
        self._keys: list[_Key] = []  # oldest first, whatever is shown
        self._on_act = on_act
        self._readonly = readonly

    def __len__(self) -> int:
        return len(self.cards)

    def ids(self) -> list[str]:
        """Return the moments in display order."""
        ids = [moment_id for _, moment_id in self._keys]
        return ids if self.is_oldest_first else ids[::-1]

    def pictures(self) -> list[str]:
        """Return the cards' pictures in display order."""
        pictures = (self.cards[each].item.picture for each in self.ids())
        return [each for each in pictures if each]

    def clear(self) -> None:
        """Remove all cards."""
        self.grid.clear()
        self.cards.clear()
        self._keys.clear()

    def put(self, item: CardItem) -> bool:
        """Draw a moment where it belongs; return whether it is new here."""
        moment_id, key = item.id, (item.created_at, item.id)
        if moment_id in self.cards:
            self.cards[moment_id].draw(item)
            return False
        at = bisect.bisect(self._keys, key)
        place = at if self.is_oldest_first else len(self._keys) - at
        with self.grid:
            card = MomentCard(item, self._on_act, readonly=self._readonly)
        if place < len(self._keys):
            card.move(self.grid, place)
        self._keys.insert(at, key)
        self.cards[moment_id] = card
        for each in (at - 1, at, at + 1):
            self._link(each)
        return True

    def drop(self, moment_id: str) -> bool:
        """Remove a moment; return whether it was here."""
        card = self.cards.pop(moment_id, None)
        if card is None:
            return False
        at = bisect.bisect_left(self._keys, (card.item.created_at, moment_id))
        del self._keys[at]
        card.delete()
        self._link(at - 1)
        self._link(at)
        return True

    def by_capture(self, capture_id: str) -> str | None:
        """Return the moment of a clip or snapshot that is shown."""
        found: Iterator[str] = (
            moment_id for moment_id, card in self.cards.items() if card.item.capture == capture_id
        )
        return next(found, None)

    def _link(self, at: int) -> None:
        """Tell the card at a place the instant of the one that is shown before it."""
        if 0 <= at < len(self._keys):
            before = at - 1 if self.is_oldest_first else at + 1
            instant = self._keys[before][0] if 0 <= before < len(self._keys) else None
            self.cards[self._keys[at][1]].follow(instant)
