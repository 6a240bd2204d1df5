"""Pages before sign-in, as plain forms: sign-in, sign-up, the first start, an invitation."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final, Literal
from urllib.parse import quote, urlsplit

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response

from domain.accounts.models import SignedIn
from domain.accounts.passwords import MIN_LENGTH
from domain.core.errors import BadFields, MomentsError, RateLimited, Unauthenticated
from domain.core.settings import Settings
from webapp.auth import SESSION_COOKIE, client_ip, cookie_of
from webapp.pages.context import Pages
from webapp.pages.error_page import trouble
from webapp.pages.posted import read_form, redirect, status_of
from webapp.pages.theme import head, render

HOME: Final = "/library"
Values = dict[str, str]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form."""

    name: str
    label: str
    kind: Literal["text", "email", "current", "new"] = "text"
    value: str = ""
    autocomplete: str = ""
    error: str = ""
    is_half: bool = False  # two of these stand side by side


@dataclass(frozen=True, slots=True)
class Form:
    """A page with one form; `note` is (text, link's text, link's path)."""

    title: str
    action: str
    button: str
    fields: tuple[Field, ...] = ()
    lead: str = ""
    error: str = ""
    note: tuple[str, str, str] | None = None
    has_arrow: bool = False
    forgot: str = ""  # where a forgotten password leads
    hidden: tuple[tuple[str, str], ...] = ()
    tells_health: bool = False
    demo: bool = False

    def show(self, *, status: int = 200, headers: dict[str, str] | None = None) -> HTMLResponse:
        """Return the page."""
        body = render(
            "entrance.html",
            form=self,
            min_length=MIN_LENGTH,
            head=head(sheets=("entrance",), scripts=("entrance",)),
        )
        return HTMLResponse(body, status, {"cache-control": "no-store", **(headers or {})})

    def refused(self, values: Values, error: MomentsError) -> HTMLResponse:
        """Return the page again, with what was typed and what is wrong; passwords are left out."""
        problems = dict(error.fields) if isinstance(error, BadFields) else {}
        fields = tuple(
            replace(
                field,
                value="" if field.kind in {"current", "new"} else values.get(field.name, ""),
                error=_sentence(field.label, problems.pop(field.name, "")),
            )
            for field in self.fields
        )
        rest = " ".join(_sentence(name.capitalize(), why) for name, why in problems.items())
        general = rest if isinstance(error, BadFields) else error.message
        headers = (
            {"retry-after": str(error.retry_after_s)} if isinstance(error, RateLimited) else None
        )
        shown = replace(self, fields=fields, error=general)
        return shown.show(status=status_of(error), headers=headers)


def _sentence(label: str, problem: str) -> str:
    return f"{label} {problem}." if problem else ""


def safe_next(wanted: str | None) -> str:
    """Return a local path to continue to; anything else becomes the home page."""
    if not wanted or not wanted.startswith("/") or wanted.startswith(("//", "/\\")):
        return HOME
    parts = urlsplit(wanted)
    return HOME if parts.netloc or parts.scheme else wanted


NAME: Final = Field("name", "Your name", autocomplete="name")
EMAIL: Final = Field("email", "Email", "email", autocomplete="username")
NEW_PASSWORD: Final = Field("password", "Password", "new", autocomplete="new-password")
_HALF_NAME: Final = replace(NAME, is_half=True)
_ORGANISATION: Final = Field(
    "organization", "Organisation", autocomplete="organization", is_half=True
)


class Entrance:
    """The handlers of these pages."""

    def __init__(self, pages: Pages) -> None:
        self.pages = pages
        self.services = pages.services

    @property
    def settings(self) -> Settings:
        """The installation's settings."""
        return self.services.settings

    def add_to(self, app: FastAPI) -> None:
        """Add the pages to an app."""
        for path, show, take in (
            ("/sign-in", self.sign_in, self.take_sign_in),
            ("/sign-up", self.sign_up, self.take_sign_up),
            ("/first-start/{token}", self.first_start, self.take_first_start),
            ("/invite/{token}", self.invite, self.take_invite),
            ("/forgot-password", self.forgot, self.take_forgot),
            ("/reset/{token}", self.reset, self.take_reset),
        ):
            app.add_api_route(path, show, methods=["GET", "HEAD"], response_model=None)
            app.add_api_route(path, self.guarded(take), methods=["POST"], response_model=None)
        for path, handler in (
            ("/sign-out", self.take_sign_out),
            ("/switch-organisation", self.take_switch),
            ("/settings/password", self.take_password),
        ):
            app.add_api_route(path, self.guarded(handler), methods=["POST"], response_model=None)

    def guarded(
        self, take: Callable[[Request, Values], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """Return a handler of a posted form that only our own pages may send."""

        async def handler(request: Request) -> Response:
            try:
                self.pages.check_origin(request)
                return await take(request, await read_form(request))
            except MomentsError as error:
                return trouble(
                    status_of(error),
                    "This did not work",
                    error.message,
                    action="Sign in",
                    href="/sign-in",
                )

        return handler

    async def _open(
        self, form: Form, values: Values, opening: Awaitable[SignedIn], goal: str = HOME
    ) -> Response:
        """Await a new session and go on, or show the form again."""
        try:
            signed_in = await opening
        except MomentsError as error:
            return form.refused(values, error)
        return redirect(self.settings, goal, signed_in.token)

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
        return await self._open(self._sign_in_form(goal), values, opening, goal)

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
        return await self._open(self._sign_up_form(), values, opening)

    async def first_start(self, request: Request) -> Response:
        """Show the form of the first account, while its link is valid."""
        token = request.path_params["token"]
        try:
            await self.services.first_start.check(token)
        except MomentsError as error:
            return _expired(error)
        return self._first_start_form(token).show()

    def _first_start_form(self, token: str) -> Form:
        demo = self.settings.demo
        return Form(
            "Make it yours",
            f"/first-start/{quote(token, safe='')}",
            "Create account and watch" if demo else "Create account",
            (_HALF_NAME, _ORGANISATION, EMAIL, NEW_PASSWORD),
            lead="This link works once. The account you create now owns this Moments.",
            has_arrow=True,
            tells_health=True,
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
        return await self._open(self._first_start_form(token), values, opening, goal)

    async def invite(self, request: Request) -> Response:
        """Show what an invitation offers."""
        try:
            form = await self._invite_form(request)
        except MomentsError as error:
            return _expired(error)
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
            return _expired(error)
        members = self.services.members
        if visit is None:
            opening = members.join_as_new(
                token,
                values.get("email", ""),
                values.get("password", ""),
                name=values.get("name", ""),
            )
            return await self._open(form, values, opening)
        try:
            await members.join(visit.caller, token)
        except Unauthenticated:
            return redirect(self.settings, f"/sign-in?next={quote(request.url.path, safe='')}")
        except MomentsError as error:
            return form.refused(values, error)
        return redirect(self.settings, HOME)

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
            return _expired(error)

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
            return _expired(error)
        opening = self.services.resets.use(
            token,
            values.get("password", ""),
            ip=client_ip(request.scope),
            user_agent=request.headers.get("user-agent", "")[:400],
        )
        return await self._open(form, values, opening)


def notice(title: str, lead: str, *, status: int = 200) -> HTMLResponse:
    """Return a page without a form, and with the way to the sign-in."""
    note = ("", "Go to sign-in", "/sign-in")
    return Form(title, "", "", lead=lead, note=note).show(status=status)


def _expired(error: MomentsError) -> HTMLResponse:
    return notice("This link has expired", error.message, status=404)
