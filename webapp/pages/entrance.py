"""The way in: sign-in, sign-up, the first start, an invitation."""

from dataclasses import replace
from typing import Final
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.responses import Response

from domain.core.errors import MomentsError, Unauthenticated
from webapp.auth import client_ip
from webapp.checks import parts_down
from webapp.pages.form_pages import FormPages, Values
from webapp.pages.forms import EMAIL, NAME, NEW_PASSWORD, Field, Form, expired, notice
from webapp.pages.posted import HOME, redirect, safe_next

_HALF_NAME: Final = replace(NAME, is_half=True)
_ORGANISATION: Final = Field(
    "organization", "Organisation", autocomplete="organization", is_half=True
)


class Entrance(FormPages):
    """Forms that open a session."""

    def add_to(self, app: FastAPI) -> None:
        """Add the pages to an app."""
        for path, show, take in (
            ("/sign-in", self.sign_in, self.take_sign_in),
            ("/sign-up", self.sign_up, self.take_sign_up),
            ("/first-start/{token}", self.first_start, self.take_first_start),
            ("/invite/{token}", self.invite, self.take_invite),
        ):
            self.show_at(app, path, show)
            self.take_at(app, path, take)

    # Sign-in

    async def sign_in(self, request: Request) -> Response:
        """Show the sign-in, or go on for somebody who is signed in."""
        goal = safe_next(request.query_params.get("next"))
        if await self.pages.visit(request):
            return redirect(self.settings, goal)
        return self._sign_in_form(goal).show()

    def _sign_in_form(self, goal: str) -> Form:
        ask = ("No account? Ask the operator of this Moments for an invitation link.", "", "")
        create = ("No account?", "Create one", "/sign-up")
        return Form(
            "Welcome back",
            "/sign-in",
            "Sign in",
            (EMAIL, Field("password", "Password", "current", autocomplete="current-password")),
            note=create if self.settings.sign_up == "open" else ask,
            forgot="/forgot-password",
            hidden=(("next", goal),),
        )

    async def take_sign_in(self, request: Request, values: Values) -> Response:
        """Sign in."""
        goal = safe_next(values.get("next"))
        opening = self.services.accounts.sign_in(
            values.get("email", ""),
            values.get("password", ""),
            ip=client_ip(request.scope),
            user_agent=request.headers.get("user-agent", "")[:400],
        )
        return await self.open_session(self._sign_in_form(goal), values, opening, goal)

    # New accounts

    async def sign_up(self, _request: Request) -> Response:
        """Show the sign-up, where it is open."""
        if self.settings.sign_up != "open":
            return notice(
                "Sign-up is closed here",
                "Ask the operator of this Moments for an invitation link.",
                status=404,
            )
        return self._sign_up_form().show()

    @staticmethod
    def _sign_up_form() -> Form:
        return Form(
            "Create an account",
            "/sign-up",
            "Create account",
            (_HALF_NAME, _ORGANISATION, EMAIL, NEW_PASSWORD),
            lead="Includes an organisation of your own.",
            note=("Already have an account?", "Sign in", "/sign-in"),
            has_arrow=True,
        )

    async def take_sign_up(self, request: Request, values: Values) -> Response:
        """Create an account with its own organisation."""
        opening = self.services.accounts.sign_up(
            values.get("email", ""),
            values.get("password", ""),
            values.get("name", ""),
            organization=values.get("organization", ""),
            ip=client_ip(request.scope),
        )
        return await self.open_session(self._sign_up_form(), values, opening)

    async def first_start(self, request: Request) -> Response:
        """Show the form of the first account, while its link is valid."""
        token = request.path_params["token"]
        try:
            await self.services.first_start.check(token)
        except MomentsError as error:
            return expired(error)
        down = await parts_down(self.services)
        return replace(self._first_start_form(token), down=tuple(down)).show()

    def _first_start_form(self, token: str) -> Form:
        demo = self.settings.demo
        return Form(
            "Make it yours",
            f"/first-start/{quote(token, safe='')}",
            "Create account and watch" if demo else "Create account",
            (_HALF_NAME, _ORGANISATION, EMAIL, NEW_PASSWORD),
            lead="This link works once. The account you create now owns this Moments.",
            has_arrow=True,
            demo=demo,
        )

    async def take_first_start(self, request: Request, values: Values) -> Response:
        """Create the owner's account, and open the demo stream if there is one."""
        token = request.path_params["token"]
        opening = self.services.first_start.use(
            token,
            email=values.get("email", ""),
            password=values.get("password", ""),
            name=values.get("name", ""),
            organization=values.get("organization", ""),
        )
        goal = "/watch/demo" if self.settings.demo else HOME
        return await self.open_session(self._first_start_form(token), values, opening, goal)

    async def invite(self, request: Request) -> Response:
        """Show what an invitation offers."""
        try:
            form = await self._invite_form(request)
        except MomentsError as error:
            return expired(error)
        return form.show()

    async def _invite_form(self, request: Request) -> Form:
        token = request.path_params["token"]
        offer = await self.services.members.view_invitation(token)
        by = f"{offer.invited_by} invites you" if offer.invited_by else "You are invited"
        form = Form(
            f"Join {offer.organization_name}",
            f"/invite/{quote(token, safe='')}",
            "Create account and join",
            (NAME, replace(EMAIL, value=offer.email or ""), NEW_PASSWORD),
            lead=f"{by} to capture together, as {offer.role.label}.",
            has_arrow=True,
        )
        visit = await self.pages.visit(request)
        if visit is not None:
            button = f"Join as {visit.identity.user.email}"
            return replace(form, button=button, fields=(), has_arrow=False)
        path = quote(f"/invite/{token}", safe="")
        return replace(form, note=("Already have an account?", "Sign in", f"/sign-in?next={path}"))

    async def take_invite(self, request: Request, values: Values) -> Response:
        """Accept an invitation, as the signed-in user or with a new account."""
        token = request.path_params["token"]
        try:
            form = await self._invite_form(request)
            visit = await self.pages.visit(request)
        except MomentsError as error:
            return expired(error)
        members = self.services.members
        if visit is None:
            opening = members.join_as_new(
                token,
                values.get("email", ""),
                values.get("password", ""),
                name=values.get("name", ""),
            )
            return await self.open_session(form, values, opening)
        try:
            await members.join(visit.caller, token)
        except Unauthenticated:
            return redirect(self.settings, f"/sign-in?next={quote(request.url.path, safe='')}")
        except MomentsError as error:
            return form.refused(values, error)
        return redirect(self.settings, HOME)
