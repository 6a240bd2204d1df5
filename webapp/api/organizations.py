"""`/api/organizations`, `/api/members`, `/api/invitations`, `/api/tokens`."""

from typing import Annotated, Literal

from litestar import Controller, delete, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Meta, UnsetType

from domain.accounts.models import ApiToken, Invitation, Member, Role
from webapp.api.accounts import Email, MembershipOut, membership_out
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

RoleName = Literal["owner", "admin", "member", "viewer"]
YEAR_S = 365 * 24 * 3600
MANAGE = problems(401, 403, 404)


class NameIn(In, frozen=True, kw_only=True):
    """A name."""

    name: Annotated[str, Meta(examples=["Moments Ltd"])]


class RoleIn(In, frozen=True, kw_only=True):
    """A role."""

    role: RoleName


class InviteIn(In, frozen=True, kw_only=True):
    """Whom to let in, and as what."""

    role: RoleName = "member"
    email: Email | None = None
    expires_in_s: Annotated[int, Meta(ge=60, le=YEAR_S)] = 604_800


class TokenIn(In, frozen=True, kw_only=True):
    """A token to make."""

    name: Annotated[str, Meta(examples=["laptop"])]
    expires_in_s: Annotated[int, Meta(ge=60, le=10 * YEAR_S)] | None = None


class OrganizationPage(Out, frozen=True, kw_only=True):
    """The user's organisations."""

    items: list[MembershipOut]
    total: int
    limit: int
    offset: int


class MemberOut(Out, frozen=True, kw_only=True):
    """A person in an organisation."""

    user_id: str
    email: str
    name: str
    role: str
    joined_at: Instant


class MemberPage(Out, frozen=True, kw_only=True):
    """The members, by name."""

    items: list[MemberOut]
    total: int
    limit: int
    offset: int


class InvitationOut(Out, frozen=True, kw_only=True):
    """A link that lets one person in, once."""

    id: str
    role: str
    email: str | None
    url: str
    created_at: Instant
    expires_at: Instant


class InvitationPage(Out, frozen=True, kw_only=True):
    """The links that are still good."""

    items: list[InvitationOut]
    total: int
    limit: int
    offset: int


class TokenOut(Out, frozen=True, kw_only=True):
    """A token; its text is there once, in the answer that made it."""

    id: str
    name: str
    prefix: Annotated[str, Meta(examples=["mt_k3f9"])]
    created_at: Instant
    last_used_at: Instant | None
    expires_at: Instant | None
    token: str | UnsetType = UNSET


class TokenPage(Out, frozen=True, kw_only=True):
    """One's own tokens, newest first."""

    items: list[TokenOut]
    total: int
    limit: int
    offset: int


def _member_out(member: Member) -> MemberOut:
    return MemberOut(
        user_id=member.user_id,
        email=member.email,
        name=member.name,
        role=member.role.label,
        joined_at=instant(member.joined_at) or "",
    )


def _invitation_out(invitation: Invitation) -> InvitationOut:
    return InvitationOut(
        id=invitation.id,
        role=invitation.role.label,
        email=invitation.email,
        url=invitation.url,
        created_at=instant(invitation.created_at) or "",
        expires_at=instant(invitation.expires_at) or "",
    )


def _token_out(record: ApiToken, token: str | UnsetType = UNSET) -> TokenOut:
    return TokenOut(
        id=record.id,
        name=record.name,
        prefix=record.prefix,
        created_at=instant(record.created_at) or "",
        last_used_at=instant(record.last_used_at),
        expires_at=instant(record.expires_at),
        token=token,
    )


def _role(name: RoleName) -> Role:
    return Role[name.upper()]


