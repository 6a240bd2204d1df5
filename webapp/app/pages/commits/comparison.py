"""The comparison of two commits: pictures, verdict, and what people do about it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, get_args

from nicegui import ui

from domain.commits.models import Build, Change, DecisionVerdict, Pair, Shot
from domain.commits.visual import Region
from domain.core.errors import NotFound
from webapp.app.components.build_state import against_baseline, draw_state, sentence
from webapp.app.components.local_time import LocalTime
from webapp.app.components.menu_button import MenuButton, MenuItem
from webapp.app.components.picture_compare import MODES, Mode, PictureCompare
from webapp.app.kit.elements import Button, El, Icon, link
from webapp.app.pages.commits.state import View
from webapp.app.shell import SignedInPage


class Comparison:
    """A part of a page, given the two moments."""

    def __init__(
        self,
        page: SignedInPage,
        on_region: Callable[[Any], Awaitable[None]],
        on_measure: Callable[[str, str, str], Awaitable[None]],
    ) -> None:
        self.page = page
        self.services, self.caller = page.services, page.caller
        self.may_decide = bool(page.me["may_capture"])
        self.mode: Mode = "swipe"
        self.change: Change | None = None
        self.build: Build | None = None
        self._on_region, self._on_measure = on_region, on_measure
        self._ignored: Sequence[Region] = ()
        self._shown: list[PictureCompare] = []
        with El("div", "m-row m-chead"):
            self._title = El("div", "m-grow")
            self._seg = ui.toggle(dict(MODES), value=self.mode, on_change=self._turn)
            self._seg.props("unelevated no-caps :ripple=false")
            self._seg.props("toggle-color=mseg toggle-text-color=mseg").classes("m-qseg")
            self._seg.props["aria-label"] = "How to compare"
            self._acts = El("div", "m-row")
        self._pictures = El("div", "m-cpairs", role="status")

    async def show(self, view: View, ignored: Sequence[Region]) -> None:
        """Compare two moments; without the first, only show the second."""
        self._ignored = ignored
        commits, checks = self.services.commits, self.services.checks
        self.change = self.build = None
        if view.after:
            try:
                self.build = await checks.build(self.caller, view.after)
                before = view.before or self.build.baseline_id or view.after
                self.change = await commits.compare(self.caller, before, view.after)
            except NotFound:
                self.build = None
        self._draw(view)

    def _draw(self, view: View) -> None:
        self._draw_title(view)
        self._pictures.clear()
        self._shown = []
        with self._pictures:
            if self.change is None:
                self._say_nothing("This commit is gone" if view.after else "Pick two commits")
            elif not self.change.pairs:
                self._say_nothing("There are no pictures to compare")
            else:
                is_first = self.change.before_id == self.change.after_id
                for pair in self.change.pairs:
                    if is_first and pair.after:
                        self._draw_first(pair.name, pair.after)
                    else:
                        self._draw_pair(pair)
        self._draw_acts()

    def _say_nothing(self, words: str) -> None:
        with El("div", "m-empty"):
            Icon("commit", "l")
            El("h2", text=words)

    def _draw_first(self, name: str, shot: Shot) -> None:
        with El("section", "m-cpair", aria_label=name):
            El("span", "m-b m-sm", name)
            El("img", "m-cfirst", src=shot.url, alt=name, width=shot.width, height=shot.height)

    def _draw_pair(self, pair: Pair) -> None:
        with El("section", "m-cpair", aria_label=pair.name):
            with El("div", "m-row m-sm"):
                El("span", "m-b", pair.name)
                El("span", "m-2", _words(pair))
                El("span", "m-grow")
                mask = pair.comparison.mask if pair.comparison else None
                if mask and pair.verdict == "changed" and self.may_decide:
                    Button("Ignore this change", lambda: self._ignore(pair.name, mask or ""))
                if pair.comparison and self.may_decide:
                    Button("Draw a region to ignore", lambda: shown.draw(wanted=True))
                    Button("Measure the noise", lambda: self._measure(pair))
            shown = PictureCompare(pair, self.mode, self._ignored, self._on_region)
            self._shown.append(shown)

    async def _measure(self, pair: Pair) -> None:
        if pair.before and pair.after:
            await self._on_measure(pair.before.moment_id, pair.after.moment_id, pair.name)

    def _draw_title(self, view: View) -> None:
        self._title.clear()
        change, build = self.change, self.build
        with self._title:
            if change is None or build is None:
                return
            with El("div", "m-row m-t"):
                El("h2", "m-cut", _headline(change, view))
                draw_state(build)
            with El("p", "m-sm m-2 m-row m-t"):
                El("span", text=against_baseline(build))
                if build.decision:
                    LocalTime(build.decision.decided_at)
                link("Open", f"/library/{view.after}", "m-link")
                if build.baseline_id and build.baseline_id != view.before:
                    address = View(view.repository, view.branch, view.vm, build.baseline_id)
                    href = f"{address.address()}&after={view.after}"
                    link("Compare with the baseline", href, "m-link")

    def _draw_acts(self) -> None:
        self._acts.clear()
        build = self.build
        self._seg.set_visibility(bool(self._shown))
        if build is None or not self.may_decide or build.state == "empty":
            return
        with self._acts:
            entries = []
            if build.state != "rejected":
                entries.append(MenuItem("Reject", "close", value="rejected"))
            if build.baseline_id and build.state == "changed":
                entries.append(MenuItem("Accept beside the baseline", "plus", value="variant"))
            if build.state != "approved":
                Button("Approve", lambda: self._decide("approved"), kind="solid", glyph="check")
            if entries:
                MenuButton("More", "more", self._choose).offer(entries)

    # What is done

    async def _turn(self) -> None:
        if self._seg.value in get_args(Mode):
            self.mode = self._seg.value
            for each in self._shown:
                each.set_mode(self.mode)

    async def _choose(self, value: str) -> None:
        if value == "variant" and self.build:
            await self._decide("approved", self.build.baseline_id)
        elif value == "rejected":
            await self._decide("rejected")

    async def _decide(self, verdict: DecisionVerdict, variant_of: str | None = None) -> None:
        build = self.build
        if build is None:
            return
        reviews = self.services.reviews

        async def do() -> None:
            await reviews.decide(self.caller, build.moment_id, verdict, variant_of=variant_of)

        if await self.page.act(do, once="decide"):
            self.page.toaster.say("Approved" if verdict == "approved" else "Rejected")

    async def _ignore(self, name: str, mask: str) -> None:
        build = self.build
        if build is None:
            return
        moment_id, reviews = build.moment_id, self.services.reviews
        ignored: list[str] = []

        async def do() -> None:
            ignored.append((await reviews.ignore(self.caller, moment_id, name, mask)).id)

        async def undo() -> None:
            await self.page.act(lambda: reviews.stop_ignoring(self.caller, ignored[0]))

        if await self.page.act(do, once="ignore"):
            self.page.toaster.say("This change is ignored from now on", action=("Undo", undo))


def _headline(change: Change, view: View) -> str:
    if change.before_id == view.after:
        return "First capture: nothing to compare with yet"
    if change.verdict in {"changed", "moved", "ignored"}:
        return sentence(change.summary)
    return "Nothing to compare" if change.verdict is None else "No change"


def _words(pair: Pair) -> str:
    if pair.error:
        return pair.error
    if pair.comparison is None:
        return {"added": "new", "removed": "gone"}.get(pair.state, "")
    return pair.comparison.summary
