"""`/api/vms`: virtual machines that capture by themselves."""

from typing import Annotated

from litestar import Controller, delete, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from webapp.api.camel_schemas import CamelIn, VmOut, vm_out
from webapp.api.schemas import (
    READ,
    WRITE,
    Done,
    IdempotencyKey,
    Limit,
    Offset,
    Page,
    Svc,
    Who,
    page_of,
)


class VmIn(CamelIn, frozen=True, kw_only=True):
    """A VM to register or rename."""

    name: Annotated[str, Meta(min_length=1, max_length=200, examples=["production-web"])]


class VmPage(Page, frozen=True, kw_only=True):
    """VMs by name."""

    items: list[VmOut]


class VmController(Controller):
    """Registered VMs; owners and admins manage them."""

    path = "/vms"
    tags = ("VMs",)

    @get("/", summary="List VMs", responses=READ)
    async def list_vms(
        self, services: Svc, caller: Who, limit: Limit = 50, offset: Offset = 0
    ) -> VmPage:
        """List the organisation's VMs by name."""
        found = [vm_out(vm) for vm in await services.vms.list(caller)]
        return page_of(VmPage, found, limit, offset)

    @post("/", summary="Register a VM", responses=WRITE)
    async def register_vm(
        self,
        services: Svc,
        caller: Who,
        data: JSONBody[VmIn],
        idempotency_key: IdempotencyKey = None,
    ) -> VmOut:
        """Register a VM; its token is shown only here."""
        made = await services.vms.register(caller, data.name)
        return vm_out(made.vm, made.token)

    @get("/{vm_id:str}", summary="Get a VM", responses=READ)
    async def get_vm(self, services: Svc, caller: Who, vm_id: FromPath[str]) -> VmOut:
        """Return one VM."""
        return vm_out(await services.vms.get(caller, vm_id))

    @patch("/{vm_id:str}", summary="Rename a VM", responses=WRITE)
    async def rename_vm(
        self,
        services: Svc,
        caller: Who,
        vm_id: FromPath[str],
        data: JSONBody[VmIn],
        idempotency_key: IdempotencyKey = None,
    ) -> VmOut:
        """Rename a VM."""
        return vm_out(await services.vms.rename(caller, vm_id, data.name))

    @delete("/{vm_id:str}", status_code=200, summary="Revoke a VM", responses=WRITE)
    async def delete_vm(
        self,
        services: Svc,
        caller: Who,
        vm_id: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> Done:
        """Revoke a VM; its moments stay."""
        await services.vms.delete(caller, vm_id)
        return Done()

    @post("/{vm_id:str}/rotate-token", status_code=200, summary="Rotate a token", responses=WRITE)
    async def rotate_token(
        self,
        services: Svc,
        caller: Who,
        vm_id: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> VmOut:
        """Replace a VM's token; the old one stops working at once."""
        made = await services.vms.rotate_token(caller, vm_id)
        return vm_out(made.vm, made.token)
