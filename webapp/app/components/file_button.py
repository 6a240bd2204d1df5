"""A button that sends one file to the API.

NiceGUI's own upload has no limit of size in the server.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Literal

from nicegui import ui
from nicegui.events import GenericEventArguments


class FileButton(ui.element, component="file_button.js"):
    """Sends a file as `{"text": …}`, as `{"data": "data:…"}`, or as it is.

    `on_sent` gets the API's answer, `on_refused` a sentence.
    """

    def __init__(  # noqa: PLR0913 (what is sent where, and two answers)
        self,
        label: str,
        form: Literal["text", "data", "raw"],
        target: tuple[Literal["post", "put"], str],
        *,
        accept: str,
        most: int,
        on_sent: Callable[[Any], Awaitable[None]],
        on_refused: Callable[[str], None],
    ) -> None:
        super().__init__()
        method, path = target
        with self._props.suspend_updates():
            self._props.update(
                {
                    "label": label,
                    "form": form,
                    "method": method,
                    "path": path,
                    "accept": accept,
                    "most": most,
                }
            )

        async def sent(event: GenericEventArguments) -> None:
            await on_sent(event.args)

        self.on("sent", sent)
        self.on("refused", lambda event: on_refused(str(event.args)))
