"""Virtual machines that capture by themselves: registered by admins, identified by id and token."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from piccolo.columns.combination import And

from domain.accounts.models import Caller, Role
from domain.accounts.rights import Rights
from domain.accounts.rules import clean_name, name_problem
from domain.accounts.tables import Vms
from domain.core.errors import BadFields, Conflict, NotFound, Unauthenticated
from domain.core.ids import new_id
from domain.core.secrets import hash_token
from domain.core.time import Clock
from domain.infra.database import Database

_MAX_VMS: Final = 1000
_SEEN_EVERY: Final = timedelta(minutes=1)  # a busy agent does not write its row on each call


@dataclass(frozen=True, slots=True)
class Vm:
    """A registered virtual machine."""

    id: str
    name: str
    created_at: datetime
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewVm:
    """A VM with a new token: the only time that its text is known."""

    vm: Vm
    token: str


class VmService:
    """The VMs of an organisation, managed by its owners and admins."""

    def __init__(self, database: Database, rights: Rights, clock: Clock) -> None:
        self._database = database
        self._rights = rights
        self._clock = clock

    async def register(self, caller: Caller, name: str) -> NewVm:
        """Register a VM (admins); its token is shown only here.

        Raises:
            BadFields: The name is missing or too long. Conflict: There are 1,000 VMs.
        """
        name = _checked(name)
        token = _new_token()
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.ADMIN)
            number = await Vms.count().where(_of(actor.organization_id))
            if number >= _MAX_VMS:
                raise Conflict(
                    f"Your organization has {number} VMs. Delete one that you do not need."
                )
            row = Vms(
                id=new_id("vm"),
                organization_id=actor.organization_id,
                name=name,
                token_hash=hash_token(token),
                created_by=actor.user_id,
                created_at=self._clock.now(),
            )
            await Vms.insert(row)
        return NewVm(_vm_of(row), token)

    async def list(self, caller: Caller) -> Sequence[Vm]:
        """List the organisation's VMs by name."""
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            rows = await Vms.objects().where(_of(actor.organization_id)).order_by(Vms.name, Vms.id)
        return [_vm_of(row) for row in rows]

    async def get(self, caller: Caller, vm_id: str) -> Vm:
        """Return one VM."""
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            return _vm_of(await self._find(actor.organization_id, vm_id))

    async def rename(self, caller: Caller, vm_id: str, name: str) -> Vm:
        """Rename a VM (admins)."""
        name = _checked(name)
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.ADMIN)
            row = await self._find(actor.organization_id, vm_id)
            await Vms.update({Vms.name: name}).where(Vms.id == row.id)
            return _vm_of(await self._find(actor.organization_id, vm_id))

    async def rotate_token(self, caller: Caller, vm_id: str) -> NewVm:
        """Replace a VM's token (admins); the old one stops working at once."""
        token = _new_token()
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.ADMIN)
            row = await self._find(actor.organization_id, vm_id)
            await Vms.update({Vms.token_hash: hash_token(token)}).where(Vms.id == row.id)
        return NewVm(_vm_of(row), token)

    async def delete(self, caller: Caller, vm_id: str) -> None:
        """Revoke a VM (admins); its moments stay and keep showing its name."""
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.ADMIN)
            row = await self._find(actor.organization_id, vm_id)
            await Vms.update({Vms.deleted_at: self._clock.now()}).where(Vms.id == row.id)

    async def authenticate(self, vm_id: str | None, token: str | None) -> Caller:
        """Return the caller behind `X-VM-ID` and `X-VM-Token`.

        Raises:
            Unauthenticated: The VM is unknown or revoked, or the token is wrong.
        """
        async with self._database.transaction():
            row = (
                await Vms.objects()
                .where(Vms.token_hash == hash_token(token or ""), Vms.deleted_at.is_null())
                .first()
            )
            if row is None or row.id != vm_id:
                raise Unauthenticated
            now, seen_at = self._clock.now(), _vm_of(row).last_seen_at
            if seen_at is None or now - seen_at >= _SEEN_EVERY:
                await Vms.update({Vms.last_seen_at: now}).where(Vms.id == row.id)
        return Caller(None, row.organization_id, "vm", row.id)

    async def _find(self, organization_id: str, vm_id: str) -> Vms:
        row = (
            await Vms.objects()
            .where(_of(organization_id), Vms.id == vm_id.replace("\0", ""))
            .first()
        )
        if row is None:
            raise NotFound("VM not found")
        return row


def _of(organization_id: str) -> And:
    return (Vms.organization_id == organization_id) & Vms.deleted_at.is_null()


def _checked(name: str) -> str:
    name = clean_name(name)
    if problem := name_problem(name):
        raise BadFields({"name": problem})
    return name


def _new_token() -> str:
    return f"vmt_{secrets.token_urlsafe(32)}"


def _vm_of(row: Vms) -> Vm:
    return Vm(row.id, row.name, row.created_at, row.last_seen_at)
