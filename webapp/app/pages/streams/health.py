"""How a stream runs: its state in words, and charts of the last minutes."""

from typing import Final
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import Response
from nicegui import ui

from domain.core.errors import Forbidden, MomentsError, NotFound, Unauthenticated, Unavailable
from domain.live.models import Stream
from webapp.app.components.health_plots import HealthPlots
from webapp.app.components.local_time import LocalTime
from webapp.app.kit.elements import El, link, plural
from webapp.app.kit.in_order import in_order
from webapp.app.pages.streams.state import badge_of, may_run, state_words
from webapp.app.shell import SignedInPage
from webapp.pages.context import Pages, Visit
from webapp.pages.error_page import trouble

_EVERY_S: Final = 2.0


class HealthPage(SignedInPage):
    """One stream's health, for its creator and admins."""

    current = "live"
    sheets = ("stream",)

    def __init__(self, pages: Pages, visit: Visit, request: Request) -> None:
        super().__init__(pages, visit, request)
        self.slug = str(request.path_params["slug"])
        self._shown: Stream | None = None

    async def load(self) -> Response | None:
        """Read the stream, or say why the caller cannot see its health."""
        try:
            self.stream = await self.services.streams.get(self.caller, self.slug)
        except NotFound as error:
            return trouble(
                404,
                "There is no such stream",
                error.message,
                action="All streams",
                href="/live",
                me=self.me,
            )
        except Unavailable as error:
            return trouble(503, "The stream cannot be opened right now", error.message, me=self.me)
        if not may_run(self.me, self.stream):
            return trouble(
                403,
                "You cannot see this page",
                "Only the creator of the stream and admins can see its health.",
                action="Watch",
                href=f"/watch/{quote(self.stream.slug)}",
                me=self.me,
            )
        self.title = f"{self.stream.name}, health"
        return None

    async def build(self) -> None:
        """Draw the head and the charts; figures follow once the page is open."""
        with El("div", "m-page m-streampage"):
            self._draw_head()
            self._said = El("p", "m-streamsaid", role="status")
            self.plots = HealthPlots(self.stream.buffer_s, self._seen)
        self._say(self.stream)
        self.timer = ui.timer(_EVERY_S, self.look, immediate=False)
        self.client.on_connect(self._begin)

    def _draw_head(self) -> None:
        slug = quote(self.stream.slug, safe="")
        with El("header", "m-streamhead"):
            El("h1", "m-cut", self.stream.name)
            self._badge = El("span", "m-badge")
            El("span", "m-grow")
            if self.stream.publishing is not None:
                link("Go live", f"/go-live/{slug}", "m-btn", "camera")
            link("Watch", f"/watch/{slug}", "m-btn m-solid", "eye")

    async def _begin(self) -> None:
        self.plots.restart()
        await self.look()

    async def _seen(self, is_seen: bool) -> None:  # noqa: FBT001 (what the component says)
        self.timer.active = is_seen
        if is_seen:
            await self.look()

    async def look(self) -> None:
        """Show the stream as it is now."""
        try:
            await self._look()
        except Unauthenticated:
            self._failed(Unauthenticated())
        except (NotFound, Forbidden) as error:
            self.timer.deactivate()
            self._said.clear()
            self._said.text = error.message
        except MomentsError:
            pass  # the next look may succeed; the charts show the gap

    @in_order
    async def _look(self) -> None:
        services = self.services
        self._say(await services.streams.get(self.caller, self.stream.id))
        try:
            figures = await services.streams.history(self.caller, self.stream.id)
        except Unavailable:  # no node runs it now
            return
        is_measured = any(each.loss_percent > 0 or each.rtt_ms > 0 for each in figures)
        self.plots.add(figures, has_loss=is_measured or self.stream.source.kind == "push")

    def _say(self, now: Stream) -> None:
        if now == self._shown:
            return
        self._shown = now
        look, word = badge_of(now)
        self._badge.classes(replace=f"m-badge m-{look}")
        self._badge.text = word
        self._said.clear()
        with self._said:
            for number, part in enumerate((*state_words(now), *_measures(now))):
                separator = " · " if number else ""
                if isinstance(part, str):
                    El("span", text=separator + part)
                else:
                    El("span", text=separator + part.before)
                    LocalTime(part.instant)


def _measures(now: Stream) -> list[str]:
    """Return what a stream on air consists of, and what it has lost."""
    if now.status != "live":
        return []
    video, audio = now.video, now.audio
    shape = [f"{video.width} × {video.height}, {video.codec.upper()}"] if video else []  # noqa: RUF001
    rate = f"{audio.codec.upper()}, {audio.sample_rate / 1000:g} kHz" if audio else "no audio"
    health = now.health
    counts = {
        "break": health.discontinuities if health else 0,
        "new connection": health.reconnects if health else 0,
        "dropped packet": health.dropped_packets if health else 0,
        "damaged packet": health.corrupt_packets if health else 0,
    }
    lost = ", ".join(plural(count, word) for word, count in counts.items() if count)
    return [*shape, rate, f"Since it started: {lost}" if lost else "no losses"]
