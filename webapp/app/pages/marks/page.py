"""The mark page: a link becomes a player, a part is chosen in it, and saved with a note."""

from typing import Any

from fastapi import Request
from fastapi.responses import Response
from nicegui import ui

from domain.core.errors import BadFields, NotFound
from domain.infra.events import Event
from domain.marks.models import Around, TrackSource
from webapp.app.components.address import Address
from webapp.app.components.mark_deck import Chosen, Kept, MarkDeck, Named, Part
from webapp.app.components.mark_times import MarkTimes
from webapp.app.kit.elements import El
from webapp.app.pages.marks.head import MarkHead, draw_no_player
from webapp.app.pages.marks.nudges import Nudges
from webapp.app.pages.marks.paste import draw_paste
from webapp.app.pages.marks.player import playable
from webapp.app.pages.marks.saved_by import SavedBy
from webapp.app.pages.marks.saving import Saving
from webapp.app.pages.marks.state import Shared, Subject, of_mark
from webapp.app.pages.marks.words import MarkWords
from webapp.app.shell import SignedInPage
from webapp.pages.context import Pages, Visit
from webapp.pages.error_page import trouble
from webapp.players import Playable, original, show_player


class MarkPage(SignedInPage):
    """One open mark page; without a link it asks for one."""

    title = "Mark a moment"
    sheets = ("player", "mark")
    hears = ("moment", "track")

    def __init__(self, pages: Pages, visit: Visit, request: Request) -> None:
        super().__init__(pages, visit, request)
        self.shared = Shared.from_query(request.url.query)
        self.subject: Subject | None = None
        self.problem = ""

    async def load(self) -> Response | None:
        """Find what is to be marked."""
        try:
            self.subject = await self._find()
        except BadFields as error:
            self.problem = error.message
        except NotFound:
            return trouble(
                404,
                "Mark not found",
                "It was deleted, or you cannot see it.",
                action="Open your marks",
                href="/library?kind=mark",
                me=self.me,
            )
        return None

    async def _find(self) -> Subject | None:
        if self.shared.mark_id:
            mark = await self.services.marks.get(self.caller, self.shared.mark_id)
            return of_mark(mark, self.caller.user_id)
        if not self.shared.url:
            return None
        found = await self.services.marks.resolve(self.caller, self.shared.url)
        if found.reason and found.source is None:
            self.problem = found.reason
            return None
        part = self.shared.part
        if part.start is None:
            part = Part(found.link.start_ds, found.link.end_ds)
        return Subject(found.link, found.source, found.reason, part, other=self.shared.other)

    async def build(self) -> None:
        """Draw the player and what is said of the part, or ask for a link."""
        if self.subject is None:
            draw_paste(self.problem, self.shared.url)
            return
        subject = self.subject
        self._address = Address(self._moved)
        what = await playable(self.services, self.caller, subject.link, subject.source)
        player = None
        if subject.reason is None:
            player = show_player(self.request.scope, self.services.settings, what)
        with El("div", "m-mark"):
            El("h1", "m-vh", "Mark a moment")
            with El("div"):
                if player is None:
                    draw_no_player(subject)
                self.deck = MarkDeck(self._chosen(subject, player, what))
            with El("section", "m-markside", aria_label="The moment"):
                self.head = MarkHead(self.request.scope, subject)
                MarkTimes()
                self.saved_by = SavedBy(self._around)
                self.words = MarkWords(subject.mark, self.shared.note, self._keep)
                self.saving = Saving(self, subject, self.words, self.saved_by)
                self.nudges = Nudges(self, subject, self.saving)
        self.saving.on_saved = self._on_saved
        if self.saving.collecting is not None and self.me["may_capture"]:
            await self.act(self.saving.collecting.refresh)  # before it is seen: nothing moves
        self.client.on_connect(self._begin)

    def _chosen(self, subject: Subject, player: dict[str, Any] | None, what: Playable) -> Chosen:
        return Chosen(
            player=player,
            href=original(what, subject.part.start),
            on_range=self._on_range,
            on_draft=self._on_draft,
            on_seen=self._on_seen,
            on_named=self._on_named,
            on_restored=self._on_restored,
            on_save=self._save,
            part=subject.part,
            length_ms=what.length_ms,
            marked_ms=subject.marked_ms,
            store=subject.store,
        )

    # What is known of the media

    async def _begin(self) -> None:
        """Count who saved the part, and have the provider asked what it is."""
        await self.act(self._draw_heat)
        await self.act(self.nudges.refresh)
        await self.saved_by.show(self.saving.part)
        is_known = bool(self.subject and self.subject.source and self.subject.source.shown_title)
        if not is_known and self.me["may_capture"]:
            await self.act(self._open, once="open")

    async def _open(self) -> None:
        if self.subject is not None:
            await self.services.choosing.open(self.caller, self.subject.link)

    async def _learn(self) -> None:
        """Show what the provider has said meanwhile."""
        if self.subject is None:
            return
        found = await self.services.marks.resolve(self.caller, self.subject.link.url)
        if found.source is not None and found.source.shown_title:
            source = found.source
            self.head.name(source.shown_title, source.shown_artist, source.length_ms)

    async def _draw_heat(self) -> None:
        source = self.saving.mark.source if self.saving.mark else self._source
        if source is not None:
            track_id = source.track_id
            self.deck.show_heat(await self.services.tracks.heatmap(self.caller, track_id))

    @property
    def _source(self) -> TrackSource | None:
        return self.subject.source if self.subject else None

    async def _around(self, start_ds: int, end_ds: int) -> Around:
        around = Around(0, None)

        async def do() -> None:
            nonlocal around
            if self.subject is not None:
                mark = self.saving.mark
                around = await self.services.choosing.around(
                    self.caller,
                    self.subject.link,
                    start_ds,
                    end_ds,
                    other_than=mark.id if mark else "",
                )

        await self.act(do)
        return around

    # What the deck says

    async def _on_range(self, part: Part) -> None:
        self.saving.part = part
        await self.saved_by.show(part)

    async def _on_draft(self, part: Part) -> None:
        await self.saving.save_draft(part)

    async def _save(self) -> None:
        await self.saving.save()

    def _on_seen(self, length_ms: int) -> None:
        self.saving.seen_ms = length_ms
        self.head.measure(length_ms)

    def _on_named(self, named: Named) -> None:
        self.head.name(named.title, named.author or "", None)

    def _on_restored(self, kept: Kept) -> None:
        self.words.restore(kept)

    def _keep(self) -> None:
        self.deck.keep(self.words.kept())

    def _on_saved(self, mark_id: str) -> None:
        """Edit from now on what has been saved."""
        self.deck.forget()
        self._address.show(f"/mark?id={mark_id}", replace=True)

    async def _moved(self, _query: str) -> None:
        ui.navigate.reload()

    # What happens

    async def hear(self, event: Event) -> None:
        """Count anew, or show what the provider has said."""
        if event.kind == "track.named":
            await self.act(self._learn, once="learn")
        else:
            await self._count()

    async def catch_up(self) -> None:
        """Read anew what was missed."""
        if self.subject is not None:
            await self.act(self._learn, once="learn")
            await self._count()

    async def _count(self) -> None:
        if self.subject is not None:
            await self.act(self._draw_heat, once="heat")
            part = self.saving.part
            await self.saved_by.show(Part(part.start, part.end))
