"""What is being marked: its picture, title, artist and length, as they become known."""

from domain.marks.times import clock_text
from webapp.app.kit.elements import El, Icon
from webapp.app.pages.marks.state import Subject
from webapp.edge.asgi_types import Scope
from webapp.edge.headers import allow
from webapp.players import NO_PLAYER, PROVIDER_NAMES


class MarkHead:
    """Two lines beside the player, and the same above it on a phone."""

    def __init__(self, scope: Scope, subject: Subject) -> None:
        source = subject.source
        self._artist = source.shown_artist if source else ""
        self._length_ms = source.length_ms if source else None
        self._where = PROVIDER_NAMES[subject.link.provider]
        picture = source.thumbnail_url if source else None
        allow(scope, "img-src", picture)
        with El("div", "m-row m-marksrc"):
            with El("div", "m-markpic"):
                if picture:
                    El("img", src=picture, alt="", referrerpolicy="no-referrer")
                else:
                    Icon("mark", "l")
            with El("div", "m-grow"):
                self._title = El(
                    "div", "m-b m-cut", (source.shown_title if source else "") or "A new mark"
                )
                self._about = El("div", "m-sm m-2 m-cut")
            with El("a", "m-btn m-quiet m-icon", href="/mark", aria_label="Another link"):
                Icon("link")
        self._draw()

    def name(self, title: str, artist: str, length_ms: int | None) -> None:
        """Show what the provider or its player calls it."""
        self._title.text = title or self._title.text
        self._artist = artist or self._artist
        self._length_ms = length_ms or self._length_ms
        self._draw()

    def measure(self, length_ms: int) -> None:
        """Show the length that the player reports."""
        self._length_ms = length_ms
        self._draw()

    def _draw(self) -> None:
        length = clock_text(self._length_ms // 100) if self._length_ms else ""
        self._about.text = " · ".join(filter(None, (self._artist or self._where, length)))


def draw_no_player(subject: Subject) -> None:
    """Say why there is no player; the times can be typed."""
    name = PROVIDER_NAMES[subject.link.provider]
    why = subject.reason or NO_PLAYER
    with El("div", "m-noplayer", role="status"):
        Icon("mark", "l")
        El("p", text=f"{why.rstrip('.')}. Listen there, and type the times here.")
        El(
            "a",
            "m-btn",
            f"Open {name}",
            href=subject.link.url,
            target="_blank",
            rel="noopener",
        )
