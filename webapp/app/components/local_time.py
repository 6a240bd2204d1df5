"""An instant, shown in the viewer's time zone."""

from datetime import datetime

from nicegui import ui

from domain.core.time import isoformat


class LocalTime(ui.element, component="local_time.js"):
    """The day and the time of an instant; an exact one has tenths of a second."""

    def __init__(self, at: datetime, *, exact: bool = False) -> None:
        super().__init__()
        with self._props.suspend_updates():
            self._props["at"] = isoformat(at)
            if exact:
                self._props["exact"] = True
