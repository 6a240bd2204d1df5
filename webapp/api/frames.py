"""`/api/moments/{id}/assets/{id}/frame`: a picture out of a recording."""

from typing import Annotated

from litestar import Controller, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from domain.videos.frames import MAX_MS
from webapp.api.camel_schemas import CamelIn
from webapp.api.schemas import WRITE, Done, IdempotencyKey, Svc, Who


class FrameIn(CamelIn, frozen=True, kw_only=True):
    """Which frame to take."""

    at_ms: Annotated[int, Meta(ge=0, le=MAX_MS, examples=[12_400])]


class FrameController(Controller):
    """Frames out of recordings."""

    path = "/moments"
    tags = ("Moments",)

    @post(
        "/{moment_id:str}/assets/{asset_id:str}/frame",
        status_code=202,
        summary="Take a frame",
        responses=WRITE,
    )
    async def take_frame(
        self,
        services: Svc,
        caller: Who,
        moment_id: FromPath[str],
        asset_id: FromPath[str],
        data: JSONBody[FrameIn],
        idempotency_key: IdempotencyKey = None,
    ) -> Done:
        """Take the frame that a video file shows at a time; it becomes a file of the moment."""
        await services.frames.ask(caller, moment_id, asset_id, data.at_ms)
        return Done()
