"""`/api/members` and `/api/invitations`: the organisation's members and invitations."""

from typing import Annotated, Literal

from litestar import Controller, delete, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from domain.accounts.models import Invitation, Member, Role
from webapp.api.accounts import Email
from webapp.api.schemas import (
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

RoleName = Literal["owner", "admin", "member", "viewer"]
YEAR_S = 365 * 24 * 3600
MANAGE = problems(401, 403, 404)


class RoleIn(In, frozen=True, kw_only=True):
    """A role."""

    role: RoleName


class InviteIn(In, frozen=True, kw_only=True):
    """An invitation's role and addressee."""

    role: RoleName = "member"
    email: Email | None = None
    expires_in_s: Annotated[int, Meta(ge=60, le=YEAR_S)] = 604_800


class MemberOut(Out, frozen=True, kw_only=True):
    """A person in an organisation."""

    user_id: str
    email: str
    name: str
    role: str
    joined_at: Instant


class MemberPage(Page, frozen=True, kw_only=True):
    """The members, by name."""

    items: list[MemberOut]


class InvitationOut(Out, frozen=True, kw_only=True):
    """A link that lets one person join, once."""

    id: str
    role: str
    email: str | None
    url: str
    created_at: Instant
    expires_at: Instant


class InvitationPage(Page, frozen=True, kw_only=True):
    """The valid links."""

    items: list[InvitationOut]


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


def _role(name: RoleName) -> Role:
    return Role[name.upper()]


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
        return page_of(MemberPage, found, limit, offset)

    @patch("/{user_id:str}", summary="Change a role", responses=WRITE)
    async def change_role(
        self,
        services: Svc,
        caller: Who,
        user_id: FromPath[str],
        data: JSONBody[RoleIn],
        idempotency_key: IdempotencyKey = None,
    ) -> MemberOut:
        """Change a member's role."""
        return _member_out(await services.members.change_role(caller, user_id, _role(data.role)))

    @delete("/{user_id:str}", status_code=200, summary="Remove a member", responses=WRITE)
    async def remove(
        self,
        services: Svc,
        caller: Who,
        user_id: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> Done:
        """Remove a member; members may remove themselves."""
        await services.members.remove(caller, user_id)
        return Done()


class InvitationController(Controller):
    """Invitation links (admins)."""

    path = "/invitations"
    tags = ("Organisations",)

    @get("/", summary="List invitations", responses=MANAGE)
    async def list_invitations(
        self, services: Svc, caller: Who, limit: Limit = 50, offset: Offset = 0
    ) -> InvitationPage:
        """List the valid links."""
        found = [_invitation_out(i) for i in await services.members.invitations(caller)]
        return page_of(InvitationPage, found, limit, offset)

    @post("/", summary="Invite", responses=WRITE)
    async def invite(
        self,
        services: Svc,
        caller: Who,
        data: JSONBody[InviteIn],
        idempotency_key: IdempotencyKey = None,
    ) -> InvitationOut:
        """Create a link that lets one person join with a role.

        Where the operator has set a mail server, an address without an account gets it by email.
        """
        invitation = await services.members.invite(
            caller, _role(data.role), email=data.email, lifetime_s=data.expires_in_s
        )
        return _invitation_out(invitation)

    @post("/{invitation_id:str}/send", status_code=200, summary="Send again", responses=WRITE)
    async def send_again(
        self,
        services: Svc,
        caller: Who,
        invitation_id: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> Done:
        """Tell the address of a link once more, where the operator has set a mail server."""
        await services.members.send_again(caller, invitation_id)
        return Done()

    @delete("/{invitation_id:str}", status_code=200, summary="Withdraw", responses=WRITE)
    async def revoke(
        self,
        services: Svc,
        caller: Who,
        invitation_id: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> Done:
        """Revoke a link."""
        await services.members.revoke_invitation(caller, invitation_id)
        return Done()
