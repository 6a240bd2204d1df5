"""One video: its player, what is said in it, and the moments that were found."""

from collections.abc import Sequence
from typing import Any, Final, get_args

from fastapi import Request
from fastapi.responses import Response
from nicegui import ui

from domain.core.errors import NotFound
from domain.infra.events import Event
from domain.moments.models import MomentChange
from domain.videos.models import FoundMoment, Stage, Video
from webapp.app.components.mark_deck import Part
from webapp.app.components.menu_button import MenuButton
from webapp.app.components.shortcuts import Shortcuts
from webapp.app.components.video_deck import Turn, VideoDeck
from webapp.app.kit.elements import Button, El, Icon, link
from webapp.app.kit.forms import Dialog, Form, Values
from webapp.app.kit.in_order import in_order
from webapp.app.kit.video_words import MAY_RETRY, length_of, source_of
from webapp.app.pages.videos.doing import VideoDoing
from webapp.app.pages.videos.found import FoundList, part_of
from webapp.app.pages.videos.menus import exports_of, more_of
from webapp.app.pages.videos.part_bar import PartBar
from webapp.app.pages.videos.playing import player_of
from webapp.app.pages.videos.speech import Speech
from webapp.app.pages.videos.stages import Stages
from webapp.app.pages.videos.state import progressed, start_of
from webapp.app.shell import SignedInPage
from webapp.pages.context import Pages, Visit
from webapp.pages.error_page import trouble

_TABS: Final = {"transcript": "Transcript", "moments": "Moments", "stages": "Stages"}


