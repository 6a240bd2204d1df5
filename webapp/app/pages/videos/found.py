"""The moments of a video: what was found and why, and what a person makes of it."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final

from domain.moments.models import Cover
from domain.videos.editing import FoundChange
from domain.videos.models import FoundMoment
from webapp.app.components.list_row import Press, RowItem, RowList
from webapp.app.components.mark_deck import Part
from webapp.app.components.video_deck import Bracket
from webapp.app.kit.elements import Button, El, plural
from webapp.app.kit.lengths import length_text
from webapp.app.pages.library.sharing import ShareDialog
from webapp.app.pages.videos.wishes import ask_vertical, ask_wish
from webapp.app.shell import SignedInPage

_WHY: Final = {
    "density": "many captures or messages at this point",
    "reaction": "laughter or applause",
    "topic": "a topic of its own",
    "question": "a question with its answer",
    "energy": "a louder voice than usual",
    "emotion": "strong words",
    "coherence": "lines that belong together",
    "pause": "pauses before and after it",
}
_WAITING: Final = {"waiting": "clip follows", "ready": "", "failed": "no clip"}
_EMPTY: Final = "No moments yet. Choose a part on the timeline and keep it."


def why(found: FoundMoment) -> str:
    """Return why a moment was chosen, as a sentence."""
    if found.origin == "person":
        return "Chosen by a person."
    given = [_WHY.get(each.signal, each.signal) for each in found.reasons]
    if not given:
        return "Chosen by the language model." if found.origin == "model" else ""
    return f"Chosen for {_listed(given)}."


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _states(found: FoundMoment) -> Sequence[str]:
    """Return what is made of a moment, and why something is not."""
    clip = found.clip_error or _WAITING[found.clip_status]
    vertical = {"waiting": "vertical clip follows", "failed": found.vertical_error or ""}
    return [clip, vertical.get(found.vertical_status or "", "")]


def part_of(found: FoundMoment) -> Part:
    """Return a moment's part in tenths of a second."""
    return Part(round(found.start_ms / 100), round(found.end_ms / 100))


