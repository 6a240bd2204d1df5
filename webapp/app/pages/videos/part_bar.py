"""The chosen part of a video: kept as a moment of its own, or given to the picked one."""

from collections.abc import Awaitable, Callable

from webapp.app.components.mark_deck import Part
from webapp.app.kit.elements import Button, El
from webapp.app.kit.lengths import length_text
from webapp.app.pages.videos.found import FoundList, part_of


class PartBar(El):
    """Shown while the chosen part is not that of the picked moment."""

    def __init__(self, found: FoundList, on_done: Callable[[], Awaitable[None]]) -> None:
        super().__init__("div", "m-row m-t m-partbar", role="group", aria_label="The chosen part")
        self._found, self._on_done = found, on_done
        self.part = Part()
        with self:
            self._words = El("span", "m-grow m-sm m-2")
            self._trim = Button("", self.trim, glyph="scissors")
            self._keep = Button("", self.keep, kind="primary", glyph="clip")
        self.draw()

    def choose(self, part: Part) -> None:
        """Take a part."""
        self.part = part
        self.draw()

    def draw(self) -> None:
        """Draw what can be done with the part."""
        picked = self._found.moments.get(self._found.picked)
        start, end = self.part.start, self.part.end
        is_own = picked is not None and part_of(picked) == self.part
        if start is None or end is None or is_own:
            self.set_visibility(False)
            return
        self.set_visibility(True)
        length = length_text((end - start) * 100, 0)
        self._words.text = "The chosen part"
        self._keep.text = f"Keep {length}"
        self._trim.set_visibility(picked is not None)
        self._trim.text = f"Trim to {length}"

    async def keep(self) -> None:
        """Make the part a moment."""
        if self.part.end is not None:
            await self._found.add(self.part)
            await self._on_done()

    async def trim(self) -> None:
        """Give the part to the picked moment."""
        if self.part.end is not None and self._found.picked:
            await self._found.trim(self._found.picked, self.part)
            await self._on_done()