class VideoPage(SignedInPage):
    """One open video."""

    current = "videos"
    sheets = ("player", "library", "mark", "videos")
    hears = ("video", "moment")

    def __init__(self, pages: Pages, visit: Visit, request: Request, video_id: str) -> None:
        super().__init__(pages, visit, request)
        self.video_id = video_id
        self.may_edit = bool(self.me["may_capture"])
        self.deck: VideoDeck | None = None
        self.turns: Sequence[Turn] = ()
        self.loudness = b""
        self.is_gone = False

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
        self._root = El("div", "m-page m-video")
        await self._lay_out()
        keys = Shortcuts()
        keys.call("n", "Next moment", self._next)
        if self.may_edit:
            keys.call("k", "Keep the moment", self._keep)
            keys.call("e", "Rename the video", self.rename)

    # What is drawn

    async def _lay_out(self) -> None:
        self.is_gone = False
        self.deck = None
        self._drawn: str | None = None  # what the player shows
        self._root.clear()
        with self._root:
            self._draw_head()
            with El("div", "m-videoleft"):
                self._player = El("div")
                self.found = FoundList(self, self.video_id, self._on_pick, self._on_found)
                self.bar = PartBar(self.found, self._on_found)
                self.bar.move(target_index=1)
                self.found.move(target_index=2)
            self._draw_tabs()
            self.speech = Speech(self, self.video_id, self._on_turns, self._play, self.catch_up)
        await self._show(self.video)
        await self.act(self._read)

    def _draw_head(self) -> None:
        with El("div", "m-row m-videohead"):
            with El("div", "m-grow"):
                with El("p", "m-sm m-3 m-row m-t"):
                    link("Videos", "/videos", "m-link m-row m-t", "back")
                self._title = El("h1", "m-cut")
                self._about = El("p", "m-sm m-2")
            self.stages = Stages()
            with El("div", "m-row m-t m-macts"):
                self._retry = Button(
                    "Retry", lambda: self._do("retry"), kind="solid", glyph="again"
                )
                self._export = MenuButton("Export", "captions", self._do)
                self._more = MenuButton("More", "more", self._do)

    def _draw_tabs(self) -> None:
        tabs = ui.toggle(_TABS, value="transcript")
        tabs.on_value_change(lambda event: self._turn_to(str(event.value)))
        tabs.props("unelevated no-caps spread :ripple=false")
        tabs.props("toggle-color=mseg toggle-text-color=mseg").classes("m-qseg m-videotabs")
        tabs.props["aria-label"] = "What to show"
        self._turn_to("transcript")

    def _turn_to(self, tab: str) -> None:
        """Show one part on a phone; wider windows show all."""
        others = " ".join(f"m-tab-{each}" for each in _TABS if each != tab)
        self._root.classes(add=f"m-tab-{tab}", remove=others)

    async def _show(self, video: Video) -> None:
        """Draw what has changed of the video itself."""
        self.video = video
        self._title.text = video.title
        height = f"{video.height}p" if video.height else ""
        self._about.text = " · ".join(filter(None, (length_of(video), height, source_of(video))))
        self.stages.show(video)
        self._retry.set_visibility(self.may_edit and video.status in MAY_RETRY)
        self.speech.count = video.speaker_count
        self._offer()
        self._draw_player()

    def _offer(self) -> None:
        self._export.offer(exports_of(self.video, self.visit.organization_id))
        self._more.set_visibility(self.may_edit)
        self._more.offer(more_of(self.video))

    def _draw_player(self) -> None:
        video = self.video
        key = (
            ""
            if video.media_url is None
            else f"{video.media_url.partition('?')[0]} {video.duration_ms}"
        )
        if key == self._drawn:
            return
        self._drawn = key
        self._player.clear()
        self.deck = None
        with self._player:
            if video.media_url is None or video.duration_ms is None:
                with El("div", "m-noplayer", role="status"):
                    Icon("clock", "l")
                    El("p", text="The video plays here once its file has been read.")
            else:
                self.deck = VideoDeck(
                    self._playable(video),
                    video.duration_ms,
                    on_range=self._on_range,
                    on_draft=self.found.add,
                    on_pick=self.found.pick,
                )
                self.deck.show_turns(self.turns)
                self.deck.show_loudness(self.loudness)
                if video.height is None:
                    self.deck.classes("m-soundonly")

    def _playable(self, video: Video) -> dict[str, Any]:
        start_s = start_of(self.request.query_params.get("t"))
        return player_of(self, video) | {"startS": start_s}

    async def _read(self) -> None:
        """Read what is said and what was found."""
        levels = await self.services.video_loudness.levels(self.caller, self.video_id)
        self.loudness = levels or b""
        if self.deck is not None:
            self.deck.show_loudness(self.loudness)
        await self.speech.read()
        await self._on_found()

    # What is chosen

    def _on_turns(self, turns: Sequence[Turn]) -> None:
        self.turns = turns
        if self.deck is not None:
            self.deck.show_turns(turns)

    def _play(self, start_ms: int) -> None:
        if self.deck is not None:
            self.deck.play(start_ms)

    async def _on_found(self) -> None:
        await self.found.read()
        self._show_found()

    def _show_found(self) -> None:
        if self.deck is not None:
            self.deck.show_found(self.found.brackets, self.found.picked)
        self.bar.draw()

    async def _on_pick(self, found: FoundMoment) -> None:
        if self.deck is not None:
            self.deck.choose(part_of(found))
        self._play(found.start_ms)
        self._show_found()

    async def _next(self) -> None:
        await self.found.next()

    async def _keep(self) -> None:
        await self.found.keep()

    async def _on_range(self, part: Part) -> None:
        self.bar.choose(part)
        self.speech.show_part(part)

    # What is done

    async def _do(self, what: str) -> None:
        if what == "rename":
            self.rename()
        elif what in get_args(Stage):
            stage: Any = what
            await self.act(lambda: self._start(stage), once="start")
        else:
            await self.doing.do(what, self.video)

    async def _start(self, stage: Stage) -> None:
        await self._show(await self.services.videos.start(self.caller, self.video_id, stage))

    def rename(self) -> None:
        """Ask for another title."""
        dialog = Dialog(self.client, "Rename the video")

        async def send(values: Values) -> None:
            change = MomentChange(title=str(values["title"]))
            await self.services.moments.update(self.caller, self.video.moment_id, change)
            dialog.close()
            await self.catch_up()

        with dialog.body:
            form = Form(self.act, send, action="Save", cancel=dialog.close)
            with form.body:
                form.add_text("title", "Title", self.video.title, maxlength=200)

    # What happens

    async def hear(self, event: Event) -> None:
        """Show progress, and what has changed."""
        subject = event.payload.get("id")
        if subject not in {self.video.id, self.video.moment_id, *self.found.moments}:
            return
        video = progressed(self.video, event)
        if video is not None:
            self.video = video
            self.stages.show(video)
        else:
            await self.act(self.catch_up)

    @in_order
    async def catch_up(self) -> None:
        """Read the video anew."""
        try:
            self.video = await self.services.videos.get(self.caller, self.video_id)
        except NotFound:
            await self._gone(self.video_id)
            return
        if self.is_gone:
            await self._lay_out()
        else:
            await self._show(self.video)
            await self._read()

    async def _gone(self, _video_id: str) -> None:
        if self.is_gone:
            return
        self.is_gone = True
        self.deck = None
        self._root.clear()
        with self._root, El("div", "m-empty"):
            Icon("trash", "l")
            El("h1", text="This video was deleted")
            link("Open the videos", "/videos", "m-btn m-solid")

    async def _back(self, _video_id: str) -> None:
        await self.catch_up()
