"""A session's end and change, and passwords: the forms whose answer sets a cookie."""

from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.responses import Response

from domain.core.errors import BadFields, MomentsError, RateLimited
from webapp.auth import SESSION_COOKIE, client_ip, cookie_of
from webapp.pages.form_pages import FormPages, Values
from webapp.pages.forms import EMAIL, NEW_PASSWORD, Form, expired, notice
from webapp.pages.posted import redirect, safe_next


class AccountForms(FormPages):
    """Forms of an account: signed in, or with its password forgotten."""

    def add_to(self, app: FastAPI) -> None:
        """Add the forms to an app."""
        self.take_at(app, "/sign-out", self.take_sign_out)
        self.take_at(app, "/switch-organisation", self.take_switch)
        self.take_at(app, "/settings/password", self.take_password)
        self.show_at(app, "/forgot-password", self.forgot)
        self.take_at(app, "/forgot-password", self.take_forgot)
        self.show_at(app, "/reset/{token}", self.reset)
        self.take_at(app, "/reset/{token}", self.take_reset)

    async def take_sign_out(self, request: Request, values: Values) -> Response:
        """End this browser's session, or all of the user's."""
        token = cookie_of(request.scope, SESSION_COOKIE)
        visit = await self.pages.visit(request) if values.get("everywhere") else None
        if visit is not None:
            await self.services.accounts.sign_out_everywhere(visit.caller)
        elif token:
            await self.services.accounts.sign_out(token)
        return redirect(self.settings, "/sign-in", "")

    async def take_switch(self, request: Request, values: Values) -> Response:
        """Make another of the user's organisations the session's current one."""
        goal = safe_next(values.get("next"))
        visit = await self.pages.visit(request)
        if visit is None:
            return redirect(self.settings, f"/sign-in?next={quote(goal, safe='')}")
        await self.services.accounts.switch_organization(visit.caller, values.get("id", ""))
        return redirect(self.settings, goal)

    async def take_password(self, request: Request, values: Values) -> Response:
        """Change the password; the profile shows the outcome by its code."""
        visit = await self.pages.visit(request)
        if visit is None:
            return redirect(self.settings, "/sign-in?next=%2Fsettings%2Fprofile")
        code = "changed"
        try:
            await self.services.accounts.change_password(
                visit.caller,
                values.get("current", ""),
                values.get("new", ""),
                ip=client_ip(request.scope),
            )
        except BadFields as error:
            code = "wrong" if "current_password" in error.fields else "invalid"
        except RateLimited:
            code = "limited"
        return redirect(self.settings, f"/settings/profile?password={code}")

    # Forgotten passwords

    async def forgot(self, _request: Request) -> Response:
        """Ask for the address, or say whom to ask for a link where there is no mail server."""
        if not self.services.resets.is_by_mail:
            return notice(
                "Forgot your password?",
                "Ask an owner or admin of your organisation for a link that sets a new one. They "
                "find it in Settings, Members. The operator of this Moments can create one too.",
            )
        return self._forgot_form().show()

    @staticmethod
    def _forgot_form() -> Form:
        return Form(
            "Forgot your password?",
            "/forgot-password",
            "Send the link",
            (EMAIL,),
            lead="We send a link that sets a new one.",
            note=("Remembered it?", "Sign in", "/sign-in"),
        )

    async def take_forgot(self, request: Request, values: Values) -> Response:
        """Request a link; the answer is the same whether an account has the address or not."""
        try:
            await self.services.resets.request(values.get("email", ""), ip=client_ip(request.scope))
        except MomentsError as error:
            return self._forgot_form().refused(values, error)
        return notice(
            "Check your email",
            "If an account has this address, a link is on its way. It works once, within an hour.",
        )

    async def reset(self, request: Request) -> Response:
        """Ask for the new password, while the link is valid."""
        try:
            return (await self._reset_form(request)).show()
        except MomentsError as error:
            return expired(error)

    async def _reset_form(self, request: Request) -> Form:
        token = request.path_params["token"]
        email = await self.services.resets.check(token)
        return Form(
            "Choose a new password",
            f"/reset/{quote(token, safe='')}",
            "Set password and sign in",
            (NEW_PASSWORD,),
            lead=f"For {email}. Every browser that is signed in to it is signed out.",
            hidden=(("email", email),),  # for password managers
        )

    async def take_reset(self, request: Request, values: Values) -> Response:
        """Set the new password, and sign in."""
        token = request.path_params["token"]
        try:
            form = await self._reset_form(request)
        except MomentsError as error:
            return expired(error)
        opening = self.services.resets.use(
            token,
            values.get("password", ""),
            ip=client_ip(request.scope),
            user_agent=request.headers.get("user-agent", "")[:400],
        )
        return await self.open_session(form, values, opening)
