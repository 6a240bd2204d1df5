"""Facets of what was found: who speaks or wrote, which emotion, and where it comes from."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from domain.search.models import Hit
from webapp.app.components.choice_chips import ChoiceChips
from webapp.app.kit.elements import El
from webapp.app.pages.search.state import Wanted

_MOST: Final = 8  # chips of a facet


@dataclass(frozen=True, slots=True)
class Facet:
    """A field of `Wanted`, and the values that a hit has for it."""

    field: str
    label: str
    any_of: str
    values: Callable[[Hit], Iterable[str]]


FACETS: Final = (
    Facet("who", "Who speaks or wrote", "Anyone", lambda hit: filter(None, [hit.author])),
    Facet("emotion", "Emotion", "Any", lambda hit: {each.casefold() for each in hit.emotions}),
    Facet("origin", "From", "Anywhere", lambda hit: hit.origins),
)


def narrowed(hits: Sequence[Hit], wanted: Wanted, *, but: str = "") -> list[Hit]:
    """Return the hits that have each chosen value, except of one facet."""
    chosen = [(each, getattr(wanted, each.field)) for each in FACETS if each.field != but]
    return [
        hit for hit in hits if all(value in ("", *facet.values(hit)) for facet, value in chosen)
    ]


class FacetChips:
    """The facets' chips; each shows how many hits the others leave."""

    def __init__(self, on_choose: Callable[[str, str], Awaitable[None]]) -> None:
        self._on_choose = on_choose
        self._parts: Mapping[str, El] = {each.field: El("div") for each in FACETS}

    def show(self, hits: Sequence[Hit], wanted: Wanted) -> None:
        """Offer the most frequent values, and the chosen one."""
        for facet in FACETS:
            left = narrowed(hits, wanted, but=facet.field)
            counts = Counter(value for hit in left for value in facet.values(hit))
            chosen = getattr(wanted, facet.field)
            values = dict(counts.most_common(_MOST))
            if chosen:
                values.setdefault(chosen, counts[chosen])
            self._draw(facet, {"": len(left)} | values if values else {}, chosen)

    def _draw(self, facet: Facet, counts: Mapping[str, int], chosen: str) -> None:
        part = self._parts[facet.field]
        part.clear()
        if not counts:
            return

        async def choose(value: str) -> None:
            await self._on_choose(facet.field, value)

        options = [(value, value or facet.any_of, "") for value in counts]
        with part:
            El("h2", text=facet.label)
            chips = ChoiceChips(facet.label, options, choose)
        chips.show(chosen)
        chips.count({value: (n, False) for value, n in counts.items()})
