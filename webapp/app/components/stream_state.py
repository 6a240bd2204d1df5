"""A stream's state in words, with a dot in its colour."""

from typing import Final

from domain.core.time import from_us
from domain.live.wire import State
from webapp.app.components.local_time import LocalTime
from webapp.app.kit.elements import El

_WORDS: Final[dict[State, tuple[str, str]]] = {  # and the dot's colour
    "never_on_air": ("m-off", "Never on air"),
    "connecting": ("m-w", "Waiting for the source"),
    "off_air": ("m-off", "Off air"),
    "error": ("m-x", "The source has a problem"),
    "unsteady": ("m-w", "Unsteady"),
    "healthy": ("", "Healthy"),
}


class StreamState(El):
    """Says how a stream is."""

    def __init__(self, state: State, reason: str | None, since_us: int | None) -> None:
        super().__init__("span", "m-row m-state-line")
        self.shown: tuple[object, ...] = ()
        self.show(state, reason, since_us)

    def show(
        self, state: State, reason: str | None, since_us: int | None, *, note: str = ""
    ) -> None:
        """Show a state, and a note behind it."""
        if self.shown == (shown := (state, reason, since_us, note)):
            return
        colour, words = _WORDS[state]
        if state == "error":
            words = reason or words
        elif state == "unsteady":
            words = f"{words}: {reason}"
        with self._begin(shown, colour):
            if state == "off_air" and since_us:
                El("span", text=f"{words} since ")
                LocalTime(from_us(since_us), "time")
            else:
                El("span", text=words)
            if note:
                El("span", text=f" · {note}")

    def show_silence(self, words: str) -> None:
        """Show that nothing is known."""
        if self.shown != (words,):
            with self._begin((words,), "m-off"):
                El("span", text=words)

    def _begin(self, shown: tuple[object, ...], colour: str) -> El:
        """Draw the dot, and return the place of the words."""
        self.shown = shown
        self.clear()
        with self:
            El("span", f"m-dot {colour}".rstrip())
            return El("span")
