"""Who can see a moment: its visibility, and links for people without an account."""

from collections.abc import Mapping, Sequence

from nicegui import ui

from domain.moments.models import Moment, MomentChange, Visibility
from domain.sharing.models import NewShare, ShareLink
from webapp.app.components.copy_button import CopyButton
from webapp.app.components.local_time import LocalTime
from webapp.app.kit.elements import Button, El, plural
from webapp.app.kit.forms import Dialog, draw_label
from webapp.app.shell import SignedInPage

SEEN_BY: dict[Visibility, str] = {
    "private": "Only me and admins",
    "organization": "Everyone in the organisation",
    "unlisted": "Anyone with the link",
    "public": "Everyone, search engines too",
}
_EXPIRY = {
    0: "Never expires",
    3600: "Expires in an hour",
    86_400: "Expires in a day",
    604_800: "Expires in 7 days",
    2_592_000: "Expires in 30 days",
}


class ShareDialog:
    """Links to one or several moments; for one alone, its visibility and all its links too.

    `capture_id` is the moment's clip or snapshot: the API makes links to that.
    """

    def __init__(
        self,
        page: SignedInPage,
        moment_ids: Sequence[str],
        moment: Moment | None = None,
        capture_id: str | None = None,
    ) -> None:
        self._page = page
        self._moment_ids = list(moment_ids)
        self._moment = moment
        self._capture_id = capture_id
        self._made: ShareLink | None = None

    async def open(self) -> None:
        """Read the links and show the dialog."""
        number = len(self._moment_ids)
        title = "Share" if number == 1 else f"Share {plural(number, 'moment')}"
        with Dialog(self._page.client, title).body:
            if self._moment is not None:
                self._draw_visibility(self._moment)
            self._links = El("ul", "m-links", aria_label="Links")
            self._said = El("p", "m-sm m-2", role="status")  # a toast would cover the form
            self._draw_form()
        await self._page.act(self._draw_links)

    # Visibility

    def _draw_visibility(self, moment: Moment) -> None:
        with El("div", "m-field"):
            self._seen_by = ui.select(
                SEEN_BY,
                value=moment.visibility,
                on_change=lambda event: self._set_visibility(event.value),
            )
            draw_label(self._seen_by, "Who can see this")
            self._seen_by.props("borderless dense options-dense behavior=menu").classes("m-qinput")
            self._seen_by.props["aria-label"] = "Who can see this"

    async def _set_visibility(self, visibility: Visibility) -> None:
        if self._moment is None or visibility == self._moment.visibility:
            return

        async def do() -> None:
            change = MomentChange(visibility=visibility)
            moments = self._page.services.moments
            moment_id = self._moment_ids[0]
            self._moment = await moments.update(self._page.caller, moment_id, change)

        if await self._page.act(do, once="visibility"):
            self._page.toaster.say("Saved")
        self._seen_by.set_value(self._moment.visibility)  # after a refusal: what is true
        await self._page.act(self._draw_links)

    # Links

    async def _draw_links(self) -> None:
        services = self._page.services
        addresses: Mapping[str, str] = {}
        found = [self._made] if self._made else []
        if self._moment is not None:
            addresses = await services.moment_pages.urls([self._moment])
            found = await links_of(self._page, self._moment.id, self._capture_id)
        self._links.clear()
        with self._links:
            for url in addresses.values():
                self._draw_link(url, "Its own page, for as long as it may be seen")
            for link in sorted(found, key=_newest):
                self._draw_link(link.url, _about(link), link)

    def _draw_link(self, url: str, about: str, link: ShareLink | None = None) -> None:
        is_new = link is not None and self._made is not None and link.id == self._made.id
        with El("li", "m-made" if is_new else ""):
            with El("div", "m-grow"):
                El(
                    "a",
                    "m-link m-sm m-cut m-block",
                    url.partition("://")[2],
                    href=url,
                    target="_blank",
                    rel="noopener",
                )
                with El("span", "m-xs m-3"):
                    if link is not None and link.expires_at is not None:
                        El("span", text="Expires ")
                        LocalTime(link.expires_at)
                        El("span", text=" · ")
                    El("span", text=about)
            CopyButton(url)
            if link is not None:
                token = link.token
                Button(
                    "",
                    lambda: self._revoke(token),
                    kind="quiet",
                    glyph="trash",
                    label="Revoke this link",
                ).classes("m-icon m-danger").mark(token)

    async def _revoke(self, token: str) -> None:
        async def do() -> None:
            await self._page.services.sharing.revoke(self._page.caller, token)
            self._made = None
            await self._draw_links()

        if await self._page.act(do, once=token):
            self._said.text = "Link revoked. It stops working within a minute."

    def _draw_form(self) -> None:
        with El("div", "m-form m-newlink"):
            El("h3", text="New link, for people without an account")
            with El("div", "m-two"):
                self._expiry = ui.select(_EXPIRY, value=604_800)
                self._expiry.props("borderless dense options-dense behavior=menu")
                self._expiry.classes("m-qinput").props["aria-label"] = "Expiry"
                self._password = ui.input(placeholder="Password (optional)")
                self._password.props("borderless dense type=password autocomplete=new-password")
                self._password.classes("m-qinput").props["aria-label"] = "Password (optional)"
            self._may_download = ui.switch("Allow download", value=True).classes("m-qswitch")
            with El("div", "m-dfoot"):
                Button("Create a link", self._create, kind="solid", glyph="link")

    async def _create(self) -> None:
        async def do() -> None:
            new = NewShare(
                expires_in_s=int(self._expiry.value or 0) or None,
                password=str(self._password.value or "") or None,
                may_download=bool(self._may_download.value),
            )
            sharing = self._page.services.sharing
            self._made = await sharing.share(self._page.caller, self._moment_ids, new)
            self._password.set_value("")
            await self._draw_links()

        if await self._page.act(do, once="share"):
            with_password = " and the password" if self._made and self._made.has_password else ""
            self._said.text = f"Link created. Anyone who has it{with_password} can open it."


async def links_of(page: SignedInPage, moment_id: str, capture_id: str | None) -> list[ShareLink]:
    """Return the working links to a moment, and to its clip or snapshot."""
    found: dict[str, ShareLink] = {}
    for subject_id in filter(None, (moment_id, capture_id)):
        for link in await page.services.sharing.links(page.caller, subject_id):
            found[link.id] = link
    return list(found.values())


def _newest(link: ShareLink) -> float:
    return -link.created_at.timestamp()


def _about(link: ShareLink) -> str:
    parts = [] if link.expires_at else ["Never expires"]
    if link.has_password:
        parts.append("with a password")
    if not link.may_download:
        parts.append("no download")
    if len(link.subject_ids) > 1:
        parts.append(f"with {plural(len(link.subject_ids) - 1, 'other')}")
    return " · ".join([*parts, plural(link.views, "view")])


def summary(moment: Moment, links: Sequence[ShareLink]) -> str:
    """Return who can see a moment, in a few words."""
    seen_by = SEEN_BY[moment.visibility]
    return f"{seen_by}, and by {plural(len(links), 'link')}" if links else seen_by
