"""The publisher as an element: preview, level meter, and the button that goes live.

It works without the page's socket, as a broadcast must not end with it.
"""

from collections.abc import Awaitable, Callable
from typing import Literal, TypeVar

import msgspec
from nicegui import ui
from nicegui.events import GenericEventArguments

from domain.live.models import Stream

State = Literal["idle", "connecting", "live", "reconnecting", "refused"]
Device = tuple[str, str]  # an id and a label
T = TypeVar("T")


class Devices(msgspec.Struct, frozen=True):
    """What there is to publish from, and what is in use."""

    cameras: tuple[Device, ...] = ()
    microphones: tuple[Device, ...] = ()
    camera: str = ""
    microphone: str = ""
    source: Literal["camera", "screen"] = msgspec.field(default="camera", name="from")
    size: str = "720"
    kbps: int = 2500


class Figures(msgspec.Struct, frozen=True):
    """What is sent, measured every second; unknown values are None."""

    kbps: float = 0
    fps: float | None = None
    width: int | None = None
    height: int | None = None
    loss: float | None = None  # 0 to 1
    roundTrip: float | None = None  # noqa: N815 (WebRTC's own name), seconds
    limited: str | None = None


class Publisher(ui.element, component="publisher.js"):
    """Publishes a camera or a screen of this browser to a stream."""

    def __init__(
        self,
        stream: Stream,
        *,
        takes_over: bool,
        secure_url: str | None,
        on_devices: Callable[[Devices], None],
        on_figures: Callable[[Figures], None],
        on_state: Callable[[State], Awaitable[None]],
    ) -> None:
        super().__init__()
        with self._props.suspend_updates():
            self._props["stream"] = {"id": stream.id, "name": stream.name}
            self._props["takesOver"] = takes_over
            self._props["secureUrl"] = secure_url

        def devices(event: GenericEventArguments) -> None:
            if (found := _read(event.args, Devices)) is not None:
                on_devices(found)

        def figures(event: GenericEventArguments) -> None:
            if (found := _read(event.args, Figures)) is not None:
                on_figures(found)

        async def changed(event: GenericEventArguments) -> None:
            state: State | None = _read(event.args, State)  # type: ignore[arg-type]
            if state is not None:
                await on_state(state)

        self.on("devices", devices)
        self.on("figures", figures)
        self.on("state", changed)

    def choose(self, name: str, value: str) -> None:
        """Use another camera, microphone, size or maximum bitrate (kbps)."""
        self.run_method("choose", name, value)


def _read(args: object, kind: type[T]) -> T | None:
    """Return what a browser says; it may say anything: None then."""
    try:
        return msgspec.convert(args, kind, strict=False)
    except msgspec.ValidationError:
        return None
