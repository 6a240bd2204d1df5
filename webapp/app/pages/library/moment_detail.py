"""One moment with all that it has: a part of a page, given the moment's id."""

import asyncio
from collections.abc import Sequence

from nicegui import ui

from domain.captures.models import Clip, Snapshot
from domain.commits.models import Build
from domain.core.errors import NotFound
from domain.discover.models import Suggestion
from domain.infra.events import Event
from domain.moments.diffs import MAX_CHARS, files_of
from domain.moments.models import Asset, Moment, MomentChange
from domain.sharing.models import ShareLink
from webapp.app.components.pager import Pager
from webapp.app.kit.elements import Button, El, Icon, link, plural
from webapp.app.kit.in_order import in_order
from webapp.app.pages.library.alike import draw_alike
from webapp.app.pages.library.captured import Captured
from webapp.app.pages.library.change import draw_change, read_build
from webapp.app.pages.library.diffs import draw_diff
from webapp.app.pages.library.editing import ask_for_texts
from webapp.app.pages.library.facts import draw_branch, draw_commit, draw_facts, draw_tags
from webapp.app.pages.library.files import Files
from webapp.app.pages.library.filmed import Filmed
from webapp.app.pages.library.history import Happened, draw_history, read_history
from webapp.app.pages.library.marked import Marked
from webapp.app.pages.library.moment_capture import MomentCapture
from webapp.app.pages.library.sharing import ShareDialog, links_of, summary
from webapp.app.pages.library.state import KINDS
from webapp.app.pages.library.talk import draw_talk, read_talk
from webapp.app.shell import SignedInPage

_KIND_NAMES = {kind: label.removesuffix("s") for kind, label, _ in KINDS}


