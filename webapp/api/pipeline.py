"""`/api/pipeline`: the processing of videos."""

from litestar import Controller, get, post
from litestar.params import FromPath, JSONBody

from domain.core.errors import BadFields
from domain.videos.models import NewVideo
from webapp.api.schemas import READ, WRITE, IdempotencyKey, Svc, Who
from webapp.api.video_schemas import PipelineOut, StartIn, pipeline_out


class PipelineController(Controller):
    """The pipeline: ingest, audio, transcript, moments, clips."""

    path = "/pipeline"
    tags = ("Pipeline",)

    @post("/start", status_code=202, summary="Start the pipeline", responses=WRITE)
    async def start_pipeline(
        self,
        services: Svc,
        caller: Who,
        data: JSONBody[StartIn],
        idempotency_key: IdempotencyKey = None,
    ) -> PipelineOut:
        """Process a video from its first stage on, or from a given one; a `url` makes a new one."""
        if (data.video_id is None) == (data.url is None):
            raise BadFields({"video_id": "give exactly one of video_id and url"})
        if data.video_id is None:
            made = await services.videos.submit(caller, NewVideo(url=data.url))
            return pipeline_out(made.video)
        return pipeline_out(
            await services.videos.start(caller, data.video_id, data.stage or "ingest")
        )

    @get("/status/{video_id:str}", summary="Get the pipeline's state", responses=READ)
    async def get_pipeline(
        self, services: Svc, caller: Who, video_id: FromPath[str]
    ) -> PipelineOut:
        """Return each stage with its progress, attempts, times and error."""
        return pipeline_out(await services.videos.get(caller, video_id))

    @post("/{video_id:str}/retry", status_code=202, summary="Retry a video", responses=WRITE)
    async def retry_pipeline(
        self,
        services: Svc,
        caller: Who,
        video_id: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> PipelineOut:
        """Continue a failed or cancelled video at the stage that did not end."""
        return pipeline_out(await services.videos.retry(caller, video_id))

    @post("/{video_id:str}/cancel", status_code=202, summary="Cancel a video", responses=WRITE)
    async def cancel_pipeline(
        self,
        services: Svc,
        caller: Who,
        video_id: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> PipelineOut:
        """Stop processing; stages that ended keep their results."""
        return pipeline_out(await services.videos.cancel(caller, video_id))
