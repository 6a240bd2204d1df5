"""The live player as an element.

Everything about time is known in the browser alone: which frame is on the screen, and only at the
instant of a press. So the component takes the press, says the instant in its event, and shows a
message at once; `answer` ends that message after the page has shown its own.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, Self

import msgspec
from nicegui import ui
from nicegui.events import GenericEventArguments

from domain.core.errors import BadInput
from domain.core.time import from_us, isoformat
from domain.live.models import Watch
from domain.live.wire import AudioInfo, State, Status, VideoInfo

_LATEST_MS: Final = 4_102_444_800_000  # the year 2100


class _Press(msgspec.Struct, frozen=True):
    number: int
    kind: Literal["snapshot", "clip"]
    start_ms: int
    duration_ms: int


@dataclass(frozen=True, slots=True)
class Press:
    """A press on Snapshot or Clip: the frame that was seen, or the selected range."""

    number: int  # of the press, in this tab
    kind: Literal["snapshot", "clip"]
    start: datetime
    duration_ms: int

    @classmethod
    def from_event(cls, args: object) -> Self:
        """Read what a browser says; it may say anything.

        Raises:
            BadInput: It says nothing that a press can mean.
        """
        try:
            found = msgspec.convert(args, _Press, strict=False)
        except msgspec.ValidationError as error:
            raise BadInput("The capture could not be read. Reload the page.") from error
        if not 0 <= found.start_ms < _LATEST_MS or not 0 <= found.duration_ms < _LATEST_MS:
            raise BadInput("The capture could not be read. Reload the page.")
        start = from_us(found.start_ms * 1000)
        return cls(found.number, found.kind, start, found.duration_ms)


class Report(msgspec.Struct, frozen=True):
    """How the stream is, as the player hears it from the node every two seconds."""

    missed: int = 0  # answers in a row
    status: Status = "connecting"
    state: State = "connecting"
    reason: str | None = None
    since_us: int | None = None
    video: VideoInfo | None = None
    audio: AudioInfo | None = None
    viewers: int = 0
    delay_ms: int | None = None
    behind_s: int | None = None  # only where it is worth saying
    held_ms: int = 0

    @classmethod
    def from_event(cls, args: object) -> "Report | None":
        """Read what a browser says; None if it is nothing."""
        try:
            return msgspec.convert(args, cls, strict=False)
        except msgspec.ValidationError:
            return None


class LivePlayer(ui.element, component="live_player.js"):
    """A stream, live and rewound, with its timeline and the capture buttons."""

    def __init__(
        self,
        watch: Watch,
        *,
        poster: str | None,
        may_capture: bool,
        on_capture: Callable[[Press], Awaitable[None]],
        on_report: Callable[[Report], None],
        on_share: Callable[[], None] | None,
    ) -> None:
        super().__init__()
        stream = watch.stream
        with self._props.suspend_updates():
            self._props["stream"] = {
                "id": stream.id,
                "name": stream.name,
                "buffer_s": stream.buffer_s,
                "status": stream.status,
                "state": stream.state,
                "reason": stream.reason,
                "since": isoformat(stream.since) if stream.since else None,
            }
            self._props["grant"] = {
                "hls_url": watch.hls_url,
                "whep_url": stream.whep_url,
                "status_url": watch.status_url,
                "frame_url": watch.frame_url,
                "expires_at": isoformat(watch.expires_at) if watch.expires_at else None,
            }
            self._props["poster"] = poster
            self._props["mayCapture"] = may_capture
            self._props["isShared"] = on_share is not None

        async def captured(event: GenericEventArguments) -> None:
            await on_capture(Press.from_event(event.args))

        def reported(event: GenericEventArguments) -> None:
            report = Report.from_event(event.args)
            if report is not None:
                on_report(report)

        self.on("capture", captured)
        self.on("report", reported)
        if on_share is not None:
            self.on("share", on_share, args=[])

    def answer(self, number: int, item: dict[str, Any] | None) -> None:
        """End the message of a press: the page has shown what became of it."""
        self.run_method("answer", number, item)

    def clip_oldest(self) -> None:
        """Clip the oldest seconds that are still buffered."""
        self.run_method("clipOldest")