class MomentDetail:
    """An open moment; `back` is the list that it was opened from."""

    def __init__(self, page: SignedInPage, moment: Moment, *, back: str = "/library") -> None:
        self.page, self.moment, self.back = page, moment, back
        self.services, self.caller = page.services, page.caller
        self.may_edit = bool(page.me["may_capture"])
        self.capture: Clip | Snapshot | None = None
        self.captured: Captured | None = None
        self.files: Files | None = None
        self._history: Sequence[Happened] = ()
        self.adding = MomentCapture(page, into=moment)
        self.marked: Marked | None = None
        self.filmed = Filmed(page)
        self._alike: Sequence[Suggestion] | None = None  # read once
        self._build: Build | None = None
        self._drawn: tuple[object, ...] | None = None  # what the media place shows
        self._offered: tuple[object, ...] | None = None  # what the buttons depend on
        self._root = El("div", "m-moment")
        self._lay_out()

    def _lay_out(self) -> None:
        self._drawn = self._offered = None
        self._root.clear()
        with self._root:
            with El("div", "m-row m-mhead"):
                self._title = El("div", "m-grow")
                self.pager = Pager()
                self._acts = El("div", "m-row m-macts")
            with El("div", "m-mgrid"):
                self._media = El("section", "m-mfiles", aria_label="What was captured")
                self._side = El("div", "m-mside")

    async def draw(self) -> None:
        """Read the rest, and draw what has changed; a playing clip plays on."""
        moment_id = self.moment.id
        found = await self.services.gallery.of_moments(self.caller, [moment_id])
        self.capture = found.get(moment_id)
        self.marked = await self._find_mark()
        assets = await self.services.moment_assets.list(self.caller, moment_id)
        await self.filmed.read(self.moment, assets)
        mine = self.capture.asset_id if self.capture else None
        files = [each for each in assets if each.id != mine]
        capture_id = self.capture.id if self.capture else None
        links = await links_of(self.page, moment_id, capture_id)
        if self._alike is None:
            self._alike = await self.services.discover.similar(self.caller, moment_id)
        self._build = await read_build(self.page, self.moment)
        self._talk = await read_talk(self.page, self.moment)
        self._history = await read_history(self.page, self.moment, capture_id, files, links)
        await self._draw_media(files)
        self._draw_title()
        self._draw_acts()
        self._draw_side(links, has_files=bool(files) or self.capture is None)

    async def _find_mark(self) -> Marked | None:
        if self.moment.kind != "mark":
            return None
        try:
            return Marked(await self.services.marks.get(self.caller, self.moment.id))
        except NotFound:  # made as a mere moment
            return None

    async def _draw_media(self, files: Sequence[Asset]) -> None:
        capture = self.capture
        drawn = (
            Captured.key(capture) if capture else None,
            Marked.key(self.marked.mark) if self.marked else None,
            self.moment.git.diff,
            *((each.id, each.processing_status) for each in files),
        )
        if drawn == self._drawn:
            return
        self._drawn = drawn
        self._media.clear()
        with self._media:
            self.captured = None
            with El("div", "m-mfirst"):
                if capture is not None:
                    self.captured = Captured(self.page, capture, may_edit=self.may_edit)
                if self.marked is not None:
                    await self.marked.draw(self.page)
            if files or not (capture or self.marked or self.moment.git.diff):
                chosen = self.files.chosen if self.files else ""
                self.files = Files(files, self._take_frame if self.may_edit else None, chosen)
                await self.files.draw()
            if text := self.moment.git.diff:
                changes = await asyncio.to_thread(files_of, text[:MAX_CHARS])
                draw_diff(changes, is_whole=len(text) <= MAX_CHARS)
            if files or capture is None:
                self._draw_add()

    async def _take_frame(self, asset_id: str, at_ms: int) -> None:
        async def do() -> None:
            await self.services.frames.ask(self.caller, self.moment.id, asset_id, at_ms)
            self.page.toaster.say("Taking the frame", "It is added to the files in a moment.")

        await self.page.act(do, once=f"frame {asset_id}")

    def _draw_add(self) -> None:
        if self.may_edit:
            Button("Add files", self.adding.open, glyph="plus").classes("m-addfiles")

    def _draw_title(self) -> None:
        self._title.clear()
        with self._title:
            with El("p", "m-sm m-3 m-row m-t m-wraps"):
                link("Library", self.back, "m-link m-row m-t", "back")
                El("span", text=_KIND_NAMES[self.moment.kind])
                draw_branch(self.moment)
            El("h1", text=self.moment.title)

    def _draw_acts(self) -> None:
        is_of_others = self.marked is not None and not self.marked.is_of(self.caller)
        offered = (self.captured, self.capture is None, self.filmed.shown, is_of_others)
        if offered == self._offered:
            return  # a dialog that closes returns the focus to the button it was opened by
        self._offered = offered
        self._acts.clear()
        with self._acts:
            if self.may_edit:
                Button("Delete", self.delete, kind="danger", glyph="trash")
            if self.captured and self.captured.player and self.may_edit:
                Button("Trim", self.captured.player.open_trim, glyph="scissors")
            if self.may_edit:
                with Button("Edit", self.edit, glyph="pencil"):
                    El("kbd", "m-desk", "E", aria_hidden="true")
            self._draw_download()
            self.filmed.draw()
            if self.may_edit and is_of_others:
                link("Save too", f"/mark?id={self.moment.id}", "m-btn", "mark")
            if self.may_edit:
                Button("Share", self.share, kind="solid", glyph="share")

    def _draw_download(self) -> None:
        capture = self.capture
        if capture is None or (isinstance(capture, Clip) and capture.status != "ready"):
            return
        organization = self.page.visit.organization_id
        href = f"/api/{capture.kind}s/{capture.id}/download?organization_id={organization}"
        with El("a", "m-btn", href=href, download=""):
            Icon("download", "s")
            El("span", text="Download")

    def _draw_side(self, links: Sequence[ShareLink], *, has_files: bool) -> None:
        self._side.clear()
        with self._side:
            if self._build is not None:
                draw_change(self._build)
            if self.moment.description not in {"", self.moment.title}:
                El("p", "m-mtext", self.moment.description)
            draw_tags(self.moment)
            draw_facts(self.moment, self.captured)
            draw_commit(self.moment)
            if self.marked is not None:
                self.marked.draw_saved_by()
            with El("p", "m-row m-t m-sm m-3 m-seenby"):
                Icon("people", "s")
                El("span", text=summary(self.moment, links))
            if not has_files:
                self._draw_add()
            draw_history(self._history)
            draw_talk(self.page, self.moment, self._talk)
            draw_alike(self._alike or ())

    # What is done

    def edit(self) -> None:
        """Ask for new texts; one's own mark is edited where it was made."""
        if self.may_edit and self.marked is not None and self.marked.is_of(self.caller):
            ui.navigate.to(f"/mark?id={self.moment.id}")
        elif self.may_edit:
            with self.page.client:
                ask_for_texts(self.moment, self._change)

    async def share(self) -> None:
        """Open the links and who can see it."""
        capture_id = self.capture.id if self.capture else None
        await ShareDialog(self.page, [self.moment.id], self.moment, capture_id).open()

    async def _change(self, change: MomentChange) -> bool:
        async def do() -> None:
            moments = self.services.moments
            self.moment = await moments.update(self.caller, self.moment.id, change)

        if not await self.page.act(do, once="change"):
            return False
        self.page.toaster.say("Saved")
        return await self.page.act(self.draw)

    async def delete(self) -> None:
        """Move the moment to the bin, and offer to undo it."""
        moments = self.services.moments
        if await self.page.act(lambda: moments.delete(self.caller, [self.moment.id]), once="bin"):
            self._draw_deleted()
            days = plural(self.services.settings.retention_days, "day")
            self.page.toaster.say(
                "Moment deleted", f"Kept in the bin for {days}.", action=("Undo", self.restore)
            )

    async def restore(self) -> None:
        """Take the moment out of the bin."""

        async def do() -> None:
            await self.services.moments.restore(self.caller, [self.moment.id])
            await self._renew()

        if await self.page.act(do, once="bin"):
            self.page.toaster.say("Moment restored")

    def _draw_deleted(self) -> None:
        self._drawn = ()
        self._root.clear()
        with self._root, El("div", "m-empty"):
            Icon("trash", "l")
            El("h1", text="This moment is in the bin")
            if self.may_edit:
                Button("Restore", self.restore, kind="solid")
            link("Open the library", self.back, "m-link")

    # What happens

    async def hear(self, event: Event) -> None:
        """Show a change of the moment, its files or its clip."""
        await self.adding.hear(event)
        changed = event.payload.get("id")
        if changed == self.moment.id or (self.capture and changed == self.capture.id):
            await self.catch_up()

    async def catch_up(self) -> None:
        """Read the moment anew."""
        try:
            await self._renew()
        except NotFound:
            self._draw_deleted()

    @in_order
    async def _renew(self) -> None:
        self.moment = await self.services.moments.get(self.caller, self.moment.id)
        if self._drawn == ():
            self._lay_out()
        await self.draw()
