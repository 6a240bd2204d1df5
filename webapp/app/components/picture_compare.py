"""Two pictures of the same thing, and the boxes around what changed."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from nicegui import ui
from nicegui.events import GenericEventArguments

from domain.commits.models import Pair
from domain.commits.visual import Box, Region

Mode = Literal["side", "swipe", "blink"]
MODES: Final[dict[Mode, str]] = {"side": "Side by side", "swipe": "Swipe", "blink": "Blink"}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture's address and its size in pixels."""

    url: str
    width: int
    height: int


class PictureCompare(ui.element, component="picture_compare.js"):
    """Shows a pair; the browser swipes and blinks, and draws a region to ignore."""

    def __init__(
        self,
        pair: Pair,
        mode: Mode,
        ignored: Sequence[Region],
        on_region: Callable[[Any], Awaitable[None]],
    ) -> None:
        super().__init__()
        self.name = pair.name
        before, after = (
            asdict(Picture(shot.url, shot.width, shot.height)) if shot else None
            for shot in (pair.before, pair.after)
        )
        self.boxes: Sequence[Box] = pair.comparison.boxes if pair.comparison else ()
        with self._props.suspend_updates():
            self._props.update(
                {
                    "before": before,
                    "after": after,
                    "boxes": [asdict(box) for box in self.boxes],
                    "mode": mode,
                    "name": pair.name,
                    "ignored": [asdict(region) for region in ignored],
                    "draws": False,
                }
            )

        async def drawn(event: GenericEventArguments) -> None:
            self.draw(wanted=False)
            await on_region(event.args)

        self.on("region", drawn)

    def draw(self, *, wanted: bool) -> None:
        """Let the person draw a region, or no longer."""
        self._props["draws"] = wanted

    def set_mode(self, mode: Mode) -> None:
        """Show it another way."""
        self._props["mode"] = mode

    def _displayed_contents(self, *, only_visible: bool) -> list[Any]:
        """Return what a simulated user sees of it."""
        numbers = [str(box.number) for box in self.boxes]
        return [*super()._displayed_contents(only_visible=only_visible), self.name, *numbers]
