"""The list of videos: add one, and follow what is made of each."""

from collections.abc import Sequence
from typing import Final, get_args

from nicegui import ui

from domain.core.errors import NotFound
from domain.infra.events import Event
from domain.moments.models import MomentFilter
from domain.videos.models import Progress, Video, VideoCounts
from webapp.app.components.list_row import RowItem, RowList
from webapp.app.components.sentinel import Sentinel
from webapp.app.components.shortcuts import Shortcuts
from webapp.app.kit.elements import El
from webapp.app.kit.in_order import in_order
from webapp.app.pages.videos.adding import AddVideo
from webapp.app.pages.videos.allowed import draw_allowed
from webapp.app.pages.videos.doing import VideoDoing
from webapp.app.pages.videos.state import progressed, row_of, who
from webapp.app.shell import SignedInPage
from webapp.pages.theme import render

_PAGE: Final = 30
_NONE: Final = {"working": "Nothing is being processed.", "failed": "Nothing has failed."}


class VideosPage(SignedInPage):
    """One open list."""

    title = "Videos"
    current = "videos"
    sheets = ("library", "videos")
    hears = ("video", "moment")

    async def build(self) -> None:
        """Draw the form and the first page of videos."""
        self.videos: dict[str, Video] = {}
        self._people: dict[str, str] = {}  # who added which video
        self._size = _PAGE
        self._total = 0
        self._progress: Progress | None = None
        self.may_edit = bool(self.me["may_capture"])
        with El("div", "m-page m-videos"):
            with El("div", "m-row m-head m-folds"):
                El("h1", text="Videos")
                self._about = El("span", "m-3", role="status")
                El("span", "m-grow")
                self._seg = ui.toggle({"": "All"}, value="", on_change=self._narrow)
                self._seg.props("unelevated no-caps :ripple=false")
                self._seg.props("toggle-color=mseg toggle-text-color=mseg").classes("m-qseg")
                self._seg.props["aria-label"] = "Which videos"
            with El("div", "m-videogrid"):
                with El("section", aria_label="Videos"):
                    self.adding = AddVideo(self, self._on_added) if self.may_edit else None
                    self._empty = El("div")
                    self.rows = RowList(self._act, none="No videos.")
                    self._sentinel = Sentinel(self._more)
                with El("aside", aria_label="What may be fetched"):
                    draw_allowed(self.services.settings, is_admin=bool(self.me["is_admin"]))
        self.doing = VideoDoing(
            self, on_change=self._changed, on_gone=self._gone, on_back=self._back
        )
        if self.adding:
            keys = Shortcuts()
            keys.call("n", "Add a video", self.adding.focus)
        await self.reload()

    # What is shown

    @in_order
    async def reload(self) -> None:
        """Read the list anew."""
        videos = self.services.videos
        page = await videos.list(self.caller, limit=self._size, progress=self._progress)
        self.videos = {each.id: each for each in page.items}
        self._total = page.total
        await self._learn_people([each for each in page.items if each.id not in self._people])
        self._count(await videos.counts(self.caller))
        self._draw()
        self._sentinel.again()

    async def _learn_people(self, videos: Sequence[Video]) -> None:
        """Read who added them: their moments know."""
        if not videos:
            return
        wanted = MomentFilter(ids=[each.moment_id for each in videos], limit=len(videos))
        found = await self.services.moments.list(self.caller, wanted)
        people = {each.id: who(each.created_by, self.caller) for each in found.items}
        self._people |= {each.id: people.get(each.moment_id, "") for each in videos}

    def _count(self, counts: VideoCounts) -> None:
        hours, minutes = divmod(round(counts.duration_ms / 60_000), 60)
        length = f"{hours} h {minutes} min" if hours else f"{minutes} min" if minutes else ""
        self._about.text = ", ".join(filter(None, (str(counts.total or ""), length)))
        names = {"": "All", "working": f"Working {counts.working}", "failed": "Failed"}
        names["failed"] += f" {counts.failed}"
        if self._seg.options != names:
            self._seg.set_options(names, value=self._progress or "")

    def _draw(self) -> None:
        sending = self.adding.sending if self.adding else set()
        items = [self._row(each) for each in self.videos.values() if each.id not in sending]
        self.rows.show(items)
        self.rows.set_visibility(bool(items) or self._progress is not None)
        is_empty = not self.videos and self._progress is None
        if is_empty == bool(self._empty.default_slot.children):
            return
        self._empty.clear()
        if is_empty:
            with self._empty, El("div", "m-empty"):
                self._say_empty()

    def _say_empty(self) -> None:
        El("span", "m-glyph", innerHTML=render("empty-art.html", found=True))
        El("h2", text="No videos yet")
        El(
            "p",
            text="Add a talk, a recording or a call: Moments transcribes it and finds the parts"
            " that matter.",
        )

    def _row(self, video: Video) -> RowItem:
        return row_of(video, self._people.get(video.id, ""), may_edit=self.may_edit)

    async def _narrow(self) -> None:
        value = self._seg.value
        progress: Progress | None = value if value in get_args(Progress) else None
        if progress != self._progress:
            self._progress, self._size = progress, _PAGE
            self.rows.none = _NONE.get(progress or "", "No videos.")
            await self.act(self.reload)

    async def _more(self) -> None:
        if self._total > self._size:
            self._size += _PAGE
            await self.act(self.reload, once="more")

    # What is done

    async def _on_added(self) -> None:
        await self.act(self.reload)

    async def _act(self, video_id: str, what: str, _value: str) -> None:
        if (video := self.videos.get(video_id)) is not None:
            await self.doing.do(what, video)

    async def _changed(self, video: Video) -> None:
        self.videos[video.id] = video
        self._draw()

    async def _gone(self, video_id: str) -> None:
        self.videos.pop(video_id, None)
        self._draw()

    async def _back(self, _video_id: str) -> None:
        await self.reload()

    # What happens

    async def hear(self, event: Event) -> None:
        """Show progress, and what is new, changed or gone."""
        subject = str(event.payload.get("id", ""))
        known = self.videos.get(subject)
        if known is not None and (video := progressed(known, event)) is not None:
            self.videos[subject] = video
            self._draw()
        elif known is not None and event.kind == "video.progress":
            await self.act(lambda: self._renew(subject))
        elif self._concerns(event, subject):
            await self.act(self.reload)

    def _concerns(self, event: Event, subject: str) -> bool:
        """Return whether an event changes the list; most moments are of no video."""
        if event.kind == "video.progress":
            return False  # of a video that is not shown
        if event.kind.startswith("video.") or event.kind == "moment.restored":
            return True
        return subject in {each.moment_id for each in self.videos.values()}

    async def _renew(self, video_id: str) -> None:
        try:
            await self._changed(await self.services.videos.get(self.caller, video_id))
        except NotFound:
            await self._gone(video_id)

    async def catch_up(self) -> None:
        """Read anew what was missed."""
        await self.reload()
