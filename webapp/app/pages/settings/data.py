"""The user's own data: marks as files, all of it as a zip, and the end of the account."""

from typing import Any, Final

from nicegui import ui

from domain.moments.bundle import MAX_ARCHIVE
from domain.personal.models import Closing
from webapp.app.components.file_button import FileButton
from webapp.app.kit.elements import Button, El, plural
from webapp.app.kit.forms import Dialog, Form, Values
from webapp.app.pages.settings.base import SettingsPage, section
from webapp.auth import client_ip

_FORMS: Final = (
    ("json", "JSON"),
    ("csv", "CSV"),
    ("sponsorblock", "SponsorBlock"),
)
_MOST_BYTES: Final = 3_000_000
_MOST_SHOWN: Final = 50
_DELETED: Final = (
    "Deleted: your marks, your private, unlisted and public moments with their files, your page, "
    "collections, likes, links and tokens. Their pages then say that they were deleted."
)
_KEPT: Final = (
    "Kept, without your name: clips, snapshots, notes and files that you shared with an "
    "organisation that has other members."
)


class DataPage(SettingsPage):
    """Import, export, and deletion."""

    section = "data"

    def draw(self) -> None:
        """Draw one part for each."""
        lead = (
            f"Your marks in {self.me['organization']}. SponsorBlock files hold YouTube marks only."
        )
        with section("Marks as files", lead), El("div", "m-glass m-pad m-form"):
            self._draw_marks()
        if self.me["may_capture"]:
            lead = "A zip that was exported from the library, here or from another Moments."
            with section("Import moments", lead), El("div", "m-glass m-pad m-form"):
                self._draw_import()
        lead = "Your account, moments, marks, collections, likes and files, in one zip."
        with section("All your data", lead), El("div", "m-row m-wraps"):
            El("a", "m-btn m-solid", "Download your data", href="/api/auth/export", download="")
        with section("Delete your account", "Immediate and permanent."):
            El("p", "m-2 m-sm", _DELETED)
            El("p", "m-2 m-sm m-after", _KEPT)
            with El("div", "m-row m-wraps m-after"):
                Button("Delete the account", self._ask, kind="danger", glyph="trash")

    def _draw_marks(self) -> None:
        of = f"organization_id={self.visit.organization_id}"
        with El("div", "m-row m-wraps"):
            for form, label in _FORMS:
                href = f"/api/marks/export?format={form}&{of}"
                El("a", "m-btn", f"Export {label}", href=href, download="")
            if self.me["may_capture"]:
                FileButton(
                    "Import a file",
                    "text",
                    ("post", "/api/marks/import"),
                    accept=".json,.csv,.txt",
                    most=_MOST_BYTES,
                    on_sent=self._show_imported,
                    on_refused=lambda why: self.toaster.say(
                        "Nothing was imported", why, tone="bad"
                    ),
                )
        El(
            "p",
            "m-hint",
            "Import JSON or CSV exported here, or SponsorBlock segments: up to 1,000 marks. "
            "They are private at first.",
        )
        self._imported = El("div", role="status")

    def _draw_import(self) -> None:
        with El("div", "m-row"):
            FileButton(
                "Import a zip",
                "raw",
                ("post", "/api/moments/import"),
                accept=".zip",
                most=MAX_ARCHIVE,
                on_sent=self._show_moments,
                on_refused=lambda why: self.toaster.say("Nothing was imported", why, tone="bad"),
            )
        El("p", "m-hint", "Moments that are here already stay as they are.")
        self._imported_moments = El("div", role="status")

    async def _show_moments(self, done: dict[str, Any]) -> None:
        """Say what became of each moment of an archive."""
        self._imported_moments.clear()
        with self._imported_moments:
            words = [f"{plural(done['saved'], 'moment')} imported"]
            if done["known"]:
                words.append(f"{done['known']} already there")
            El("p", "m-b", f"{', '.join(words)}.")
            with El("ul", "m-texts m-sm m-2"):
                for each in done["failed"][:_MOST_SHOWN]:
                    El("li", text=f"{each['title']}: {each['error']}")

    async def _show_imported(self, done: dict[str, Any]) -> None:
        """Say what became of each mark of a file."""
        failed: list[dict[str, Any]] = done["failed"]
        self._imported.clear()
        with self._imported:
            words = [f"{plural(done['saved'], 'mark')} imported"]
            if done["known"]:
                words.append(f"{done['known']} already there")
            if failed:
                words.append(f"{len(failed)} refused")
            El("p", "m-b", f"{', '.join(words)}.")
            if failed:
                with El("ul", "m-texts m-sm m-2"):
                    for each in failed[:_MOST_SHOWN]:
                        El("li", text=f"Mark {each['number']}: {each['error']}")
                    if len(failed) > _MOST_SHOWN:
                        El("li", text=f"And {len(failed) - _MOST_SHOWN} more.")

    async def _ask(self) -> None:
        async def do() -> None:
            self._draw_question(await self.services.erasure.preview(self.caller))

        await self.act(do, once="delete")

    def _draw_question(self, closing: Closing) -> None:
        dialog = Dialog(self.client, "Delete your account?")
        with dialog.body:
            if closing.blocking:
                names = ", ".join(closing.blocking)
                words = f"You are the only owner of {names}. Make somebody else an owner first."
                El("p", "m-2", words)
                return
            El("p", "m-2", _DELETED)
            El("p", "m-2", _KEPT)
            if closing.deleted:
                names = ", ".join(closing.deleted)
                words = f"Also deleted, as you are the only member: {names}, with all contents."
                El("p", "m-2", words)
            El("p", "m-b", "This cannot be undone.")
            form = Form(self.act, self._delete, action="Delete my account", cancel=dialog.close)
            with form.body:
                form.add_password("password", "Current password", "current-password")

    async def _delete(self, values: Values) -> None:
        ip = client_ip(self.request.scope)
        await self.services.erasure.request(self.caller, values["password"], ip=ip)
        ui.navigate.to("/sign-in")
