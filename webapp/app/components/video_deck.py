"""The player of a video, its timeline with who speaks, and brackets of found moments."""

from base64 import b64encode
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from webapp.app.components.mark_deck import Part, part_from

Turn = tuple[float, float, int]  # start and end in seconds, and the row of who speaks


@dataclass(frozen=True, slots=True)
class Bracket:
    """A found moment on the timeline."""

    id: str
    start_ms: int
    end_ms: int
    kept: bool


class VideoDeck(ui.element, component="video_deck.js"):
    """Plays and chooses a part; `on_range` gets it, `on_draft` the last 15 s, `on_pick` an id."""

    def __init__(
        self,
        player: dict[str, Any],
        length_ms: int,
        *,
        on_range: Callable[[Part], Awaitable[None]],
        on_draft: Callable[[Part], Awaitable[None]],
        on_pick: Callable[[str], Awaitable[None]],
    ) -> None:
        super().__init__()
        with self._props.suspend_updates():
            self._props.update(
                {
                    "player": player,
                    "lengthMs": length_ms,
                    "turns": [],
                    "loudness": "",
                    "found": [],
                    "picked": "",
                }
            )

        async def choose(event: GenericEventArguments) -> None:
            if (part := part_from(event.args)) is not None:
                await on_range(part)

        async def draft(event: GenericEventArguments) -> None:
            part = part_from(event.args)
            if part is not None and part.end is not None:
                await on_draft(part)

        async def pick(event: GenericEventArguments) -> None:
            await on_pick(str(event.args))

        self.on("range", choose)
        self.on("draft", draft)
        self.on("pick", pick)

    def show_turns(self, turns: Sequence[Turn]) -> None:
        """Show who speaks when."""
        self._set("turns", list(turns))

    def show_loudness(self, levels: bytes) -> None:
        """Show how loud equal parts are, 0 to 255 each."""
        self._set("loudness", b64encode(levels).decode())

    def show_found(self, found: Sequence[Bracket], picked: str) -> None:
        """Show moments, and which one is picked."""
        self._set("found", list(found))
        self._set("picked", picked)

    def choose(self, part: Part) -> None:
        """Choose a part."""
        self.run_method("choose", part.start, part.end)

    def choose_nothing(self) -> None:
        """Choose nothing."""
        self.run_method("choose_nothing")

    def play(self, start_ms: int) -> None:
        """Play from an instant."""
        self.run_method("play", start_ms / 1000)

    def _set(self, name: str, value: object) -> None:
        if self._props[name] != value:
            self._props[name] = value
