"""A button that copies a text."""

from nicegui import ui


class CopyButton(ui.element, component="copy_button.js"):
    """Copies its text when pressed."""

    def __init__(self, text: str, label: str = "Copy link") -> None:
        super().__init__()
        with self._props.suspend_updates():
            self._props.update({"text": text, "label": label})
