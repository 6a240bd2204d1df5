"""What follows the creation of a stream: whether it is on air, with its first frame."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from nicegui import ui

from domain.core.errors import MomentsError, Unauthenticated
from domain.live.models import Stream
from webapp.app.kit.elements import Button, El, Icon, link
from webapp.app.kit.forms import Dialog
from webapp.app.shell import SignedInPage

_EVERY_S: Final = 0.7
_PATIENCE_S: Final = 15
_PATIENCE_AFTER_ERROR_S: Final = 6


class TryOut:
    """Takes a dialog's content over until the stream is on air or has failed."""

    def __init__(
        self,
        page: SignedInPage,
        dialog: Dialog,
        stream: Stream,
        on_change: Callable[[], Awaitable[Any]],
        on_change_url: Callable[[], None],
    ) -> None:
        self._page, self._dialog, self._stream = page, dialog, stream
        self._on_change, self._on_change_url = on_change, on_change_url
        self._began = page.services.clock.now()
        dialog.body.clear()
        with dialog.body:
            self._state = El("div", "m-state m-tryout", role="status")
            self._timer = ui.timer(_EVERY_S, self.look, immediate=False)
        self._draw_waiting(stream)

    async def look(self) -> None:
        """See how far the stream is."""
        page = self._page
        try:
            now = await page.services.streams.get(page.caller, self._stream.id)
        except Unauthenticated:
            raise
        except MomentsError:
            return
        if self._state.is_deleted:
            return
        waited_s = (page.services.clock.now() - self._began).total_seconds()
        patience_s = _PATIENCE_AFTER_ERROR_S if now.status == "error" else _PATIENCE_S
        if now.status == "live" and now.window:
            self._draw_on_air(now)
            await self._on_change()
        elif waited_s > patience_s:
            self._draw_failure(now)
        else:
            self._draw_waiting(now)

    def _draw_waiting(self, now: Stream) -> None:
        self._state.clear()
        with self._state:
            El("span", "m-ring m-l m-spin")
            El("div", "m-b", "Opening the source")
            El("p", text=now.error or "The first frame takes a few seconds.")

    def _draw_on_air(self, now: Stream) -> None:
        self._timer.cancel()
        self._state.clear()
        video = now.video
        shape = f"{video.width} × {video.height}, {round(video.fps)} fps" if video else "Audio only"  # noqa: RUF001
        with self._state:
            with El("span", "m-pic"):
                El("img", src=now.poster_url, alt="")
            El("div", "m-b m-lg", f"{now.name} is on air")
            El("p", text=shape)
            with El("div", "m-dfoot"):
                Button("Done", self._dialog.close)
                link("Watch", f"/watch/{now.slug}", "m-btn m-solid")

    def _draw_failure(self, now: Stream) -> None:
        self._timer.cancel()
        self._state.clear()
        with self._state:
            with El("span", "m-bad"):
                Icon("warn", "l")
            El("div", "m-b m-lg", "No video yet")
            El("p", text=now.error or "The source does not answer. Moments keeps trying.")
            with El("div", "m-dfoot"):
                Button("Remove", self._remove, kind="danger")
                if now.source.kind == "pull":
                    Button("Change the URL", self._on_change_url)
                Button("Keep trying", self._dialog.close, kind="solid")

    async def _remove(self) -> None:
        page = self._page

        async def do() -> None:
            await page.services.streams.delete(page.caller, self._stream.id)
            self._dialog.close()
            await self._on_change()

        await page.act(do, once=f"delete {self._stream.id}")
