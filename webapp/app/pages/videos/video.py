"""One video: its player, what is said in it, and the moments that were found."""

from fastapi import Request
from fastapi.responses import Response

from domain.core.errors import NotFound
from domain.infra.events import Event
from domain.videos.models import Video
from webapp.app.kit.elements import Button, El, Icon, link
from webapp.app.kit.in_order import in_order
from webapp.app.pages.videos.doing import VideoDoing
from webapp.app.pages.videos.stages import Stages
from webapp.app.pages.videos.state import MAY_RETRY, length_of, progressed, source_of
from webapp.app.shell import SignedInPage
from webapp.pages.context import Pages, Visit
from webapp.pages.error_page import trouble


class VideoPage(SignedInPage):
    """One open video."""

    current = "videos"
    sheets = ("player", "library", "mark", "videos")
    hears = ("video", "moment")

    def __init__(self, pages: Pages, visit: Visit, request: Request, video_id: str) -> None:
        super().__init__(pages, visit, request)
        self.video_id = video_id
        self.may_edit = bool(self.me["may_capture"])

    async def load(self) -> Response | None:
        """Find the video."""
        try:
            self.video = await self.services.videos.get(self.caller, self.video_id)
        except NotFound:
            return trouble(
                404,
                "Video not found",
                "It was deleted, or you cannot see it.",
                action="Open the videos",
                href="/videos",
                me=self.me,
            )
        self.title = self.video.title
        return None

    async def build(self) -> None:
        """Draw the head, the player and what is known."""
        self.doing = VideoDoing(self, on_change=self._show, on_gone=self._gone, on_back=self._back)
        with El("div", "m-page m-video") as self._root:
            self._lay_out()
        await self._show(self.video)

    def _lay_out(self) -> None:
        with El("div", "m-row m-mhead"):
            with El("div", "m-grow"):
                with El("p", "m-sm m-3 m-row m-t"):
                    link("Videos", "/videos", "m-link m-row m-t", "back")
                self._title = El("h1")
                self._about = El("p", "m-sm m-2")
            self.stages = Stages()
            self._acts = El("div", "m-row m-macts")
        self._player = El("div")
        self._playing: str | None = None

    async def _show(self, video: Video) -> None:
        """Draw what has changed."""
        self.video = video
        self._title.text = video.title
        height = f"{video.height}p" if video.height else ""
        self._about.text = " · ".join(filter(None, (length_of(video), height, source_of(video))))
        self.stages.show(video)
        self._draw_acts()
        self._draw_player()

    def _draw_acts(self) -> None:
        self._acts.clear()
        if not self.may_edit:
            return
        with self._acts:
            Button("Delete", lambda: self._do("delete"), kind="danger", glyph="trash")
            if self.video.status in MAY_RETRY:
                Button("Retry", lambda: self._do("retry"), kind="solid", glyph="again")
            elif self.video.status != "completed":
                Button("Stop", lambda: self._do("cancel"), glyph="close")

    async def _do(self, what: str) -> None:
        await self.doing.do(what, self.video)

    def _draw_player(self) -> None:
        url = self.video.media_url
        key = (url or "").partition("?")[0]
        if key == self._playing:
            return
        self._playing = key
        self._player.clear()
        with self._player:
            if url:
                El(
                    "video",
                    "m-mpic",
                    src=url,
                    poster=self.video.poster_url,
                    controls=True,
                    preload="metadata",
                    aria_label=self.video.title,
                )
            else:
                with El("div", "m-mwait m-state"):
                    Icon("clock", "l")
                    El("p", text="The video plays here once its file is there.")

    # What happens

    async def hear(self, event: Event) -> None:
        """Show progress, and what has changed."""
        subject = event.payload.get("id")
        if subject not in {self.video.id, self.video.moment_id}:
            return
        video = progressed(self.video, event)
        if video is not None:
            self.video = video
            self.stages.show(video)
        else:
            await self.catch_up()

    @in_order
    async def catch_up(self) -> None:
        """Read the video anew."""
        try:
            video = await self.services.videos.get(self.caller, self.video_id)
        except NotFound:
            await self._gone(self.video_id)
            return
        if self._is_gone:
            self._root.clear()
            with self._root:
                self._lay_out()
        await self._show(video)

    @property
    def _is_gone(self) -> bool:
        return self._title.is_deleted

    async def _gone(self, _video_id: str) -> None:
        self._root.clear()
        with self._root, El("div", "m-empty"):
            Icon("trash", "l")
            El("h1", text="This video was deleted")
            link("Open the videos", "/videos", "m-btn m-solid")

    async def _back(self, _video_id: str) -> None:
        await self.catch_up()
