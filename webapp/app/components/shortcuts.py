"""The keys of a page; `?` lists them in the browser."""

from collections.abc import Callable
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments


class Shortcuts(ui.element, component="shortcuts.js"):
    """Single keys, off while the user types."""

    def __init__(self) -> None:
        super().__init__()
        self._props["keys"] = []
        self._handlers: dict[str, Callable[[], Any]] = {}
        self.on("press", self._press)

    def call(self, key: str, label: str, handler: Callable[[], Any]) -> None:
        """Call a handler."""
        self._handlers[key] = handler
        self._add({"key": key, "label": label})

    def open(self, key: str, label: str, href: str) -> None:
        """Open an address."""
        self._add({"key": key, "label": label, "href": href})

    def focus(self, key: str, label: str, selector: str) -> None:
        """Focus an element of the page."""
        self._add({"key": key, "label": label, "focus": selector})

    def _add(self, binding: dict[str, str]) -> None:
        others = [each for each in self._props["keys"] if each["key"] != binding["key"]]
        self._props["keys"] = [*others, binding]

    async def _press(self, event: GenericEventArguments) -> None:
        handler = self._handlers.get(str(event.args))
        if handler is not None and (waiting := handler()) is not None:
            await waiting
