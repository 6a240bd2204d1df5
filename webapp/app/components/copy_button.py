"""A button that copies a link."""

from nicegui import ui


class CopyButton(ui.element, component="copy_button.js"):
    """Copies its text when pressed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._props["text"] = text
