"""The user's page for everybody: handle, picture and a few words."""

from typing import Any

from domain.profiles.models import Profile
from domain.profiles.rules import MAX_AVATAR, MAX_BIO
from webapp.app.components.file_button import FileButton
from webapp.app.kit.elements import Button, El, link
from webapp.app.kit.forms import Form, Values, confirm
from webapp.app.shell import SignedInPage


class PublicPage:
    """The form of a public page, and what is done with it."""

    def __init__(self, page: SignedInPage) -> None:
        self._page = page
        self._profiles = page.services.profiles
        form = Form(page.act, self._save, action="Save")
        with form.body:
            hint = f"{page.services.settings.origin}/u/…"
            self._handle = form.add_text("handle", "Handle", hint=hint, maxlength=30)
            self._bio = form.add_text("bio", "About you", maxlength=MAX_BIO)
        with El("div") as self._shown:
            with El("div", "m-row m-wraps m-after"):
                self._draw_picture()
            with El("div", "m-row m-wraps m-after"):
                self._link = link("Open your page", "", "m-link")
                Button("Unpublish", self._ask_unpublish, kind="quiet")
        self._shown.set_visibility(False)

    def _draw_picture(self) -> None:
        self._face = El("img", "m-avatar m-portrait", alt="Your picture", width=72, height=72)
        FileButton(
            "Choose a picture",
            "data",
            ("put", "/api/profiles/me/avatar"),
            accept="image/jpeg,image/png,image/webp",
            most=MAX_AVATAR,
            on_sent=self._picture_sent,
            on_refused=lambda why: self._page.toaster.say("No picture was set", why, tone="bad"),
        )
        self._remove = Button("Remove it", self._remove_picture, kind="quiet")

    async def _picture_sent(self, _answer: Any) -> None:  # noqa: ANN401 (what a browser sends)
        await self._page.act(self.refresh, once="picture")

    async def _remove_picture(self) -> None:
        async def do() -> None:
            await self._profiles.set_avatar(self._page.caller, None)
            await self.refresh()

        await self._page.act(do, once="picture")

    async def _save(self, values: Values) -> None:
        await self._profiles.save(self._page.caller, values["handle"], values["bio"])
        await self.refresh()
        self._page.toaster.say("Saved")

    async def refresh(self) -> None:
        """Show what is true now, in the bar too."""
        profile = await self._profiles.own(self._page.caller)
        self._show(profile)
        picture = await self._profiles.picture_of(str(self._page.me["id"]))
        self._face.set_visibility(picture is not None)
        self._face.props["src"] = picture or ""
        self._remove.set_visibility(picture is not None)
        self._page.account.show_picture(picture)

    def _show(self, profile: Profile | None) -> None:
        self._handle.value = profile.handle if profile else ""
        self._bio.value = profile.bio if profile else ""
        self._shown.set_visibility(profile is not None)
        self._link.props["href"] = profile.url if profile else ""

    def _ask_unpublish(self) -> None:
        async def go() -> None:
            async def do() -> None:
                await self._profiles.delete(self._page.caller)
                await self.refresh()

            await self._page.act(do, once="unpublish")

        words = "Your public moments stay at their own addresses. The handle stays yours."
        confirm(self._page.client, "Unpublish your page?", words, "Unpublish", go)
