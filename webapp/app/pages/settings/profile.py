"""The user's own account: name and address, notifications, password, signed-in browsers."""

from typing import Final

from domain.accounts.models import LoginSession
from domain.core.time import isoformat
from webapp.app.components.list_row import Press, RowItem, RowList, When
from webapp.app.kit.elements import Button, El
from webapp.app.kit.forms import Dialog, Form, Values, password_field
from webapp.app.kit.in_order import in_order
from webapp.app.pages.settings.base import SettingsPage, section
from webapp.app.pages.settings.notifications import Notifications
from webapp.app.pages.settings.public_page import PublicPage
from webapp.auth import client_ip

_BROWSERS: Final = (
    ("Edg/", "Edge"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS: Final = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)
# What the form post of a new password answers, by the code in the address.
_PASSWORD_PROBLEMS: Final = {
    "wrong": ("current", "The current password is wrong. Try again."),
    "invalid": ("new", "A password must have 8 to 1,024 characters."),
    "limited": ("current", "Too many attempts. Wait a few minutes, then try again."),
}


class ProfilePage(SettingsPage):
    """Profile, password and sessions."""

    section = "profile"

    def draw(self) -> None:
        """Draw the forms and the list."""
        with section("Profile", "How others see you."), El("div", "m-glass m-pad"):
            self._draw_profile()
        lead = "A page with your public moments, open to everybody. It needs a handle."
        with section("Public page", lead), El("div", "m-glass m-pad"):
            self._public = PublicPage(self)
        with section("Notifications", "What we tell you, and how."):
            self._notifications = Notifications(self)
        with (
            section("Password", "Changing it signs out every other browser."),
            El("div", "m-glass m-pad"),
        ):
            self._draw_password()
        with section("Sessions", "Browsers that are signed in to your account.") as action:
            with action:
                Button("Sign out everywhere", self._ask_sign_out, kind="quiet", glyph="out")
            self.sessions = RowList(self._end_session, none="No sessions.")
        if self.request.query_params.get("password") == "changed":
            self.client.on_connect(self._say_changed)

    def _draw_profile(self) -> None:
        form = Form(self.act, self._save, action="Save")
        with form.body:
            with El("div", "m-two"):
                form.add_text(
                    "name", "Your name", str(self.me["name"]), autocomplete="name", maxlength=100
                )
                email = form.add_text(
                    "email", "Email", str(self.me["email"]), type="email", autocomplete="email"
                )
            with El("div") as self._proof:
                form.add_password("password", "Current password", "current-password")
                El("span", "m-hint", "Required to change the email address.")
        self._proof.set_visibility(False)
        email.on_value_change(
            lambda event: self._proof.set_visibility(
                str(event.value).strip().lower() != self.me["email"]
            )
        )
        self._form = form

    async def _save(self, values: Values) -> None:
        user = await self.services.accounts.update_profile(
            self.caller,
            name=values["name"],
            email=values["email"],
            password=values["password"] or None,
            ip=client_ip(self.request.scope),
        )
        self.me |= {"name": user.name, "email": user.email}
        self._form.fields["password"].value = ""
        self._proof.set_visibility(False)
        self.toaster.say("Saved")

    def _draw_password(self) -> None:
        """Draw a form that is posted: the answer may set a cookie, and password managers see it."""
        field, problem = _PASSWORD_PROBLEMS.get(
            self.request.query_params.get("password", ""), ("", "")
        )
        with El("form", "m-form", method="post", action="/settings/password"):
            # Password managers need to know whose password it is.
            El(
                "input",
                "m-vh",
                name="username",
                autocomplete="username",
                value=self.me["email"],
                tabindex="-1",
                readonly=True,
                aria_hidden="true",
            )
            with El("div", "m-two"):
                for name, label, complete in (
                    ("current", "Current password", "current-password"),
                    ("new", "New password", "new-password"),
                ):
                    made = password_field(label, complete, name=name)
                    if name == field:
                        made.error = problem
            with El("div", "m-dfoot"):
                El("button", "m-btn m-solid", "Change the password", type="submit")

    def _say_changed(self) -> None:
        self.toaster.say("Your password was changed", "All other browsers were signed out.")

    @in_order
    async def refresh(self) -> None:
        """Show the signed-in browsers, the public page, and what is switched off."""
        await self._public.refresh()
        await self._notifications.refresh()
        found = await self.services.accounts.sessions(self.caller)
        mine = self.request.headers.get("user-agent", "")
        self.sessions.show([_row(each, mine) for each in found])

    async def _end_session(self, session_id: str, _what: str, _value: str) -> None:
        async def do() -> None:
            await self.services.accounts.revoke_session(self.caller, session_id)
            await self.refresh()

        if await self.act(do, once=session_id):
            self.toaster.say("That browser was signed out")

    def _ask_sign_out(self) -> None:
        dialog = Dialog(self.client, "Sign out everywhere?")
        with dialog.body:
            El("p", "m-2", "Every browser is signed out, this one too. API tokens keep working.")
            with El("form", "m-dfoot", method="post", action="/sign-out"):
                El("input", type="hidden", name="everywhere", value="yes")
                Button("Cancel", dialog.close)
                El("button", "m-btn m-danger", "Sign out everywhere", type="submit")


def _row(each: LoginSession, mine: str) -> RowItem:
    seen = When("last seen ", isoformat(each.last_seen_at), "ago")
    return RowItem(
        id=each.id,
        title=browser_name(each.user_agent or (mine if each.is_current else "")),
        meta=(each.ip, seen) if each.ip else (seen,),
        glyph="screen",
        badge=("okw", "This browser") if each.is_current else None,
        buttons=() if each.is_current else (Press("end", "Sign out", is_danger=True),),
    )


def browser_name(agent: str) -> str:
    """Return a browser's name in words: `Firefox on Linux`."""
    name = next((name for mark, name in _BROWSERS if mark in agent), agent.partition("/")[0])
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return f"{name or 'A browser'} on {system}" if system else name or "A browser"