class OrganizationController(Controller):
    """The organisations that a user belongs to."""

    path = "/organizations"
    tags = ("Organisations",)

    @get("/", summary="List one's organisations", responses=READ)
    async def list_organizations(
        self, services: Svc, caller: Who, limit: Limit = 50, offset: Offset = 0
    ) -> OrganizationPage:
        """List the organisations that one belongs to."""
        identity = await services.accounts.identity(caller)
        found = [membership_out(m) for m in identity.memberships]
        return OrganizationPage(
            items=slice_of(found, limit, offset), total=len(found), limit=limit, offset=offset
        )

    @post("/", summary="Make an organisation", responses=WRITE)
    async def create_organization(
        self,
        services: Svc,
        caller: Who,
        data: JSONBody[NameIn],
        idempotency_key: IdempotencyKey = None,
    ) -> MembershipOut:
        """Make an organisation that one owns, and act for it from now on."""
        return membership_out(await services.accounts.create_organization(caller, data.name))

    @patch("/current", summary="Rename the organisation", responses=WRITE)
    async def rename(
        self,
        services: Svc,
        caller: Who,
        data: JSONBody[NameIn],
        idempotency_key: IdempotencyKey = None,
    ) -> MembershipOut:
        """Rename the organisation that one acts for (admins)."""
        return membership_out(await services.members.rename_organization(caller, data.name))

    @post(
        "/{organization_id:str}/switch",
        status_code=200,
        summary="Act for another organisation",
        responses=WRITE,
    )
    async def switch(
        self,
        services: Svc,
        caller: Who,
        organization_id: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> MembershipOut:
        """Make another of one's organisations this session's current one."""
        return membership_out(await services.accounts.switch_organization(caller, organization_id))


class MemberController(Controller):
    """The people of the organisation."""

    path = "/members"
    tags = ("Organisations",)

    @get("/", summary="List members", responses=MANAGE)
    async def list_members(
        self, services: Svc, caller: Who, limit: Limit = 50, offset: Offset = 0
    ) -> MemberPage:
        """List the members, by name."""
        found = [_member_out(m) for m in await services.members.members(caller)]
        return MemberPage(
            items=slice_of(found, limit, offset), total=len(found), limit=limit, offset=offset
        )

    @patch("/{user_id:str}", summary="Change a role", responses=WRITE)
    async def change_role(
        self,
        services: Svc,
        caller: Who,
        user_id: FromPath[str],
        data: JSONBody[RoleIn],
        idempotency_key: IdempotencyKey = None,
    ) -> MemberOut:
        """Give a member another role."""
        return _member_out(await services.members.change_role(caller, user_id, _role(data.role)))

    @delete("/{user_id:str}", status_code=200, summary="Remove a member", responses=WRITE)
    async def remove(
        self,
        services: Svc,
        caller: Who,
        user_id: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> Done:
        """Take a member out; anybody may take themselves out."""
        await services.members.remove(caller, user_id)
        return Done()


class InvitationController(Controller):
    """Links that let people in (admins)."""

    path = "/invitations"
    tags = ("Organisations",)

    @get("/", summary="List invitations", responses=MANAGE)
    async def list_invitations(
        self, services: Svc, caller: Who, limit: Limit = 50, offset: Offset = 0
    ) -> InvitationPage:
        """List the links that are still good."""
        found = [_invitation_out(i) for i in await services.members.invitations(caller)]
        return InvitationPage(
            items=slice_of(found, limit, offset), total=len(found), limit=limit, offset=offset
        )

    @post("/", summary="Invite", responses=WRITE)
    async def invite(
        self,
        services: Svc,
        caller: Who,
        data: JSONBody[InviteIn],
        idempotency_key: IdempotencyKey = None,
    ) -> InvitationOut:
        """Make a link that lets one person in with a role."""
        invitation = await services.members.invite(
            caller, _role(data.role), email=data.email, lifetime_s=data.expires_in_s
        )
        return _invitation_out(invitation)

    @delete("/{invitation_id:str}", status_code=200, summary="Withdraw", responses=WRITE)
    async def revoke(
        self,
        services: Svc,
        caller: Who,
        invitation_id: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> Done:
        """Make a link useless."""
        await services.members.revoke_invitation(caller, invitation_id)
        return Done()


class TokenController(Controller):
    """One's own API tokens."""

    path = "/tokens"
    tags = ("Accounts",)

    @get("/", summary="List tokens", responses=READ)
    async def list_tokens(
        self, services: Svc, caller: Who, limit: Limit = 50, offset: Offset = 0
    ) -> TokenPage:
        """List one's tokens, newest first."""
        found = [_token_out(t) for t in await services.tokens.list(caller)]
        return TokenPage(
            items=slice_of(found, limit, offset), total=len(found), limit=limit, offset=offset
        )

    @post("/", summary="Make a token", responses=WRITE)
    async def create_token(
        self,
        services: Svc,
        caller: Who,
        data: JSONBody[TokenIn],
        idempotency_key: IdempotencyKey = None,
    ) -> TokenOut:
        """Make a token that may do what its user may; its text is shown this once."""
        made = await services.tokens.create(caller, data.name, lifetime_s=data.expires_in_s)
        return _token_out(made.record, made.token)

    @delete("/{token_id:str}", status_code=200, summary="Revoke a token", responses=WRITE)
    async def revoke_token(
        self,
        services: Svc,
        caller: Who,
        token_id: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> Done:
        """Make a token useless."""
        await services.tokens.revoke(caller, token_id)
        return Done()
