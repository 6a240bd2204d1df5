"""Moments that are like the one on the page, each with the reason."""

from collections.abc import Sequence

from domain.discover.models import Suggestion
from webapp.app.kit.elements import El, Icon
from webapp.app.pages.discover.state import of_what, page_of, part_of

MOST = 3


def draw_alike(found: Sequence[Suggestion]) -> None:
    """Draw the most alike ones; nothing if there is none."""
    if not found:
        return
    with El("section", "m-alike", aria_label="Like this"):
        El("h2", text="Like this")
        with El("ul"):
            for each in found[:MOST]:
                _draw(each)


def _draw(found: Suggestion) -> None:
    with El("li"):
        El("a", "m-link m-cut", found.title or found.track, href=page_of(found))
        facts = of_what((found.track, found.artist, part_of(found) or ""))
        if facts:
            El("div", "m-sm m-3 m-cut", facts)
        with El("div", "m-row m-t m-sm m-2"):
            Icon("spark", "s")
            El("span", text=found.reason)
