"""`/api/auth`: signing in and out, first start, sign-up, and one's own account."""

from typing import Annotated, Any

from litestar import Controller, Request, Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from domain.accounts.models import (
    Identity,
    InvitationView,
    LoginSession,
    Membership,
    SignedIn,
    User,
)
from domain.bootstrap import Services
from webapp.api.schemas import (
    READ,
    WRITE,
    Done,
    IdempotencyKey,
    In,
    Instant,
    Limit,
    Offset,
    Out,
    Svc,
    Who,
    instant,
    problems,
    slice_of,
)
from webapp.auth import SESSION_COOKIE, client_ip, cookie_of, session_cookie

Email = Annotated[str, Meta(max_length=320, examples=["ada@example.com"])]
Password = Annotated[str, Meta(max_length=1024, examples=["correct horse battery staple"])]
AnyRequest = Request[Any, Any, Any]
OPEN: dict[str, object] = {"anybody": True}
NOBODY = problems(401, 404, 409, 413, 415, 429)
OPENED = problems(401, 403, 404, 409, 413, 415, 429)


class SignInIn(In, frozen=True, kw_only=True):
    """Who wants in."""

    email: Email
    password: Password


class SignUpIn(SignInIn, frozen=True, kw_only=True):
    """A new account, with an organisation of its own."""

    name: str = ""
    organization: str = ""


class JoinIn(SignInIn, frozen=True, kw_only=True):
    """A new account for who was invited."""

    name: str = ""


class ProfileIn(In, frozen=True, kw_only=True):
    """What to change of one's own account."""

    name: str | None = None
    email: Email | None = None


class PasswordIn(In, frozen=True, kw_only=True):
    """A new password, and the one until now."""

    current: Password
    new: Password


class UserOut(Out, frozen=True, kw_only=True):
    """A person with an account."""

    id: Annotated[str, Meta(examples=["user_01jdk2v7w8x9y0z1a2b3c4d5e6"])]
    email: str
    name: str
    created_at: Instant


class MembershipOut(Out, frozen=True, kw_only=True):
    """One organisation of a user, with the user's role in it."""

    id: Annotated[str, Meta(examples=["org_01jdk2v7w8x9y0z1a2b3c4d5e6"])]
    name: str
    role: Annotated[str, Meta(examples=["owner"])]


class IdentityOut(Out, frozen=True, kw_only=True):
    """Who is signed in, their organisations, and the one that they act for."""

    user: UserOut
    organizations: list[MembershipOut]
    organization: MembershipOut | None


class SignedInOut(Out, frozen=True, kw_only=True):
    """Who is signed in now; the session itself is in the cookie."""

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


class SessionOut(Out, frozen=True, kw_only=True):
    """A browser that is signed in."""

    id: str
    ip: str
    user_agent: str
    created_at: Instant
    last_seen_at: Instant
    expires_at: Instant
    is_current: bool


class SessionPage(Out, frozen=True, kw_only=True):
    """One's own sessions, newest first."""

    items: list[SessionOut]
    total: int
    limit: int
    offset: int


def user_out(user: User) -> UserOut:
    """Return a user as the wire has them."""
    return UserOut(
        id=user.id, email=user.email, name=user.name, created_at=instant(user.created_at) or ""
    )


def membership_out(membership: Membership) -> MembershipOut:
    """Return an organisation of a user as the wire has it."""
    return MembershipOut(
        id=membership.organization_id,
        name=membership.organization_name,
        role=membership.role.label,
    )


def identity_out(identity: Identity) -> IdentityOut:
    """Return who is signed in as the wire has it."""
    return IdentityOut(
        user=user_out(identity.user),
        organizations=[membership_out(m) for m in identity.memberships],
        organization=membership_out(identity.current) if identity.current else None,
    )


def _session_out(session: LoginSession) -> SessionOut:
    return SessionOut(
        id=session.id,
        ip=session.ip,
        user_agent=session.user_agent,
        created_at=instant(session.created_at) or "",
        last_seen_at=instant(session.last_seen_at) or "",
        expires_at=instant(session.expires_at) or "",
        is_current=session.is_current,
    )


