"""`/api/marks/{id}/nudges`: other times that people suggest for somebody's mark."""

from litestar import Controller, delete, get, post, put
from litestar.params import FromPath, JSONBody

from webapp.api.mark_schemas import MarkOut, NudgeIn, NudgeList, mark_out, nudge_out
from webapp.api.schemas import (
    WRITE,
    Done,
    IdempotencyKey,
    Limit,
    Offset,
    Svc,
    Who,
    page_of,
    problems,
)


class NudgeController(Controller):
    """Suggestions."""

    path = "/marks/{mark_id:str}"
    tags = ("Marks",)

    @put(
        "/nudge",
        summary="Suggest other times",
        responses=problems(401, 403, 404, 409, 410, 413, 415, 429),
    )
    async def suggest(
        self,
        services: Svc,
        caller: Who,
        mark_id: FromPath[str],
        data: JSONBody[NudgeIn],
        idempotency_key: IdempotencyKey = None,
    ) -> Done:
        """Suggest times to a mark's owner: by its id, or by the slug of a public one."""
        await services.nudges.suggest(caller, mark_id, data.start * 10, data.end * 10)
        return Done()

    @get("/nudges", summary="List suggestions", responses=problems(401, 403, 404))
    async def list_nudges(
        self,
        services: Svc,
        caller: Who,
        mark_id: FromPath[str],
        limit: Limit = 50,
        offset: Offset = 0,
    ) -> NudgeList:
        """List what others suggest for one's own mark, newest first."""
        found = await services.nudges.list(caller, mark_id)
        return page_of(NudgeList, list(map(nudge_out, found)), limit, offset)

    @post(
        "/nudges/{nudge_id:str}/accept",
        status_code=200,
        summary="Take a suggestion",
        responses=WRITE,
    )
    async def accept(
        self,
        services: Svc,
        caller: Who,
        mark_id: FromPath[str],
        nudge_id: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> MarkOut:
        """Give one's own mark the suggested times."""
        return mark_out(await services.nudges.accept(caller, mark_id, nudge_id))

    @delete(
        "/nudges/{nudge_id:str}", status_code=200, summary="Dismiss a suggestion", responses=WRITE
    )
    async def dismiss(
        self,
        services: Svc,
        caller: Who,
        mark_id: FromPath[str],
        nudge_id: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> Done:
        """Dismiss a suggestion for one's own mark."""
        await services.nudges.dismiss(caller, mark_id, nudge_id)
        return Done()
