"""An instant, shown in the viewer's time zone."""

from datetime import datetime

from nicegui import ui

from domain.core.time import isoformat


class LocalTime(ui.element, component="local_time.js"):
    """The day and the time of an instant."""

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self._props["at"] = isoformat(at)
