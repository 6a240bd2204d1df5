"""The pieces of the page: a suggestion's card, a rising part, a piece of news."""

from collections.abc import Callable
from typing import Any

from domain.discover.models import Artist, News, Rising, Suggestion
from domain.marks.models import Heat
from webapp.app.components.local_time import LocalTime
from webapp.app.kit.elements import Button, El, Icon, link
from webapp.app.pages.discover.state import (
    of_what,
    page_of,
    part_of,
    place_of,
    rising_address,
    save_address,
    span,
)
from webapp.pages.theme import initials
from webapp.public.heat import lane_of

GLYPHS = {"clip": "clip", "snapshot": "camera", "commit": "commit", "video": "video"}


def draw_suggestion(found: Suggestion, dismiss: Callable[[], Any]) -> El:
    """Draw a moment, why it is suggested, and what can be done with it."""
    title = found.title or found.track
    with El("figure", "m-gc m-suggested") as card:
        with El("div", f"m-pic m-k-{found.kind}"):
            with El("div", "m-nopic"):
                Icon(GLYPHS.get(found.kind, "mark"), "l")
                if found.note and found.note != title:
                    El("p", text=found.note[:160])
                if place := place_of(found):
                    with El("span", "m-cardplace"):
                        El("i", style=f"left:{place[0]:.2f}%;width:{place[1]:.2f}%")
            El("a", "m-gopen", href=page_of(found), aria_label=f"Open {title}")
            if part := part_of(found):
                with El("span", "m-at-br"):
                    El("span", "m-badge m-onpic", part)
        with El("figcaption"):
            El("div", "m-b m-cut", title)
            El("div", "m-sm m-3 m-cut", of_what((found.track, found.artist)))
            with El("p", "m-row m-sm m-2 m-why"):
                Icon("spark", "s")
                El("span", text=found.reason)
            with El("div", "m-row m-wraps"):
                if address := save_address(found):
                    link("Save too", address, "m-btn m-tonal", "mark")
                else:
                    link("Open", page_of(found), "m-btn", "play")
                label = f"{title} is not for me"
                Button("Not for me", dismiss, kind="quiet", label=label)
    return card


def draw_rising(found: Rising, rank: int) -> None:
    """Draw a track's best part, its heat map, and how many people saved it."""
    title = found.track or "A part"
    with El("li", "m-rising"):
        El("span", "m-3", str(rank))
        href, part = rising_address(found), span(found.start_s, found.end_s)
        with El("a", "m-grow m-cut", href=href, aria_label=f"Play {title}, {part}"):
            El("div", "m-b m-cut", title)
            El("div", "m-sm m-2 m-cut", " · ".join(filter(None, (found.artist, part))))
        _draw_heat(found)
        with El("div", "m-gained", title=found.reason):
            El("b", text=f"+{found.gained:,}")
            El("div", "m-sm m-3", f"{found.people:,}")


def _draw_heat(found: Rising) -> None:
    lane = lane_of(Heat(1, found.heat), found.start_s, found.end_s, len(found.heat))
    paths = "".join(f'<path class="m-heat{n}" d="{d}"/>' for n, d in lane.paths) if lane else ""
    drawing = (
        '<svg viewBox="0 0 1000 100" preserveAspectRatio="none" role="img"'
        f' aria-label="How many people saved each second">{paths}</svg>'
    )
    with El("div", "m-risinglane m-heatbars"):
        El("span", innerHTML=drawing)
        if lane:
            El("i", style=f"left:{lane.left}%;width:{lane.width}%")


def draw_news(found: News) -> None:
    """Draw what somebody did."""
    with El("li", "m-news"):
        El("span", "m-avatar", initials(found.name, ""), aria_hidden="true")
        with El("div", "m-grow m-cut"):
            with El("div", "m-row m-t"):
                if found.href:
                    El("a", "m-b m-cut", found.name, href=found.href)
                else:
                    El("span", "m-b m-cut", found.name)
                if found.is_artist:
                    El("span", "m-badge", "Artist")
            El("div", "m-sm m-2 m-cut", found.text)
        LocalTime(found.at).classes("m-sm m-3")


def draw_artist(found: Artist, follow: Callable[[], Any]) -> El:
    """Draw an artist who can be followed."""
    with El("div", "m-note m-news") as row:
        El("span", "m-avatar", initials(found.name, ""), aria_hidden="true")
        with El("div", "m-grow"):
            El("div", "m-b m-cut", found.name)
            El("div", "m-sm m-2", found.reason)
        Button("Follow", follow, glyph="people", label=f"Follow {found.name}")
    return row
