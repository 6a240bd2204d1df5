"""YouTube's, Spotify's or the browser's own player as an element that plays a part."""

from typing import Any

from nicegui import ui


class ProviderPlayer(ui.element, component="provider_player.js"):
    """Plays `player`, which `show_player` returned, within `part` (seconds).

    `href` is the original; a copy of another length than `marked_ms` says so.
    """

    def __init__(
        self,
        player: dict[str, Any],
        *,
        part: tuple[float, float],
        href: str,
        marked_ms: int | None = None,
    ) -> None:
        super().__init__()
        start, end = part
        with self._props.suspend_updates():
            self._props.update({**player, "range": {"start": start, "end": end}, "href": href})
            if marked_ms is not None:
                self._props["markedS"] = marked_ms / 1000

    def pause(self) -> None:
        """Pause it, as it is no longer to be seen."""
        self.run_method("pause")

    def show_part(self, start: float, end: float) -> None:
        """Keep to another part."""
        part = {"start": start, "end": end}
        if self._props["range"] != part:
            self._props["range"] = part
