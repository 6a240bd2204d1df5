"""`/api/moments/vm`: what VM agents do, who send `X-VM-ID` and `X-VM-Token`."""

from litestar import Controller, get, post
from litestar.params import FromPath, JSONBody

from webapp.api.asset_schemas import AssetIn, UploadOut, asset_out
from webapp.api.moment_schemas import (
    MomentCreated,
    MomentWithAssets,
    NewMomentIn,
    detail_out,
    moment_out,
)
from webapp.api.moments import AS_SPECIFIED, BODY_BYTES, CREATES, VM
from webapp.api.schemas import READ, WRITE, IdempotencyKey, Svc, Who


class VmMomentController(Controller):
    """Moments of VM agents: each sees only what it created."""

    path = "/moments/vm"
    tags = ("Moments",)
    opt = VM
    security = ({"vm": []},)
    exception_handlers = AS_SPECIFIED

    @post(
        "/create",
        status_code=200,
        summary="Create a moment from a VM",
        opt=CREATES,
        responses=WRITE,
        request_max_body_size=BODY_BYTES,
    )
    async def create_vm_moment(
        self,
        services: Svc,
        caller: Who,
        data: JSONBody[NewMomentIn],
        idempotency_key: IdempotencyKey = None,
    ) -> MomentCreated:
        """Create a moment as the calling VM."""
        moment = await services.moments.create_by_vm(caller, data.new())
        pages = await services.moment_pages.urls([moment])
        return MomentCreated(moment=moment_out(moment, pages.get(moment.id)))

    @get("/{moment_id:str}", summary="Get a VM's moment", responses=READ)
    async def get_vm_moment(
        self, services: Svc, caller: Who, moment_id: FromPath[str]
    ) -> MomentWithAssets:
        """Return a moment that the VM created, with its files and their processing status."""
        moment, assets = await services.moment_assets.of_vm(caller, moment_id)
        return MomentWithAssets(
            moment=detail_out(moment, None, 0), assets=list(map(asset_out, assets))
        )

    @post(
        "/{moment_id:str}/assets/upload",
        status_code=200,
        summary="Upload a file from a VM",
        responses=WRITE,
    )
    async def upload_vm_asset(
        self,
        services: Svc,
        caller: Who,
        moment_id: FromPath[str],
        data: JSONBody[AssetIn],
        idempotency_key: IdempotencyKey = None,
    ) -> UploadOut:
        """Return where to upload a file of a moment that the VM created."""
        made = await services.uploads.begin_by_vm(caller, moment_id, data.new())
        return UploadOut(asset_id=made.asset_id, upload_url=made.url, gcs_path=made.path)
