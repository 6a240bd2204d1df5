"""The player beside a chat: citations of its video play in it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from webapp.app.components.video_deck import Turn


class ChatPlayer(ui.element, component="chat_player.js"):
    """Plays `player`, which `show_player` returned; its lane shows a part, in seconds.

    A pressed link with the `video` in its data plays here instead of leaving the page.
    """

    def __init__(
        self,
        player: dict[str, Any],
        *,
        video: str = "",
        part: tuple[float, float] | None = None,
        turns: Sequence[Turn] = (),
    ) -> None:
        super().__init__()
        start, end = part or (0.0, 0.0)
        with self._props.suspend_updates():
            self._props.update(
                {"player": {**player, "startS": start}, "video": video, "from": start, "to": end}
            )
            self._props.update({"turns": list(turns), "cited": [], "lines": None})

    def on_leave(self, show_lines: Callable[[float], Awaitable[None]]) -> None:
        """Have `show_lines` called with the instant once that is outside the lines shown."""

        async def leave(event: GenericEventArguments) -> None:
            if isinstance(event.args, int | float):
                await show_lines(event.args)

        self.on("leave", leave)

    def show_lines(self, since: float, until: float) -> None:
        """Say from when to when lines are shown, in seconds."""
        self._props["lines"] = (since, until)

    def show_cited(self, cited: Sequence[float]) -> None:
        """Show the instants that the answers cite."""
        if self._props["cited"] != list(cited):
            self._props["cited"] = list(cited)
