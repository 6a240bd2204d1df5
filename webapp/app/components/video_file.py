"""A video file, from which frames can be taken."""

from collections.abc import Awaitable, Callable

from nicegui import ui
from nicegui.events import GenericEventArguments

from domain.moments.models import Asset


class VideoFile(ui.element, component="video_file.js"):
    """A video with the browser's own controls.

    `on_take` gets the file's id and the time of the frame that it shows, in milliseconds.
    """

    def __init__(self, asset: Asset, on_take: Callable[[str, int], Awaitable[None]] | None) -> None:
        super().__init__()
        with self._props.suspend_updates():
            self._props.update(
                {
                    "src": asset.download_url,
                    "poster": asset.preview_url,
                    "label": asset.file.file_name,
                    "can-take": on_take is not None,
                }
            )

        async def take(event: GenericEventArguments) -> None:
            if on_take is not None and isinstance(event.args, int):
                await on_take(asset.id, event.args)

        self.on("take", take)
