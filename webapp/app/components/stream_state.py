"""A stream's state in words, with a dot in its colour."""

from nicegui import ui

from domain.live.wire import State


class StreamState(ui.element, component="stream_state.js"):
    """Says how a stream is; the browser words it, as it knows the viewer's time zone."""

    def __init__(self, state: State, reason: str | None, since_us: int | None) -> None:
        super().__init__()
        self._shown: dict[str, object] = {}
        self.show(state, reason, since_us)

    def show(
        self, state: State, reason: str | None, since_us: int | None, *, note: str = ""
    ) -> None:
        """Show a state, and a note behind it."""
        self._draw({"state": state, "reason": reason, "since_us": since_us, "note": note})

    def show_silence(self, words: str) -> None:
        """Show that nothing is known."""
        self._draw({"state": "", "note": words})

    def _draw(self, shown: dict[str, object]) -> None:
        if shown != self._shown:
            self._shown = shown
            self._props["shown"] = shown
