"""`/api/auth` for signed-in users: their own account and sessions."""

from typing import Annotated, Any

from litestar import Controller, Request, delete, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from domain.accounts.models import Identity, LoginSession, Membership, User
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
    Page,
    Svc,
    Who,
    instant,
    page_of,
    problems,
)
from webapp.auth import client_ip

Email = Annotated[str, Meta(max_length=320, examples=["ada@example.com"])]
Password = Annotated[str, Meta(max_length=1024, examples=["correct horse battery staple"])]
OPENED = problems(401, 403, 404, 409, 413, 415, 429)


class ProfileIn(In, frozen=True, kw_only=True):
    """Changes to the user's own account."""

    name: str | None = None
    email: Email | None = None
    password: Annotated[
        Password | None, Meta(description="The current password, required to change the address.")
    ] = None


class PasswordIn(In, frozen=True, kw_only=True):
    """The current and the new password."""

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
    """The signed-in user, their organisations, and the current one."""

    user: UserOut
    organizations: list[MembershipOut]
    organization: MembershipOut | None


class SessionOut(Out, frozen=True, kw_only=True):
    """A signed-in browser."""

    id: str
    ip: str
    user_agent: str
    created_at: Instant
    last_seen_at: Instant
    expires_at: Instant
    is_current: bool


class SessionPage(Page, frozen=True, kw_only=True):
    """The user's own sessions, newest first."""

    items: list[SessionOut]


def user_out(user: User) -> UserOut:
    """Return a user in wire format."""
    return UserOut(
        id=user.id, email=user.email, name=user.name, created_at=instant(user.created_at) or ""
    )


def membership_out(membership: Membership) -> MembershipOut:
    """Return a user's organisation in wire format."""
    return MembershipOut(
        id=membership.organization_id,
        name=membership.organization_name,
        role=membership.role.label,
    )


def identity_out(identity: Identity) -> IdentityOut:
    """Return the signed-in user in wire format."""
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


class AccountController(Controller):
    """The user's own account."""

    path = "/auth"
    tags = ("Accounts",)

    @get("/session", summary="Who am I", responses=READ)
    async def session(self, services: Svc, caller: Who) -> IdentityOut:
        """Return the signed-in user, their organisations, and the current one."""
        return identity_out(await services.accounts.identity(caller))

    @patch("/profile", summary="Change the account", responses=OPENED)
    async def update_profile(
        self,
        request: Request[Any, Any, Any],
        services: Svc,
        caller: Who,
        data: JSONBody[ProfileIn],
        idempotency_key: IdempotencyKey = None,
    ) -> UserOut:
        """Change the user's own name, or their address, which requires the password."""
        user = await services.accounts.update_profile(
            caller,
            name=data.name,
            email=data.email,
            password=data.password,
            ip=client_ip(request.scope),
        )
        return user_out(user)

    @post("/password", status_code=200, summary="Change the password", responses=OPENED)
    async def change_password(
        self,
        request: Request[Any, Any, Any],
        services: Svc,
        caller: Who,
        data: JSONBody[PasswordIn],
        idempotency_key: IdempotencyKey = None,
    ) -> Done:
        """Change the password and end every other session."""
        ip = client_ip(request.scope)
        await services.accounts.change_password(caller, data.current, data.new, ip=ip)
        return Done()

    @get("/sessions", summary="List sessions", responses=READ)
    async def sessions(
        self, services: Svc, caller: Who, limit: Limit = 50, offset: Offset = 0
    ) -> SessionPage:
        """List the signed-in browsers, newest first."""
        found = [_session_out(s) for s in await services.accounts.sessions(caller)]
        return page_of(SessionPage, found, limit, offset)

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
        """Accept an invitation as the signed-in user."""
        return membership_out(await services.members.join(caller, token))
