"""The page of one moment: its texts, its files, its commit, who can see it."""

from collections.abc import Sequence

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from nicegui import ui

from domain.core.errors import NotFound
from domain.infra.events import Event
from domain.moments.models import Moment, MomentChange, Visibility
from domain.sharing.models import NewShare
from webapp.app.components.copy_button import CopyButton
from webapp.app.components.local_time import LocalTime
from webapp.app.kit.elements import Button, El, Icon, link, open_once
from webapp.app.pages.library.files import draw_files
from webapp.app.pages.library.state import KINDS
from webapp.app.shell import SignedInPage
from webapp.pages.context import Pages, Visit
from webapp.pages.error_page import trouble

_SEEN_BY: dict[Visibility, str] = {
    "private": "Only me and admins",
    "organization": "Everyone in the organisation",
    "unlisted": "Anyone with the link",
    "public": "Everyone, search engines too",
}
_KIND_NAMES = {kind: label.removesuffix("s") for kind, label, _ in KINDS}


class MomentPage(SignedInPage):
    """One open moment."""

    sheets = ("gallery", "library")
    hears = ("moment",)

    def __init__(self, pages: Pages, visit: Visit, request: Request, moment_id: str) -> None:
        super().__init__(pages, visit, request)
        self.moment_id = moment_id
        self.may_edit = bool(self.me["may_capture"])

    async def load(self) -> Response | None:
        """Read the moment; what was captured from a stream opens in the gallery."""
        try:
            self.moment = await self.services.moments.get(self.caller, self.moment_id)
        except NotFound:
            return trouble(
                404,
                "Moment not found",
                "It was deleted, or you cannot see it.",
                action="Open the library",
                href="/library",
            )
        if self.moment.kind in {"clip", "snapshot"}:
            found = await self.services.gallery.of_moments(self.caller, [self.moment_id])
            for capture in found.values():
                return RedirectResponse(f"/gallery?open={capture.id}", status_code=303)
        self.title = self.moment.title
        return None

    async def build(self) -> None:
        """Draw the moment."""
        self._root = El("div", "m-page m-moment")
        await self.draw()

    async def draw(self) -> None:
        """Read the rest, and draw everything anew."""
        assets = await self.services.moment_assets.list(self.caller, self.moment_id)
        urls = await self._urls()
        self._root.clear()
        with self._root:
            self._draw_head()
            with El("div", "m-mgrid"):
                with El("section", "m-mfiles", aria_label="Files"):
                    draw_files(assets)
                with El("div", "m-mside"):
                    if self.moment.description:
                        El("p", "m-mtext", self.moment.description)
                    self._draw_tags()
                    self._draw_facts()
                    self._draw_commit()
                    self._draw_sharing(urls)

    def _draw_head(self) -> None:
        with El("div", "m-row m-mhead"):
            with El("div", "m-grow"):
                with El("p", "m-sm m-3 m-row m-t"):
                    link("Library", "/library", "m-link m-row m-t", "back")
                    El("span", text=_KIND_NAMES[self.moment.kind])
                El("h1", text=self.moment.title)
            if self.may_edit:
                Button("Delete", self.delete, kind="danger", glyph="trash")
                Button("Edit", self.ask_for_texts, glyph="pencil")

    def _draw_tags(self) -> None:
        if self.moment.tags:
            with El("div", "m-labels"):
                for tag in self.moment.tags:
                    El("span", "m-tag", tag)

    def _draw_facts(self) -> None:
        moment = self.moment
        by, source = moment.created_by, moment.source
        facts = {
            "By": (by.name or by.email) if by else None,
            "VM": moment.vm.name if moment.vm else None,
            "Source": moment.source_name or (source.title if source else None),
            "Artist": source.artist if source else None,
            "Range": _range(moment),
        }
        with El("dl", "m-facts"):
            with El("div"):
                El("dt", text="Created")
                with El("dd"):
                    LocalTime(moment.created_at)
            _draw_pairs(facts)
        if source and source.url and source.url.startswith(("https://", "http://")):
            El(
                "a",
                "m-link",
                "Open at the source",
                href=source.url,
                target="_blank",
                rel="noopener",
            )

    def _draw_commit(self) -> None:
        git = self.moment.git
        facts = {"Commit": git.commit_hash, "Branch": git.branch, "Author": git.author}
        if not any(facts.values()):
            return
        El("h2", text="Git")
        with El("dl", "m-facts"):
            _draw_pairs(facts)
        if git.commit_message:
            El("p", "m-mtext m-sm", git.commit_message)
        if git.diff:
            with El("details", "m-mdiff"):
                El("summary", "m-link", "Diff")
                El("pre", "m-code", git.diff[:20_000], tabindex="0", aria_label="Diff")

    # Sharing

    async def _urls(self) -> list[str]:
        """Return the moment's own address, if it has one, and its share links."""
        pages = await self.services.moment_pages.urls([self.moment])
        links = await self.services.sharing.links(self.caller, self.moment_id)
        return [*pages.values(), *(each.url for each in links)]

    def _draw_sharing(self, urls: Sequence[str]) -> None:
        El("h2", text="Who can see this")
        if self.may_edit:
            choice = ui.select(
                _SEEN_BY,
                value=self.moment.visibility,
                on_change=lambda event: self._set_visibility(event.value),
            )
            choice.props("borderless dense options-dense behavior=menu").classes("m-qinput")
            choice.props["aria-label"] = "Who can see this"
        else:
            El("p", "m-2", _SEEN_BY[self.moment.visibility])
        for url in urls:
            with El("div", "m-row m-mlink"):
                El("a", "m-link m-grow m-cut", url, href=url, target="_blank", rel="noopener")
                CopyButton(url)
        if self.may_edit:
            Button("Create a share link", self.share, glyph="link")

    async def _set_visibility(self, visibility: Visibility) -> None:
        await self._change(MomentChange(visibility=visibility), "Saved")

    async def share(self) -> None:
        """Create a link for people without an account."""
        sharing = self.services.sharing
        if await self.act(
            lambda: sharing.share(self.caller, [self.moment_id], NewShare()), once="share"
        ):
            await self.act(self.draw)
            self.toaster.say("Share link created", "Anyone with the link can see this moment.")

    # Editing

    async def ask_for_texts(self) -> None:
        """Ask for title, description and tags."""
        with self.client, ui.dialog() as dialog, El("div", "m-qdialog m-float"):
            El("h2", text="Edit the moment")
            title = _field("Title", self.moment.title, maxlength=200)
            with El("label", "m-field"):
                El("span", "m-label", "Description")
                text = ui.textarea(value=self.moment.description).props("borderless autogrow")
                text.classes("m-qinput")
            tags = _field("Tags, separated by commas", ", ".join(self.moment.tags))

            async def save() -> None:
                change = MomentChange(
                    title=title.value, description=text.value, tags=str(tags.value).split(",")
                )
                if await self._change(change, "Saved"):
                    dialog.close()

            with El("div", "m-dfoot"):
                Button("Cancel", dialog.close)
                Button("Save", save, kind="solid")
        open_once(dialog)

    async def _change(self, change: MomentChange, said: str) -> bool:
        async def do() -> None:
            moments = self.services.moments
            self.moment = await moments.update(self.caller, self.moment_id, change)

        done = await self.act(do, once="change")
        if done:
            self.toaster.say(said)
        return await self.act(self.draw) and done  # after a refusal it shows what is true

    async def delete(self) -> None:
        """Move the moment to the bin."""
        moments = self.services.moments
        if await self.act(lambda: moments.delete(self.caller, [self.moment_id])):
            self._draw_deleted()
            self.toaster.say("Moment deleted", action=("Undo", self.restore))

    async def restore(self) -> None:
        """Take the moment out of the bin."""

        async def do() -> None:
            await self.services.moments.restore(self.caller, [self.moment_id])
            await self._renew()

        if await self.act(do):
            self.toaster.say("Moment restored")

    def _draw_deleted(self) -> None:
        self._root.clear()
        with self._root, El("div", "m-empty"):
            Icon("trash", "l")
            El("h1", text="This moment is in the bin")
            if self.may_edit:
                Button("Restore", self.restore, kind="solid")
            link("Open the library", "/library", "m-link")

    # Events

    async def hear(self, event: Event) -> None:
        """Show a change made elsewhere."""
        if event.payload.get("id") == self.moment_id:
            await self.catch_up()

    async def catch_up(self) -> None:
        """Read the moment anew."""
        try:
            await self._renew()
        except NotFound:
            self._draw_deleted()

    async def _renew(self) -> None:
        self.moment = await self.services.moments.get(self.caller, self.moment_id)
        await self.draw()


def _field(label: str, value: str, *, maxlength: int = 2000) -> ui.input:
    with El("label", "m-field"):
        El("span", "m-label", label)
        field = ui.input(value=value).props("borderless dense").classes("m-qinput")
    field.props["maxlength"] = maxlength
    return field


def _draw_pairs(facts: dict[str, str | None]) -> None:
    for name, value in facts.items():
        if value:
            with El("div"):
                El("dt", text=name)
                El("dd", text=value)


def _range(moment: Moment) -> str | None:
    if moment.start_s is None:
        return None
    ends = [moment.start_s] if moment.end_s is None else [moment.start_s, moment.end_s]
    return " to ".join(f"{each // 60}:{each % 60:02}" for each in ends)
