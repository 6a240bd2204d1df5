"""`/api/organizations`: the user's organisations."""

from typing import Annotated

from litestar import Controller, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from webapp.api.accounts import MembershipOut, membership_out
from webapp.api.schemas import (
    READ,
    WRITE,
    IdempotencyKey,
    In,
    Limit,
    Offset,
    Page,
    Svc,
    Who,
    page_of,
)


class NameIn(In, frozen=True, kw_only=True):
    """A name."""

    name: Annotated[str, Meta(examples=["Moments Ltd"])]


class OrganizationPage(Page, frozen=True, kw_only=True):
    """The user's organisations."""

    items: list[MembershipOut]


class OrganizationController(Controller):
    """The organisations that a user belongs to."""

    path = "/organizations"
    tags = ("Organisations",)

    @get("/", summary="List organisations", responses=READ)
    async def list_organizations(
        self, services: Svc, caller: Who, limit: Limit = 50, offset: Offset = 0
    ) -> OrganizationPage:
        """List the user's organisations."""
        identity = await services.accounts.identity(caller)
        found = [membership_out(m) for m in identity.memberships]
        return page_of(OrganizationPage, found, limit, offset)

    @post("/", summary="Create an organisation", responses=WRITE)
    async def create_organization(
        self,
        services: Svc,
        caller: Who,
        data: JSONBody[NameIn],
        idempotency_key: IdempotencyKey = None,
    ) -> MembershipOut:
        """Create an organisation that the user owns, and make it current."""
        return membership_out(await services.accounts.create_organization(caller, data.name))

    @patch("/current", summary="Rename the organisation", responses=WRITE)
    async def rename(
        self,
        services: Svc,
        caller: Who,
        data: JSONBody[NameIn],
        idempotency_key: IdempotencyKey = None,
    ) -> MembershipOut:
        """Rename the current organisation (admins)."""
        return membership_out(await services.members.rename_organization(caller, data.name))

    @post(
        "/{organization_id:str}/switch",
        status_code=200,
        summary="Switch the organisation",
        responses=WRITE,
    )
    async def switch(
        self,
        services: Svc,
        caller: Who,
        organization_id: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> MembershipOut:
        """Make another of the user's organisations this session's current one."""
        return membership_out(await services.accounts.switch_organization(caller, organization_id))
