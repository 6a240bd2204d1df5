"""What was captured from a stream: the clip with its player, or the snapshot."""

from datetime import datetime

from nicegui import ui

from domain.captures.models import Clip, NewTrim, Snapshot
from webapp.app.components.clip_player import ClipPlayer
from webapp.app.components.local_time import LocalTime
from webapp.app.kit.elements import Button, El, Icon, link
from webapp.app.kit.lengths import length_text
from webapp.app.pages.library.files import draw_picture
from webapp.app.shell import SignedInPage
from webapp.pages.theme import size_text

_STATES = {
    "recording": "Recording",
    "processing": "Processing",
    "failed": "This clip failed",
}


class Captured:
    """A moment's clip or snapshot."""

    def __init__(self, page: SignedInPage, capture: Clip | Snapshot, *, may_edit: bool) -> None:
        self._page = page
        self._capture = capture
        self._may_edit = may_edit
        self.player: ClipPlayer | None = None
        if isinstance(capture, Snapshot):
            self._draw_snapshot(capture)
        elif capture.status == "ready" and capture.url:
            self.player = ClipPlayer(
                capture.url,
                poster=capture.preview_url,
                label=capture.title,
                duration_ms=capture.duration_ms,
                on_trim=self._trim,
            )
        else:
            self._draw_unfinished(capture)

    @staticmethod
    def key(capture: Clip | Snapshot) -> tuple[str, ...]:
        """Return what the picture depends on: the same key is not drawn again."""
        state = (capture.status, capture.error or "") if isinstance(capture, Clip) else ()
        return (capture.id, *state)

    def _draw_snapshot(self, capture: Snapshot) -> None:
        size = {"width": capture.width, "height": capture.height}
        draw_picture(capture.title, capture.url, capture.url, size)

    def _draw_unfinished(self, capture: Clip) -> None:
        is_failed = capture.status == "failed"
        with (
            El("div", "m-stage m-clipstage"),
            El("div", "m-cover"),
            El("div", "m-state", role="status"),
        ):
            if is_failed:
                with El("span", "m-bad"):
                    Icon("warn", "l")
            else:
                El("span", "m-ring m-l m-spin")
            El("div", "m-b m-lg", _STATES[capture.status])
            why = capture.error or "The source stopped."
            El("p", text=why if is_failed else "It appears here when it is ready.")
            if is_failed and self._may_edit:
                Button("Keep what was recorded", self._retry, glyph="again").classes("m-onpicbtn")

    async def _retry(self) -> None:
        clips = self._page.services.clips
        await self._page.act(
            lambda: clips.retry(self._page.caller, self._capture.id), once=self._capture.id
        )

    async def _trim(self, start_ms: int, end_ms: int) -> bool:
        made: list[Clip] = []

        async def do() -> None:
            new = NewTrim(start_ms, end_ms)
            clips = self._page.services.clips
            made.append(await clips.trim(self._page.caller, self._capture.id, new))

        if not await self._page.act(do, once="trim"):
            return False
        href = f"/library/{made[0].moment_id}"

        async def show() -> None:
            ui.navigate.to(href)

        length = length_text(made[0].duration_ms)
        self._page.toaster.say("The new clip is in the library", length, action=("Open", show))
        return True

    def draw_facts(self) -> None:
        """Draw the rows of a list of facts."""
        capture = self._capture
        _draw_source(capture)
        if isinstance(capture, Clip):
            _draw_instant("Starts", capture.start_ts)
            _draw_fact("Length", length_text(capture.duration_ms))
        else:
            _draw_instant("Shows", capture.timestamp)
        if capture.width:
            _draw_fact("Resolution", f"{capture.width} by {capture.height}")
        if capture.size_bytes:
            _draw_fact("Size", size_text(capture.size_bytes))
        if isinstance(capture, Clip) and capture.status == "ready" and capture.error:
            _draw_fact("Note", capture.error)


def _draw_source(capture: Clip | Snapshot) -> None:
    with El("div"):
        El("dt", text="From")
        with El("dd"):
            if capture.stream is None:
                El("span", text="An uploaded image")
            else:
                link(capture.stream.name, f"/watch/{capture.stream.slug}", "m-link")


def _draw_instant(name: str, at: datetime) -> None:
    with El("div"):
        El("dt", text=name)
        with El("dd"):
            LocalTime(at, "exact")


def _draw_fact(name: str, value: str) -> None:
    with El("div"):
        El("dt", text=name)
        El("dd", text=value)
