"""A stream's figures of the last minutes, as line charts."""

from collections.abc import Awaitable, Callable, Sequence

from nicegui import ui
from nicegui.events import GenericEventArguments

from domain.live.wire import Figures


class HealthPlots(ui.element, component="health_plots.js"):
    """Six charts; `on_seen` gets whether the visitor sees the page, so that nothing else is sent.

    `has_loss`: the source is one whose packet loss is known.
    """

    def __init__(self, buffer_s: int, on_seen: Callable[[bool], Awaitable[None]]) -> None:
        super().__init__()
        self._props["buffer"] = buffer_s * 1000
        self.sent_us = 0

        async def seen(event: GenericEventArguments) -> None:
            await on_seen(bool(event.args))

        self.on("seen", seen)

    def add(self, figures: Sequence[Figures], *, has_loss: bool) -> None:
        """Draw what is new since the last time."""
        fresh = [each for each in figures if each.at_us > self.sent_us]
        if fresh:
            self.sent_us = fresh[-1].at_us
            self.run_method("add", [_row(each, has_loss=has_loss) for each in fresh])

    def restart(self) -> None:
        """Send everything again: the browser may have lost some."""
        self.sent_us = 0
        self.run_method("clear")


def _row(each: Figures, *, has_loss: bool) -> list[float | None]:
    return [
        each.at_us / 1000,
        each.bitrate_kbps,
        each.fps,
        each.keyframe_interval_ms,
        each.loss_percent if has_loss else None,
        each.viewers,
        each.buffer_ms,
    ]
