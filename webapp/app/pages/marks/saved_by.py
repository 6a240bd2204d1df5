"""How many people saved the part that is being chosen, and the caller's own mark of it."""

from collections.abc import Awaitable, Callable

from domain.marks.models import Around
from webapp.app.components.mark_deck import Part
from webapp.app.kit.elements import El, link

Ask = Callable[[int, int], Awaitable[Around]]


class SavedBy:
    """Two boxes; `show` draws them for a part, the last one asked for."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._wanted = Part()
        self._is_asking = False
        with El("div", "m-savedby", role="status") as self._box:
            self._figure = El("b")
            with El("div"):
                self._who = El("div", "m-b")
                self._how = El("div", "m-sm m-2")
        with El("p", "m-trouble m-own") as self._own:
            El("span", "m-grow", "You saved this part already.")
            self._edit = link("Edit that one", "/mark", "m-btn")
        self._draw(Around(0, None))

    async def show(self, part: Part) -> None:
        """Ask about a part, and draw the answer unless another one is wanted by then."""
        self._wanted = part
        if self._is_asking:
            return
        self._is_asking = True
        try:
            asked = None
            while asked is not self._wanted:
                asked = self._wanted
                await self._ask_about(asked)
        finally:
            self._is_asking = False

    async def _ask_about(self, part: Part) -> None:
        if part.start is None or part.end is None:
            self._draw(Around(0, None))
            return
        found = await self._ask(part.start, part.end)
        if part is self._wanted and not self._box.is_deleted:
            self._draw(found)

    def offer(self, own_id: str) -> None:
        """Lead to the caller's own mark of this part."""
        self._own.set_visibility(True)
        self._edit.attribute("href", f"/mark?id={own_id}")

    def _draw(self, around: Around) -> None:
        count = around.saved_by
        self._figure.text = f"{count:,}"
        self._figure.set_visibility(count > 0)
        people = "person" if count == 1 else "people"
        self._who.text = f"{people} saved this part" if count else "Nobody saved this part yet"
        self._how.text = (
            "within 2 s of yours, in Moments" if count else "Yours would be the first in Moments."
        )
        self._own.set_visibility(around.own_id is not None)
        if around.own_id is not None:
            self.offer(around.own_id)
