"""What the moments family shares in wire format: camelCase bases, people and VMs."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from domain.accounts.vms import Vm
from domain.moments.models import UserRef, VmRef
from webapp.api.schemas import In, Instant, Out, instant


class CamelIn(In, frozen=True, kw_only=True, rename="camel"):
    """Base of these request bodies."""


class CamelOut(Out, frozen=True, kw_only=True, rename="camel"):
    """Base of these responses."""


class UserRefOut(CamelOut, frozen=True, kw_only=True):
    """A creator or uploader."""

    id: str
    email: str
    name: str


class VmOut(CamelOut, frozen=True, kw_only=True):
    """A registered VM; its token is present only in the response that created it."""

    id: Annotated[str, Meta(examples=["vm_01jdk2v7w8x9y0z1a2b3c4d5e6"])]
    name: str
    created_at: Instant
    last_seen_at: Instant | None
    token: str | UnsetType = UNSET


class VmNameOut(CamelOut, frozen=True, kw_only=True):
    """A VM by name."""

    id: str
    name: str


def user_ref_out(user: UserRef | None) -> UserRefOut | None:
    """Return a person in wire format."""
    return UserRefOut(id=user.id, email=user.email, name=user.name) if user else None


def vm_out(vm: Vm | VmRef, token: str | UnsetType = UNSET) -> VmOut:
    """Return a VM in wire format."""
    return VmOut(
        id=vm.id,
        name=vm.name,
        created_at=instant(vm.created_at) or "",
        last_seen_at=instant(vm.last_seen_at),
        token=token,
    )
