"""One track: where it is, how sure that is, and what people say of it."""

from collections.abc import Sequence
from functools import partial
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from domain.core.errors import BadFields, NotFound
from domain.marks.models import Correction, Match
from webapp.app.components.list_row import Look, Press, RowItem, RowList
from webapp.app.kit.elements import El, link
from webapp.app.kit.forms import Dialog, Form, Values
from webapp.app.kit.in_order import in_order
from webapp.app.pages.settings.base import section
from webapp.app.shell import SignedInPage
from webapp.pages.context import Pages, Visit
from webapp.pages.error_page import trouble
from webapp.players import PROVIDER_NAMES

_SURE = 0.99
_BY = {
    "alone": "The only source of its own",
    "isrc": "The same ISRC",
    "rule": "Title, artist and length agree",
    "people": "Confirmed by people",
}


class TrackPage(SignedInPage):
    """One open track."""

    current = "library"
    sheets = ("settings",)

    def __init__(self, pages: Pages, visit: Visit, request: Request, track_id: str) -> None:
        super().__init__(pages, visit, request)
        self._id = track_id

    async def load(self) -> Response | None:
        """Read the track; one that became a part of another leads there."""
        try:
            self._track = await self.services.tracks.get(self.caller, self._id)
        except NotFound as error:
            return trouble(
                404,
                "Track not found",
                error.message,
                action="Open the library",
                href="/library?kind=mark",
                me=self.me,
            )
        if self._track.id != self._id:
            return RedirectResponse(f"/tracks/{self._track.id}", status_code=303)
        self.title = self._track.title or "A track"
        return None

    async def build(self) -> None:
        """Draw the head and both lists."""
        track = self._track
        marks = urlencode({"kind": "mark", "stream": track.id})
        with El("div", "m-page"):
            link("Its marks", f"/library?{marks}", "m-link m-sm", "mark")
            with El("div", "m-row m-between m-shead m-wraps"):
                with El("div"):
                    El("h1", "m-cut", self.title)
                    El("p", "m-2 m-sm", track.artist or "Unknown artist")
                if track.organization_id is None:
                    with El("div", "m-row m-wraps"):
                        link("Report", f"/t/{track.id}/report", "m-btn")
                        link("Public page", f"/t/{track.id}", "m-btn", "globe")
            lead = "One recording at one or more providers. Saves at all of them count together."
            with section("Where it is", lead):
                self.linked = RowList(self._do, none="No sources left.")
            lead = "Decided by three people who agree, or by the only person who saved marks of it."
            with section("May be the same", lead):
                self.asked = RowList(self._do, none="Nothing to decide.")
        self._show(await self.services.matches.list(self.caller, track.id))

    @in_order
    async def refresh(self) -> None:
        """Show the sources as they are now."""
        self._show(await self.services.matches.list(self.caller, self._id))

    async def catch_up(self) -> None:
        """Read anew what may have changed while nobody listened."""
        await self.refresh()

    def _show(self, matches: Sequence[Match]) -> None:
        self._matches = {match.source.id: match for match in matches}
        linked = [match for match in matches if match.is_linked]
        self.linked.show([self._row(match, alone=len(linked) == 1) for match in linked])
        self.asked.show([self._row(match) for match in matches if not match.is_linked])

    def _row(self, match: Match, *, alone: bool = False) -> RowItem:
        source = match.source
        name = PROVIDER_NAMES.get(source.provider, source.provider)
        return RowItem(
            id=source.id,
            title=source.shown_title or name,
            meta=tuple(filter(None, (*_names(match, name), _shift(match), _why(match)))),
            glyph="mark" if match.is_linked else "warn",
            badge=None if alone else _badge(match),
            buttons=() if match.is_linked else self._ways(match),
            menu=self._changes(match, alone=alone) if match.is_linked else (),
        )

    def _ways(self, match: Match) -> tuple[Press, ...]:
        if not self.me["may_capture"]:
            return ()
        return (Press("same", "The same"), Press("other", "Another recording"))

    def _changes(self, match: Match, *, alone: bool) -> tuple[Press, ...]:
        name = Press("name", "Correct its name", "pencil")
        if not self.me["may_capture"] or alone:
            return (name,) if self.me["may_capture"] else ()
        shift = Press("shift", "Set how much later it starts")
        return (name, shift, Press("other", "Another recording"))

    async def _do(self, source_id: str, what: str, _value: str) -> None:
        match = self._matches.get(source_id)
        if match is None:
            return
        if what == "shift":
            self._ask_shift(match)
        elif what == "name":
            self._ask_name(match)
        elif what in {"same", "other"}:
            offset_ds = match.source.offset_ds if match.is_linked else 0
            said = Correction(source_id, what == "same", offset_ds)
            await self.act(partial(self._say, said), once=source_id)

    async def _say(self, said: Correction) -> None:
        self._show(await self.services.matches.correct(self.caller, self._id, said))
        self.toaster.say("Noted", "It changes for everybody once enough people agree.")

    def _ask_name(self, match: Match) -> None:
        source = match.source

        async def send(values: Values) -> None:
            names = self.services.source_names
            title, artist = values["title"], values["artist"]
            await names.correct(self.caller, self._id, source.id, title, artist)
            dialog.close()
            await self.refresh()
            self.toaster.say("Noted", "It changes for everybody once enough people agree.")

        dialog = Dialog(self.client, "What is it called?")
        with dialog.body:
            form = Form(self.act, send, action="Save", cancel=dialog.close)
            with form.body:
                form.add_text("title", "Title", source.shown_title, maxlength=200)
                hint = "Separate several with semicolons."
                form.add_text("artist", "Artist", source.shown_artist, hint=hint, maxlength=200)

    def _ask_shift(self, match: Match) -> None:
        async def send(values: Values) -> None:
            seconds = _seconds(values["seconds"])
            await self._say(Correction(match.source.id, is_same=True, offset_ds=-seconds))
            dialog.close()

        dialog = Dialog(self.client, "How much later does it start?")
        with dialog.body:
            form = Form(self.act, send, action="Save", cancel=dialog.close)
            with form.body:
                now = f"{-match.source.offset_ds / 10:g}"
                hint = "Seconds before the music starts. Negative if the beginning is missing."
                form.add_text("seconds", "Seconds", now, hint=hint, inputmode="decimal")


def _seconds(text: str) -> int:
    """Read seconds as tenths."""
    try:
        tenths = round(float(text.replace(",", ".")) * 10)
    except (ValueError, OverflowError) as error:
        raise BadFields({"seconds": "must be a number, such as 2.5"}) from error
    return tenths


def _names(match: Match, provider: str) -> tuple[str, ...]:
    """Return the artist, and what the provider says where people say something else."""
    source = match.source
    theirs = " by ".join(filter(None, (source.title, source.artist)))
    said = f"{provider} says “{theirs}”" if source.people_title and theirs else provider
    return (source.shown_artist, said)


def _shift(match: Match) -> str:
    seconds = -match.source.offset_ds / 10
    if not seconds:
        return ""
    return f"starts {abs(seconds):g} s {'later' if seconds > 0 else 'earlier'}"


def _why(match: Match) -> str:
    said = f"{match.votes_for} for it" if match.votes_for else ""
    against = f"{match.votes_against} against it" if match.votes_against else ""
    reason = _BY.get(match.reason, match.reason)
    return ", ".join(filter(None, (reason, said, against)))


def _badge(match: Match) -> tuple[Look, str] | None:
    sure = match.confidence
    if sure is None:
        return None
    if sure >= _SURE:
        return ("okw", "Certain")
    return ("plain" if match.is_linked else "warnw", f"{sure:.0%} sure")
