"""The frame that was on screen when a capture was made."""

from nicegui import ui


class SeenFrame(ui.element, component="seen_frame.js"):
    """A small picture: a press's own frame if this tab has it, else the given one."""

    def __init__(self, press: int, source: str | None) -> None:
        super().__init__()
        with self._props.suspend_updates():
            self._props.update({"press": press, "source": source})
