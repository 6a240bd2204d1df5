"""`/api/clips`: clips of streams."""

from dataclasses import replace
from typing import Annotated

from litestar import get, patch, post
from litestar.params import FromPath, JSONBody
from litestar.response import Redirect
from msgspec import Meta

from domain.accounts.models import Caller
from domain.bootstrap import Services
from domain.captures.models import Clip, NewClip, NewTrim
from domain.core.errors import NotFound
from webapp.api.capture_routes import CaptureController, Captures
from webapp.api.captures import (
    CaptureIn,
    CapturePatch,
    ClipOut,
    change,
    clip_out,
)
from webapp.api.gallery import WANTED, CapturePage, StatusFilter, Wanted, listed, page_facts
from webapp.api.schemas import (
    CAPTURE,
    READ,
    WRITE,
    IdempotencyKey,
    In,
    Instant,
    Svc,
    Who,
    parse,
    problems,
)

Milliseconds = Annotated[int, Meta(ge=0, le=86_400_000)]
Duration = Annotated[int, Meta(ge=1, le=86_400_000, examples=[5000])]


class ClipIn(CaptureIn, frozen=True, kw_only=True):
    """A range: `start_ts` and `duration_ms`, or `last_ms`. `stream` defaults to the only one."""

    start_ts: Instant | None = None
    duration_ms: Duration | None = None
    last_ms: Annotated[int, Meta(ge=1, le=86_400_000, examples=[30000])] | None = None
    wait: Annotated[bool, Meta(description="Allow a range that starts in the future.")] = False


class TrimIn(In, frozen=True, kw_only=True):
    """A sub-range, half-open, in milliseconds from the clip's first frame."""

    start_ms: Milliseconds
    end_ms: Annotated[int, Meta(ge=1, le=86_400_000)]
    title: str | None = None


class ClipPage(CapturePage, frozen=True, kw_only=True):
    """One page of clips, newest first."""

    items: list[ClipOut]


async def shared_clip(services: Services, caller: Caller, clip: Clip) -> ClipOut:
    """Return a clip with its share URL, if it has one."""
    urls = await services.sharing.urls(caller, [clip.id]) if clip.is_shared else {}
    return clip_out(clip, urls.get(clip.id))


async def _clip_url(services: Services, caller: Caller, clip_id: str) -> str:
    """Return a clip's URL, by its id or its moment's: captured from a stream, or of a video."""
    if clip_id.startswith("moment_"):
        try:
            clip_id = (await services.clips.get_by_moment(caller, clip_id)).id
        except NotFound:
            return await services.videos.clip_url(caller, clip_id)
    return await services.clips.url(caller, clip_id)


class ClipController(CaptureController):
    """Clips."""

    path = "/clips"
    tags = ("Clips",)

    @staticmethod
    def captures(services: Services) -> Captures:
        """Return the service of clips."""
        return services.clips

    @get("/", summary="List clips", responses=READ, dependencies={"wanted": WANTED})
    async def list_clips(
        self, services: Svc, caller: Who, wanted: Wanted, *, status: StatusFilter = None
    ) -> ClipPage:
        """List clips, newest first; all given filters apply."""
        wanted = replace(wanted, kind="clip", status=status)
        page, urls = await listed(services, caller, wanted)
        items = [clip_out(c, urls.get(c.id)) for c in page.items if isinstance(c, Clip)]
        return ClipPage(items=items, **page_facts(page))

    @post("/", status_code=202, summary="Create a clip", responses=CAPTURE)
    async def create_clip(
        self,
        services: Svc,
        caller: Who,
        data: JSONBody[ClipIn],
        idempotency_key: IdempotencyKey = None,
    ) -> ClipOut:
        """Clip a range: `ready` at once if it is buffered, else `recording`."""
        new = NewClip(
            stream=data.stream,
            start_ts=parse("start_ts", data.start_ts),
            duration_ms=data.duration_ms,
            last_ms=data.last_ms,
            wait=data.wait,
            notes=data.notes(),
        )
        return clip_out(await services.clips.create(caller, new))

    @get("/{capture_id:str}", summary="Get a clip", responses=READ)
    async def get_clip(self, services: Svc, caller: Who, capture_id: FromPath[str]) -> ClipOut:
        """Return one clip and its progress."""
        return await shared_clip(services, caller, await services.clips.get(caller, capture_id))

    @patch("/{capture_id:str}", summary="Change a clip", responses=WRITE)
    async def update_clip(
        self,
        services: Svc,
        caller: Who,
        capture_id: FromPath[str],
        data: JSONBody[CapturePatch],
        idempotency_key: IdempotencyKey = None,
    ) -> ClipOut:
        """Change title, note or labels."""
        clip = await services.clips.update(caller, capture_id, change(data))
        return await shared_clip(services, caller, clip)

    @get(
        "/{capture_id:str}/stream",
        status_code=302,
        summary="Play a clip",
        responses=problems(401, 404, 409),
    )
    async def stream_clip(self, services: Svc, caller: Who, capture_id: FromPath[str]) -> Redirect:
        """Redirect to a signed URL of the media; accepts a moment's id too."""
        url = await _clip_url(services, caller, capture_id)
        return Redirect(url, status_code=302, headers={"cache-control": "no-store"})

    @post("/{capture_id:str}/trim", status_code=202, summary="Trim a clip", responses=WRITE)
    async def trim_clip(
        self,
        services: Svc,
        caller: Who,
        capture_id: FromPath[str],
        data: JSONBody[TrimIn],
        idempotency_key: IdempotencyKey = None,
    ) -> ClipOut:
        """Create a new clip from a sub-range, exact to the frame."""
        new = NewTrim(start_ms=data.start_ms, end_ms=data.end_ms, title=data.title)
        return clip_out(await services.clips.trim(caller, capture_id, new))

    @post("/{capture_id:str}/retry", status_code=202, summary="Retry a clip", responses=CAPTURE)
    async def retry_clip(
        self,
        services: Svc,
        caller: Who,
        capture_id: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> ClipOut:
        """Retry a failed clip with what its node still has."""
        return clip_out(await services.clips.retry(caller, capture_id))
