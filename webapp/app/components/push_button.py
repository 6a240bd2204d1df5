"""A button that lets this browser show notifications."""

from collections.abc import Callable
from typing import Any

from nicegui import ui

Heard = Callable[[Any], Any]


class PushButton(ui.element, component="push_button.js"):
    """Calls back with what the browser subscribed with, ended, or why it refused."""

    def __init__(
        self, public_key: str, *, on_added: Heard, on_removed: Heard, on_refused: Heard
    ) -> None:
        super().__init__()
        self._props["publicKey"] = public_key
        for name, heard in (
            ("added", on_added),
            ("removed", on_removed),
            ("refused", on_refused),
        ):
            self.on(name, _given(heard))


def _given(heard: Heard) -> Heard:
    async def call(event: Any) -> None:  # noqa: ANN401 (NiceGUI's event)
        await heard(event.args)

    return call
