"""A stream's card: one element, one prop, one event."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from domain.core.time import isoformat
from domain.live.models import Stream

Act = Callable[[str, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class StreamItem:
    """What a card shows. Instants are ISO 8601: the browser knows the viewer's time zone."""

    id: str
    name: str
    href: str
    status: str
    state: str
    reason: str | None
    since: str | None
    viewers: int
    shape: str  # of the video: `720p30`
    held_ms: int  # how far one can rewind
    poster: str
    hls: str
    may_capture: bool
    may_retry: bool

    @classmethod
    def of(cls, stream: Stream, *, may_capture: bool, may_run: bool) -> "StreamItem":
        """Return a stream's card for somebody with these rights."""
        window, video = stream.window, stream.video
        return cls(
            id=stream.id,
            name=stream.name,
            href=f"/watch/{stream.slug}",
            status=stream.status,
            state=stream.state,
            reason=stream.reason,
            since=isoformat(stream.since) if stream.since else None,
            viewers=stream.viewers,
            shape=f"{video.height}p{round(video.fps)}" if video else "audio only",
            held_ms=round((window.end - window.start).total_seconds()) * 1000 if window else 0,
            poster=stream.poster_url,
            hls=stream.hls_url,
            may_capture=may_capture and window is not None,
            may_retry=may_run and stream.source.kind == "pull" and stream.status != "live",
        )


class StreamCard(ui.element, component="stream_card.js"):
    """A card that plays under the pointer; `on_act` gets what was pressed and the stream's id."""

    def __init__(self, item: StreamItem, on_act: Act) -> None:
        super().__init__()
        self.item = item
        self._props["item"] = item

        async def act(event: GenericEventArguments) -> None:
            await on_act(str(event.args), self.item.id)

        self.on("act", act)

    def draw(self, item: StreamItem, *, renew: bool) -> None:
        """Draw it as it is now; URLs that only have a newer access stay, unless to be renewed."""
        if not renew:
            item = replace(item, poster=self.item.poster, hls=self.item.hls)
        if item != self.item:
            self.item = item
            self._props["item"] = item

    def enlarge(self, *, is_big: bool) -> None:
        """Draw it large, or as the others."""
        if bool(self._props.get("big")) is not is_big:
            self._props.set_optional("big", is_big or None)

    def _displayed_contents(self, *, only_visible: bool) -> list[Any]:
        """Return what a simulated user sees of it."""
        return [*super()._displayed_contents(only_visible=only_visible), self.item.name]
