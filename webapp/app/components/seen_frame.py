"""The frame that was on screen when a capture was made."""

from nicegui import ui


class SeenFrame(ui.element, component="seen_frame.js"):
    """A small picture: a press's own frame if this tab has it, else the given one.

    What is drawn inside lies over it.
    """

    def __init__(self, press: int | None, source: str | None) -> None:
        super().__init__()
        self.show(press, source)

    def show(self, press: int | None, source: str | None) -> None:
        """Show another one."""
        with self._props.suspend_updates():
            self._props.update({"press": press, "source": source})
        self.update()
