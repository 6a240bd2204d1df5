"""YouTube's, Spotify's or the browser's own player as an element that plays a part."""

from collections.abc import Callable
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments


class ProviderPlayer(ui.element, component="provider_player.js"):
    """Plays `player`, which `show_player` returned, from `start_s` to `end_s`."""

    def __init__(
        self,
        player: dict[str, Any],
        *,
        part: dict[str, Any] | None,
        href: str,
        on_seen: Callable[[float], None] | None = None,
    ) -> None:
        super().__init__()
        with self._props.suspend_updates():
            self._props.update({**player, "range": part, "href": href})

        def seen(event: GenericEventArguments) -> None:
            if on_seen is not None and isinstance(event.args, int | float):
                on_seen(event.args)

        self.on("seen", seen)

    def play_part(self) -> None:
        """Play the part from its start."""
        self.run_method("play")
