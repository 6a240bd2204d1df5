"""The player of a finished clip."""

from collections.abc import Awaitable, Callable

from nicegui import ui
from nicegui.events import GenericEventArguments

Trim = Callable[[int, int], Awaitable[bool]]


class ClipPlayer(ui.element, component="clip_player.js"):
    """Plays a clip; `on_trim` gets what to keep (ms), and returns whether it is done."""

    def __init__(
        self, url: str, *, poster: str | None, label: str, duration_ms: int, on_trim: Trim
    ) -> None:
        super().__init__()
        with self._props.suspend_updates():
            self._props.update(
                {"url": url, "poster": poster, "label": label, "durationMs": duration_ms}
            )

        async def trim(event: GenericEventArguments) -> None:
            start_ms, end_ms = _range(event.args)
            self.run_method("trimmed", await on_trim(start_ms, end_ms))

        self.on("trim", trim)

    def open_trim(self) -> None:
        """Show the handles."""
        self.run_method("trim")


def _range(args: object) -> tuple[int, int]:
    """Return a range as the browser sends it; the service refuses an impossible one."""
    given = args if isinstance(args, dict) else {}
    values = (given.get("start_ms"), given.get("end_ms"))
    start_ms, end_ms = (each if isinstance(each, int) else 0 for each in values)
    return start_ms, end_ms
