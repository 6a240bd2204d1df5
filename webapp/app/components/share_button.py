"""A button that copies a link which may not exist yet."""

from collections.abc import Awaitable, Callable

from nicegui import ui


class ShareButton(ui.element, component="share_button.js"):
    """Copies a link in the press itself; `on_share` creates it, and calls `give`."""

    def __init__(self, on_share: Callable[[], Awaitable[None]]) -> None:
        super().__init__()
        self.on("share", on_share, args=[])

    def give(self, url: str) -> None:
        """Let the press that asked for the link copy it."""
        self._props["url"] = url

    def fail(self) -> None:
        """Say that there is no link: the next press asks again."""
        self.run_method("fail")
