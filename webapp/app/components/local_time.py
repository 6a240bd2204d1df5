"""An instant, shown in the viewer's time zone."""

from datetime import datetime
from typing import Literal

from nicegui import ui

from domain.core.time import isoformat

How = Literal["full", "exact", "clock", "time", "ago", "recording"]


class LocalTime(ui.element, component="local_time.js"):
    """An instant in words; all of it is in the tooltip.

    `full` is its day and time, `exact` with tenths of a second, `clock` the time alone, `time` with
    the day if that is not today, `ago` how long it is ago, `recording` how long it still takes.
    """

    def __init__(self, at: datetime, how: How = "full") -> None:
        super().__init__()
        with self._props.suspend_updates():
            self._props.update({"at": isoformat(at), "how": how})