class FoundList(El):
    """The list; one moment is picked, which the timeline shows. `on_pick` plays it."""

    def __init__(
        self,
        page: SignedInPage,
        video_id: str,
        on_pick: Callable[[FoundMoment], Awaitable[None]],
        on_change: Callable[[], Awaitable[None]],
    ) -> None:
        super().__init__("section", "m-found", aria_label="Moments found")
        self._page, self._video_id = page, video_id
        self._services, self._caller = page.services, page.caller
        self._on_pick, self._on_change = on_pick, on_change
        self._may_edit = bool(page.me["may_capture"])
        self._covers: dict[str, Cover] = {}
        self.moments: dict[str, FoundMoment] = {}
        self.picked = ""
        with self:
            with El("div", "m-row m-between m-foundhead"):
                with El("h2", text="Found"):
                    self._count = El("span", "m-3 m-sm")
                if self._may_edit:
                    Button("Find again", self.ask, kind="quiet", glyph="search")
            self.rows = RowList(self._act, none=_EMPTY)

    @property
    def brackets(self) -> list[Bracket]:
        """The moments on the timeline."""
        return [Bracket(m.moment.id, m.start_ms, m.end_ms, m.is_edited) for m in self._ordered]

    @property
    def _ordered(self) -> Sequence[FoundMoment]:
        return list(self.moments.values())

    async def read(self) -> None:
        """Read the moments, in the video's order."""
        found = await self._services.videos.moments(self._caller, self._video_id)
        self.moments = {each.moment.id: each for each in found}
        if self.picked not in self.moments:
            self.picked = ""
        self._covers = await self._services.moment_assets.covers(self._caller, [*self.moments])
        self.draw()

    def draw(self) -> None:
        """Draw the rows."""
        kept = sum(each.is_edited for each in self.moments.values())
        total = len(self.moments)
        self._count.text = f"{total}, {kept} kept" if kept else str(total or "")
        self.rows.show([self._row(at, each) for at, each in enumerate(self._ordered, 1)])

    def _row(self, number: int, found: FoundMoment) -> RowItem:
        is_picked = found.moment.id == self.picked
        score = f"{round(100 * found.score)} of 100" if found.score is not None else ""
        cover = self._covers.get(found.moment.id, Cover())
        feelings = ", ".join(found.moment.insight.key_emotions[:2])
        facts = [why(found), feelings.capitalize(), *_states(found)]
        return RowItem(
            id=found.moment.id,
            title=f"{number}  {found.moment.title}",
            note=score,
            meta=[each for each in facts if each],
            picture=cover.picture_url or "",
            figure=length_text(found.end_ms - found.start_ms, 0),
            href=f"/library/{found.moment.id}",
            badge=("okw", "Kept") if found.is_edited else None,
            buttons=self._buttons(found) if is_picked else [Press("pick", "Play", "play")],
            menu=self._menu(found),
            is_picked=is_picked,
        )

    def _buttons(self, found: FoundMoment) -> Sequence[Press]:
        if not self._may_edit:
            return [Press("pick", "Play", "play")]
        length = length_text(found.end_ms - found.start_ms, 0)
        keep = [] if found.is_edited else [Press("keep", f"Keep {length}", "clip", is_primary=True)]
        return [
            *keep,
            Press("refine", "Refine", "pencil"),
            Press("share", "Share", "share"),
            Press("dismiss", "Dismiss", is_danger=True),
        ]

    def _menu(self, found: FoundMoment) -> Sequence[Press]:
        items = [Press("open", "Open in the library", "eye", href=f"/library/{found.moment.id}")]
        if found.clip_url:
            items.append(Press("download", "Download the clip", "download", href=found.clip_url))
        if found.vertical_url:
            items.append(
                Press("download", "Download the vertical clip", "download", found.vertical_url)
            )
        if self._may_edit and found.clip_url and found.vertical_status != "waiting":
            items.append(Press("vertical", "Make a vertical clip", "screen"))
        if self._may_edit and self._services.settings.ai_url:
            items.append(Press("wish", "Refine with a prompt", "search"))
        if self._may_edit and found.is_edited:
            items.append(Press("release", "Do not keep", "again"))
        return items

    # What is done

    async def pick(self, moment_id: str) -> None:
        """Pick a moment and play it."""
        if (found := self.moments.get(moment_id)) is not None:
            self.picked = moment_id
            self.draw()
            await self._on_pick(found)

    async def next(self) -> None:
        """Pick the next moment."""
        order = [*self.moments]
        if order:
            at = order.index(self.picked) + 1 if self.picked in order else 0
            await self.pick(order[at % len(order)])

    async def keep(self) -> None:
        """Keep the picked moment."""
        if self.picked:
            await self._act(self.picked, "keep", "")

    async def _act(self, moment_id: str, what: str, _value: str) -> None:
        if moment_id not in self.moments:
            return
        if what == "pick":
            await self.pick(moment_id)
            return
        editing = self._services.video_editing
        given = (self._caller, self._video_id, moment_id)
        found: dict[str, Callable[[], Awaitable[object]]] = {
            "keep": partial(editing.change, *given, FoundChange()),
            "release": partial(editing.change, *given, FoundChange(is_kept=False)),
            "refine": partial(self._refine, moment_id),
            "wish": partial(self._ask_refined, moment_id),
            "vertical": partial(self._ask_vertical, moment_id),
            "share": partial(self._share, moment_id),
            "dismiss": partial(self._dismiss, moment_id),
        }
        if what in found and await self._page.act(found[what], once=moment_id):
            await self._on_change()

    async def _ask_vertical(self, moment_id: str) -> None:
        picture = self._covers.get(moment_id, Cover()).picture_url or ""
        ask_vertical(self._page, self._video_id, self.moments[moment_id], picture)

    async def _ask_refined(self, moment_id: str) -> None:
        about = "A model chooses the sentences near the moment."

        async def send(wish: str) -> None:
            await self._refine(moment_id, wish)
            await self._on_change()

        ask_wish(self._page, "Refine", about, send)

    async def _refine(self, moment_id: str, wish: str = "") -> None:
        before = self.moments[moment_id]
        editing = self._services.video_editing
        after = await editing.refine(self._caller, self._video_id, moment_id, wish)
        if (before.start_ms, before.end_ms) == (after.start_ms, after.end_ms):
            self._page.toaster.say("Nothing to refine", "It already begins and ends in pauses.")
            return
        self._page.toaster.say(
            "Refined",
            f"Whole sentences, {length_text(after.end_ms - after.start_ms, 0)}.",
            action=("Undo", lambda: self.trim(moment_id, part_of(before))),
        )

    async def trim(self, moment_id: str, part: Part) -> None:
        """Give a moment another part; its clip is cut again."""
        change = FoundChange(start_ms=(part.start or 0) * 100, end_ms=(part.end or 0) * 100)
        editing = self._services.video_editing

        async def do() -> None:
            await editing.change(self._caller, self._video_id, moment_id, change)

        if await self._page.act(do, once=moment_id):
            await self._on_change()

    async def add(self, part: Part) -> None:
        """Make a part a moment."""
        editing = self._services.video_editing
        start_ms, end_ms = (part.start or 0) * 100, (part.end or 0) * 100

        async def do() -> None:
            made = await editing.add(self._caller, self._video_id, start_ms, end_ms)
            self.picked = made.moment.id
            self._page.toaster.say("Moment kept", made.moment.title)

        if await self._page.act(do, once="add"):
            await self._on_change()

    async def _share(self, moment_id: str) -> None:
        moment = self.moments[moment_id].moment
        await ShareDialog(self._page, [moment_id], moment).open()

    async def _dismiss(self, moment_id: str) -> None:
        await self._services.video_editing.dismiss(self._caller, self._video_id, moment_id)
        self._page.toaster.say(
            "Moment dismissed",
            "Later searches skip it.",
            action=("Undo", partial(self._restore, moment_id)),
        )

    async def _restore(self, moment_id: str) -> None:
        moments = self._services.moments
        if await self._page.act(lambda: moments.restore(self._caller, [moment_id])):
            await self._on_change()

    def ask(self) -> None:
        """Ask what to look for."""
        editing = self._services.video_editing
        kept = sum(each.is_edited for each in self.moments.values())
        stay = f" {plural(kept, 'kept moment')} stay." if kept else ""
        ask_wish(
            self._page,
            "Find again",
            f"Moments that nobody kept or changed are replaced.{stay}",
            lambda wish: editing.generate(self._caller, self._video_id, wish),
        )
