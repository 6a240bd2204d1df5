"""A capture in a short list."""

import re
from typing import Final

from domain.captures.models import Clip, Snapshot
from webapp.app.components.local_time import LocalTime
from webapp.app.components.seen_frame import SeenFrame
from webapp.app.kit.elements import El, Icon
from webapp.app.kit.lengths import length_text

Capture = Snapshot | Clip
_DATED: Final = re.compile(r" \d{4}-\d\d-\d\d \d\d:\d\d:\d\d$")  # of a title that nobody chose


class CaptureRow(El):
    """A row that leads to the capture; a fresh one shows the frame that was on screen."""

    def __init__(self, item: Capture, press: int | None = None) -> None:
        super().__init__("a", "m-cap", href=f"/library/{item.moment_id}")
        self.item, self.press = item, press
        with self:
            self._frame = SeenFrame(press, picture_of(item))
            with self._frame, El("span", "m-at-br"):
                self._figure = El("span", "m-badge m-onpic")
            self._words = El("span", "m-grow m-captext")
        self._fill()

    def draw(self, item: Capture, press: int | None) -> None:
        """Draw it as it is now."""
        if (item, press) != (self.item, self.press):
            self.item, self.press = item, press
            self._frame.show(press, picture_of(item))
            self._fill()

    def _fill(self) -> None:
        item = self.item
        self._figure.clear()
        with self._figure:
            if isinstance(item, Clip):
                El("span", text=length_text(item.duration_ms))
            else:
                Icon("camera", "s")
        self._words.clear()
        with self._words:
            self._draw_title()
            with El("span", "m-sm m-3 m-cut", f"{item.kind.capitalize()} · "):
                LocalTime(item.created_at, "ago")
            if isinstance(item, Clip):
                _draw_state(item)

    def _draw_title(self) -> None:
        item = self.item
        title = item.title or item.kind.capitalize()
        name = _DATED.sub(", ", title)
        with El("span", "m-b m-cut", name):
            if name != title:
                LocalTime(item.start_ts if isinstance(item, Clip) else item.timestamp, "clock")


def picture_of(item: Capture) -> str | None:
    """Return the URL of a capture's small picture."""
    return item.preview_url if isinstance(item, Clip) else item.thumbnail_url


def _draw_state(item: Clip) -> None:
    if item.status == "failed":
        El("span", "m-badge m-capstate m-badw", "Failed")
    elif item.status != "ready":
        with El("span", "m-badge m-capstate m-icew"):
            El("span", "m-ring m-spin")
            if item.status == "recording":
                LocalTime(item.requested_end_ts, "recording")
            else:
                El("span", text="Processing")
