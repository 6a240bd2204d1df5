"""Buttons that copy a text, or a link which may not exist yet."""

from collections.abc import Awaitable, Callable

from nicegui import ui


class CopyButton(ui.element, component="copy_button.js"):
    """Copies its text when pressed."""

    def __init__(self, text: str, label: str = "Copy link") -> None:
        super().__init__()
        with self._props.suspend_updates():
            self._props.update({"text": text, "label": label})


class ShareButton(CopyButton):
    """Copies a link in the press itself; `on_share` creates it, and calls `give`."""

    def __init__(self, on_share: Callable[[], Awaitable[None]]) -> None:
        super().__init__("")
        self._props["drawing"] = "link"
        self.classes("m-solid")
        self.on("share", on_share, args=[])

    def give(self, url: str) -> None:
        """Let the press that asked for the link copy it."""
        self._props["text"] = url

    def fail(self) -> None:
        """Say that there is no link: the next press asks again."""
        self.run_method("fail")