def _view_out(view: InvitationView) -> InvitationViewOut:
    return InvitationViewOut(
        organization_name=view.organization_name,
        role=view.role.label,
        email=view.email,
        invited_by=view.invited_by,
        expires_at=instant(view.expires_at) or "",
    )


def _with_cookie(services: Services, signed_in: SignedIn) -> Response[SignedInOut]:
    """Answer who is signed in, and let the browser keep the session."""
    content = SignedInOut(
        user=user_out(signed_in.user),
        organization_id=signed_in.organization_id,
        expires_at=instant(signed_in.expires_at) or "",
    )
    line = session_cookie(services.settings, signed_in.token)
    return Response(content, headers={"set-cookie": line, "cache-control": "no-store"})


class EntranceController(Controller):
    """What somebody can do who is nobody yet."""

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
        """Make an account with an organisation of its own, where sign-up is open."""
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
            await services.accounts.sign_out(token)
        line = session_cookie(services.settings, "", lifetime_s=0)
        return Response(Done(), headers={"set-cookie": line, "cache-control": "no-store"})

    @get("/first-start/{token:str}", summary="Check the first link", responses=problems(404, 429))
    async def check_first_start(self, services: Svc, token: FromPath[str]) -> Done:
        """Tell whether the link that makes the first account is good."""
        await services.first_start.check(token)
        return Done()

    @post("/first-start/{token:str}", summary="Make the first account", responses=NOBODY)
    async def first_start(
        self, services: Svc, token: FromPath[str], data: JSONBody[SignUpIn]
    ) -> Response[SignedInOut]:
        """Make the owner's account and organisation, once."""
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
        """Return what an invitation offers."""
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


class AccountController(Controller):
    """One's own account."""

    path = "/auth"
    tags = ("Accounts",)

    @get("/session", summary="Who am I", responses=READ)
    async def session(self, services: Svc, caller: Who) -> IdentityOut:
        """Return who is signed in, their organisations, and the one that they act for."""
        return identity_out(await services.accounts.identity(caller))

    @patch("/profile", summary="Change one's account", responses=WRITE)
    async def update_profile(
        self,
        services: Svc,
        caller: Who,
        data: JSONBody[ProfileIn],
        idempotency_key: IdempotencyKey = None,
    ) -> UserOut:
        """Change one's own name or address."""
        user = await services.accounts.update_profile(caller, name=data.name, email=data.email)
        return user_out(user)

    @post("/password", status_code=200, summary="Change one's password", responses=OPENED)
    async def change_password(
        self,
        services: Svc,
        caller: Who,
        data: JSONBody[PasswordIn],
        idempotency_key: IdempotencyKey = None,
    ) -> Done:
        """Change the password and end every other session."""
        await services.accounts.change_password(caller, data.current, data.new)
        return Done()

    @get("/sessions", summary="List one's sessions", responses=READ)
    async def sessions(
        self, services: Svc, caller: Who, limit: Limit = 50, offset: Offset = 0
    ) -> SessionPage:
        """List the browsers that are signed in, newest first."""
        found = [_session_out(s) for s in await services.accounts.sessions(caller)]
        return SessionPage(
            items=slice_of(found, limit, offset), total=len(found), limit=limit, offset=offset
        )

    @delete("/sessions/{session_id:str}", status_code=200, summary="End a session", responses=WRITE)
    async def revoke_session(
        self,
        services: Svc,
        caller: Who,
        session_id: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> Done:
        """Sign a browser out."""
        await services.accounts.revoke_session(caller, session_id)
        return Done()

    @post("/invitations/{token:str}/join", summary="Join", responses=WRITE, status_code=200)
    async def join(
        self,
        services: Svc,
        caller: Who,
        token: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> MembershipOut:
        """Accept an invitation as who is signed in."""
        return membership_out(await services.members.join(caller, token))
