"""The Watch page: one stream, live and rewound, and what was captured from it."""

from typing import Final

from fastapi import Request
from fastapi.responses import Response

from domain.captures.models import Clip, GalleryFilter, NewClip, NewSnapshot, Snapshot
from domain.core.errors import BadInput, LeftTheBuffer, NotFound
from domain.infra.events import Event
from domain.live.models import Watch
from webapp.app.components.copy_button import CopyButton
from webapp.app.components.live_player import LivePlayer, Press, Report
from webapp.app.components.seen_frame import SeenFrame
from webapp.app.components.stream_state import StreamState
from webapp.app.kit.elements import Button, El, Icon, link
from webapp.app.kit.forms import Dialog, text_field
from webapp.app.pages.live.capture_row import picture_of
from webapp.app.pages.live.captured import Captured
from webapp.app.pages.live.health import HealthPanel
from webapp.app.pages.live.latest import MOST, LatestCaptures
from webapp.app.pages.streams.state import may_run
from webapp.app.shell import SignedInPage
from webapp.pages.context import Pages, Visit
from webapp.pages.error_page import trouble
from webapp.pages.theme import render
from webapp.stage import Opening

_OPEN: Final = frozenset({"public", "unlisted"})


class WatchPage(SignedInPage):
    """One open player."""

    current = "live"
    sheets = ("player",)
    hears = ("stream", "clip", "snapshot")

    def __init__(self, pages: Pages, visit: Visit, request: Request, slug: str) -> None:
        super().__init__(pages, visit, request)
        self.slug = slug
        self.may_capture = bool(self.me["may_capture"])

    async def load(self) -> Response | None:
        """Read the stream and the access to it."""
        try:
            stream = await self.services.streams.get(self.caller, self.slug)
            self.watch: Watch = await self.services.streams.watch(self.caller, stream.id)
        except NotFound as error:
            return trouble(404, "There is no such stream", error.message, action="All streams")
        self.stream = self.watch.stream
        self.title = f"{stream.name}, live"
        self.opening = Opening.of(self.stream, may_capture=self.may_capture)
        return None

    def boot(self) -> str:
        """Return the page before Vue draws it: the newest frame, at its place."""
        return render("watch-boot.html", opening=self.opening, name=self.stream.name)

    async def build(self) -> None:
        """Draw the player and what is beside it."""
        self.captured = Captured(self)
        El("h1", "m-vh", f"{self.stream.name}, live")
        self._root = El("div", "m-watchpage")
        with self._root:
            self._draw_phone_head()
            deep = " m-deep" if self.opening.is_deep else ""
            with El("div", f"m-watch{deep}"):
                self.player = LivePlayer(
                    self.watch,
                    poster=self.opening.poster,
                    may_capture=self.may_capture,
                    on_capture=self.capture,
                    on_report=self.report,
                    on_share=self.share if self._page_url else None,
                )
                with El("aside", "m-rail"):
                    self.health = HealthPanel(self.stream, self._charts)
                    self.latest = LatestCaptures(
                        "Latest",
                        "Nothing yet. What you capture from this stream appears here.",
                        f"/library?stream={self.stream.id}",
                    )
        await self._read_latest()

    def _draw_phone_head(self) -> None:
        stream = self.stream
        with El("header", "m-phead m-phone"):
            with El("a", "m-btn m-quiet m-icon", href="/live", aria_label="Back to all streams"):
                Icon("back")
            with El("div", "m-grow"):
                El("div", "m-b m-cut m-pname", stream.name)
                with El("a" if self._charts else "div", "m-xs m-3", href=self._charts):
                    self._phone_state = StreamState(stream.state, stream.reason, None)
            if self._page_url:
                share = Button("", self.share, kind="quiet", glyph="share", label="Share stream")
                share.classes("m-icon")

    @property
    def _charts(self) -> str | None:
        return f"/streams/{self.stream.slug}" if may_run(self.me, self.stream) else None

    @property
    def _page_url(self) -> str | None:
        """The stream's public page, if it has one."""
        if self.stream.visibility not in _OPEN:
            return None
        return f"{self.services.settings.origin}/live/{self.stream.slug}"

    # What the player tells

    def report(self, report: Report) -> None:
        """Show how the stream is."""
        self.health.show(report)
        if report.missed > 1:
            self._phone_state.show_silence("No answer")
        elif not report.missed:
            behind = f"{report.behind_s} s behind live" if report.behind_s else ""
            self._phone_state.show(report.state, report.reason, report.since_us, note=behind)

    async def capture(self, press: Press) -> None:
        """Make the capture of a press, and finish the message that the press began."""
        made: Snapshot | Clip | None = None

        async def do() -> None:
            nonlocal made
            now = self.services.clock.now
            began = now()
            try:
                made = await self._make(press)
            except LeftTheBuffer as error:
                self._say_left(error)
                return
            self.latest.put(made, press.number)
            source = picture_of(made)
            took_s = (now() - began).total_seconds()
            self.captured.say(made, took_s, lambda: SeenFrame(press.number, source))

        await self.act(do)
        self.player.answer(press.number, None if made is None else _told(made))

    async def _make(self, press: Press) -> Snapshot | Clip:
        if not self.may_capture:
            raise BadInput("Viewers cannot capture. Ask an admin for the role of a member.")
        stream = self.stream.id
        if press.kind == "snapshot":
            wanted = NewSnapshot(stream=stream, timestamp=press.start)
            return await self.services.snapshots.create(self.caller, wanted)
        clip = NewClip(stream=stream, start_ts=press.start, duration_ms=press.duration_ms)
        return await self.services.clips.create(self.caller, clip)

    def _say_left(self, error: LeftTheBuffer) -> None:
        def draw() -> None:
            Button("Clip the oldest 10 s", self._clip_oldest, kind="solid", glyph="clip")

        self.toaster.say("That part has left the buffer", error.message, tone="bad", more=draw)

    def _clip_oldest(self) -> None:
        self.toaster.close()
        self.player.clip_oldest()

    # Sharing the stream

    def share(self) -> None:
        """Show the link to the stream's public page, and how to embed it."""
        url = self._page_url
        if url is None:
            return
        dialog = Dialog(self.client, f"Share {self.stream.name}")
        is_public = self.stream.visibility == "public"
        about = (
            "Anyone can watch this stream."
            if is_public
            else "Anyone with this link can watch; it is not listed anywhere."
        )
        embed = (
            f'<iframe src="{url}/embed" width="640" height="360" allow="autoplay; fullscreen" '
            'style="border:0"></iframe>'
        )
        with dialog.body:
            El("p", "m-2", about)
            for label, value in (("Link", url), ("Embed code", embed)):
                with El("div", "m-row m-sharerow"):
                    text_field(label, value, readonly=True)
                    CopyButton(value, "Copy").classes("m-solid" if label == "Link" else "")

    # Events

    async def _read_latest(self) -> None:
        wanted = GalleryFilter(streams=[self.stream.id], limit=MOST)
        page = await self.services.gallery.list(self.caller, wanted)
        self.latest.fill(page.items)

    async def catch_up(self) -> None:
        """Read anew what was missed."""
        if await self._read_stream():
            await self._read_latest()

    async def hear(self, event: Event) -> None:
        """Show what became of the stream, and of captures from it."""
        what, _, how = event.kind.partition(".")
        subject_id = str(event.payload.get("id", ""))
        if what == "stream":
            if subject_id == self.stream.id:
                await self._read_stream()
        elif how == "deleted":
            self.latest.drop(subject_id)
        elif subject_id in self.latest or how in {"created", "restored"}:
            await self._show_capture(what, subject_id)

    async def _show_capture(self, what: str, capture_id: str) -> None:
        service = self.services.clips if what == "clip" else self.services.snapshots
        try:
            item = await service.get(self.caller, capture_id)
        except NotFound:
            self.latest.drop(capture_id)
            return
        if item.stream is None or item.stream.id != self.stream.id:
            return
        self.latest.put(item)
        if not isinstance(item, Clip) or item.status in {"ready", "failed"}:
            self.captured.finished(item)

    async def _read_stream(self) -> bool:
        """Read the stream anew; return whether it is still there for the viewer."""
        try:
            self.stream = await self.services.streams.get(self.caller, self.stream.id)
        except NotFound:
            self._draw_gone()
            return False
        return True

    def _draw_gone(self) -> None:
        self._root.clear()
        with self._root, El("div", "m-empty"):
            Icon("offair", "l")
            El("h2", text="This stream was deleted")
            El("p", text="What was captured from it is still in the library.")
            link("All streams", "/live", "m-btn m-solid m-big")


def _told(made: Snapshot | Clip) -> dict[str, object]:
    """Return what the player's own listeners hear of a capture."""
    told: dict[str, object] = {"id": made.id, "kind": made.kind, "url": made.url}
    return told | {"duration_ms": made.duration_ms} if isinstance(made, Clip) else told
