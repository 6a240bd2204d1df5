"""`/api/auth` before sign-in: signing in and out, first start, sign-up, invitations."""

from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath, JSONBody

from domain.accounts.models import InvitationView, SignedIn
from domain.bootstrap import Services
from webapp.api.accounts import OPENED, Email, Password, UserOut, user_out
from webapp.api.schemas import (
    Done,
    In,
    Instant,
    Out,
    Svc,
    instant,
    problems,
)
from webapp.auth import SESSION_COOKIE, Gatekeeper, client_ip, cookie_of, session_cookie

AnyRequest = Request[Any, Any, Any]
OPEN: dict[str, object] = {"anybody": True}
NOBODY = problems(401, 404, 409, 413, 415, 429)


class SignInIn(In, frozen=True, kw_only=True):
    """Credentials."""

    email: Email
    password: Password


class SignUpIn(SignInIn, frozen=True, kw_only=True):
    """A new account, with its own organisation."""

    name: str = ""
    organization: str = ""


class JoinIn(SignInIn, frozen=True, kw_only=True):
    """A new account for an invited person."""

    name: str = ""


class SignedInOut(Out, frozen=True, kw_only=True):
    """The signed-in user; the session itself is in the cookie."""

    user: UserOut
    organization_id: str | None
    expires_at: Instant


class InvitationViewOut(Out, frozen=True, kw_only=True):
    """What an invitation offers."""

    organization_name: str
    role: str
    email: str | None
    invited_by: str | None
    expires_at: Instant


def _view_out(view: InvitationView) -> InvitationViewOut:
    return InvitationViewOut(
        organization_name=view.organization_name,
        role=view.role.label,
        email=view.email,
        invited_by=view.invited_by,
        expires_at=instant(view.expires_at) or "",
    )


def _with_cookie(services: Services, signed_in: SignedIn) -> Response[SignedInOut]:
    """Return the signed-in user, with the session cookie."""
    content = SignedInOut(
        user=user_out(signed_in.user),
        organization_id=signed_in.organization_id,
        expires_at=instant(signed_in.expires_at) or "",
    )
    line = session_cookie(services.settings, signed_in.token)
    return Response(content, headers={"set-cookie": line, "cache-control": "no-store"})


class EntranceController(Controller):
    """Routes for people who are not signed in."""

    path = "/auth"
    tags = ("Accounts",)
    opt = OPEN
    security = ({},)

    @post("/sign-in", status_code=200, summary="Sign in", responses=OPENED)
    async def sign_in(
        self, request: AnyRequest, services: Svc, data: JSONBody[SignInIn]
    ) -> Response[SignedInOut]:
        """Open a login session and set its cookie."""
        signed_in = await services.accounts.sign_in(
            data.email,
            data.password,
            ip=client_ip(request.scope),
            user_agent=request.headers.get("user-agent", "")[:400],
        )
        return _with_cookie(services, signed_in)

    @post("/sign-up", summary="Sign up", responses=OPENED)
    async def sign_up(
        self, request: AnyRequest, services: Svc, data: JSONBody[SignUpIn]
    ) -> Response[SignedInOut]:
        """Create an account with its own organisation, if sign-up is open."""
        signed_in = await services.accounts.sign_up(
            data.email,
            data.password,
            data.name,
            organization=data.organization,
            ip=client_ip(request.scope),
        )
        return _with_cookie(services, signed_in)

    @post("/sign-out", status_code=200, summary="Sign out", responses=OPENED)
    async def sign_out(self, request: AnyRequest, services: Svc) -> Response[Done]:
        """End this browser's session."""
        token = cookie_of(request.scope, SESSION_COOKIE)
        if token:
            gatekeeper: Gatekeeper = request.app.state.gatekeeper
            gatekeeper.check_origin(request.scope)
            await services.accounts.sign_out(token)
        line = session_cookie(services.settings, "", lifetime_s=0)
        return Response(Done(), headers={"set-cookie": line, "cache-control": "no-store"})

    @get("/first-start/{token:str}", summary="Check the first link", responses=problems(404, 429))
    async def check_first_start(self, services: Svc, token: FromPath[str]) -> Done:
        """Check whether the link for the first account is valid."""
        await services.first_start.check(token)
        return Done()

    @post("/first-start/{token:str}", summary="Create the first account", responses=NOBODY)
    async def first_start(
        self, services: Svc, token: FromPath[str], data: JSONBody[SignUpIn]
    ) -> Response[SignedInOut]:
        """Create the owner's account and organisation, once."""
        signed_in = await services.first_start.use(
            token,
            email=data.email,
            password=data.password,
            name=data.name,
            organization=data.organization,
        )
        return _with_cookie(services, signed_in)

    @get("/invitations/{token:str}", summary="Read an invitation", responses=problems(404, 429))
    async def view_invitation(self, services: Svc, token: FromPath[str]) -> InvitationViewOut:
        """Return an invitation's offer."""
        return _view_out(await services.members.view_invitation(token))

    @post("/invitations/{token:str}/sign-up", summary="Join with a new account", responses=NOBODY)
    async def join_as_new(
        self, services: Svc, token: FromPath[str], data: JSONBody[JoinIn]
    ) -> Response[SignedInOut]:
        """Accept an invitation with a new account, and sign in."""
        signed_in = await services.members.join_as_new(
            token, data.email, data.password, name=data.name
        )
        return _with_cookie(services, signed_in)
