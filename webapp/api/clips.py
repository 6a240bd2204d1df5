"""`/api/clips`: what was cut from a stream (spec 2)."""

from dataclasses import replace
from typing import Annotated

from litestar import Controller, delete, get, patch, post
from litestar.params import FromPath, JSONBody
from litestar.response import Redirect
from msgspec import Meta

from domain.accounts.models import Caller
from domain.bootstrap import Services
from domain.core.errors import NotFound
from domain.live.models import Clip, MediaFile, NewClip, NewTrim
from webapp.api.captures import (
    CapturePatch,
    ClipOut,
    Labels,
    ShareIn,
    ShareOut,
    SharePage,
    change,
    clip_out,
    new_share,
    notes,
    share_out,
)
from webapp.api.gallery import WANTED, StatusFilter, Wanted, listed
from webapp.api.schemas import (
    CAPTURE,
    READ,
    WRITE,
    Done,
    IdempotencyKey,
    In,
    Instant,
    Limit,
    Offset,
    Out,
    Svc,
    Who,
    parse,
    problems,
    slice_of,
)

Milliseconds = Annotated[int, Meta(ge=0, le=86_400_000)]
Duration = Annotated[int, Meta(ge=1, le=86_400_000, examples=[5000])]


class ClipIn(In, frozen=True, kw_only=True):
    """A range: `start_ts` and `duration_ms`, or `last_ms`. Without `stream` the only one."""

    stream: Annotated[str, Meta(description="Id or slug.", examples=["garden"])] | None = None
    start_ts: Instant | None = None
    duration_ms: Duration | None = None
    last_ms: Annotated[int, Meta(ge=1, le=86_400_000, examples=[30000])] | None = None
    wait: Annotated[bool, Meta(description="Allow a range that is yet to begin.")] = False
    title: str | None = None
    note: str | None = None
    labels: Labels | None = None
    moment_id: str | None = None


class TrimIn(In, frozen=True, kw_only=True):
    """A sub-range, half-open, in milliseconds from the clip's first frame."""

    start_ms: Milliseconds
    end_ms: Annotated[int, Meta(ge=1, le=86_400_000)]
    title: str | None = None


class ClipPage(Out, frozen=True, kw_only=True):
    """One page of clips, newest first."""

    items: list[ClipOut]
    total: int
    limit: int
    offset: int


def signed_download(services: Services, file: MediaFile) -> Redirect:
    """Redirect to where the bytes are, saved under the capture's name."""
    url = services.storage.signed_get(
        file.bucket,
        file.key,
        content_type=file.content_type,
        filename=file.file_name,
        inline=False,
    )
    return Redirect(url, status_code=302, headers={"cache-control": "no-store"})


async def shared_clip(services: Services, caller: Caller, clip: Clip) -> ClipOut:
    """Return a clip with its share URL, if it has one."""
    urls = await services.sharing.urls(caller, [clip.id]) if clip.is_shared else {}
    return clip_out(clip, urls.get(clip.id))


async def share_page(
    services: Services, caller: Caller, subject_id: str, limit: int, offset: int
) -> SharePage:
    """Return the links to something that are still good."""
    links = [share_out(link) for link in await services.sharing.links(caller, subject_id)]
    return SharePage(
        items=slice_of(links, limit, offset), total=len(links), limit=limit, offset=offset
    )


async def revoke_link(services: Services, caller: Caller, subject_id: str, token: str) -> Done:
    """Revoke a link to something.

    Raises:
        NotFound: The link is not one to this.
    """
    links = await services.sharing.links(caller, subject_id)
    if token not in {link.token for link in links}:
        message = "There is no such link: it was revoked, or it is over"
        raise NotFound(message)
    await services.sharing.revoke(caller, token)
    return Done()


class ClipController(Controller):
    """Clips."""

    path = "/clips"
    tags = ("Clips",)

    @get("/", summary="List clips", responses=READ, dependencies={"wanted": WANTED})
    async def list_clips(
        self, services: Svc, caller: Who, wanted: Wanted, *, status: StatusFilter = None
    ) -> ClipPage:
        """List clips, newest first; every filter given must hold."""
        wanted = replace(wanted, kind="clip", status=status)
        page, urls = await listed(services, caller, wanted)
        items = [clip_out(c, urls.get(c.id)) for c in page.items if isinstance(c, Clip)]
        return ClipPage(items=items, total=page.total, limit=page.limit, offset=page.offset)

    @post("/", status_code=202, summary="Clip a stream", responses=CAPTURE)
    async def create_clip(
        self,
        services: Svc,
        caller: Who,
        data: JSONBody[ClipIn],
        idempotency_key: IdempotencyKey = None,
    ) -> ClipOut:
        """Clip a range: `ready` at once when the buffer holds it, else `recording`."""
        new = NewClip(
            stream=data.stream,
            start_ts=parse("start_ts", data.start_ts),
            duration_ms=data.duration_ms,
            last_ms=data.last_ms,
            wait=data.wait,
            notes=notes(data.title, data.note, data.labels, data.moment_id),
        )
        return clip_out(await services.clips.create(caller, new))

    @get("/{clip_id:str}", summary="Get a clip", responses=READ)
    async def get_clip(self, services: Svc, caller: Who, clip_id: FromPath[str]) -> ClipOut:
        """Return one clip and how far it has come."""
        return await shared_clip(services, caller, await services.clips.get(caller, clip_id))

    @patch("/{clip_id:str}", summary="Change a clip", responses=WRITE)
    async def update_clip(
        self,
        services: Svc,
        caller: Who,
        clip_id: FromPath[str],
        data: JSONBody[CapturePatch],
        idempotency_key: IdempotencyKey = None,
    ) -> ClipOut:
        """Change title, note or labels."""
        clip = await services.clips.update(caller, clip_id, change(data))
        return await shared_clip(services, caller, clip)

    @delete("/{clip_id:str}", status_code=200, summary="Delete a clip", responses=WRITE)
    async def delete_clip(
        self,
        services: Svc,
        caller: Who,
        clip_id: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> Done:
        """Put a clip in the bin: one's own, or anybody's for admins."""
        await services.clips.delete(caller, clip_id)
        return Done()

    @get(
        "/{clip_id:str}/download",
        status_code=302,
        summary="Download a clip",
        responses=problems(401, 404, 409),
    )
    async def download_clip(self, services: Svc, caller: Who, clip_id: FromPath[str]) -> Redirect:
        """Redirect to a signed URL that saves the file under the clip's name."""
        return signed_download(services, await services.clips.file(caller, clip_id))

    @get(
        "/{clip_id:str}/stream",
        status_code=302,
        summary="Play a clip",
        responses=problems(401, 404, 409),
    )
    async def stream_clip(self, services: Svc, caller: Who, clip_id: FromPath[str]) -> Redirect:
        """Redirect to a signed URL of the media; takes a moment's id too."""
        if clip_id.startswith("moment_"):
            clip_id = (await services.clips.get_by_moment(caller, clip_id)).id
        url = await services.clips.url(caller, clip_id)
        return Redirect(url, status_code=302, headers={"cache-control": "no-store"})

    @post("/{clip_id:str}/trim", status_code=202, summary="Trim a clip", responses=WRITE)
    async def trim_clip(
        self,
        services: Svc,
        caller: Who,
        clip_id: FromPath[str],
        data: JSONBody[TrimIn],
        idempotency_key: IdempotencyKey = None,
    ) -> ClipOut:
        """Make a new clip from a sub-range, exact to the frame."""
        new = NewTrim(start_ms=data.start_ms, end_ms=data.end_ms, title=data.title)
        return clip_out(await services.clips.trim(caller, clip_id, new))

    @post("/{clip_id:str}/retry", status_code=202, summary="Retry a clip", responses=CAPTURE)
    async def retry_clip(
        self,
        services: Svc,
        caller: Who,
        clip_id: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> ClipOut:
        """Try a failed clip again with what its node still holds."""
        return clip_out(await services.clips.retry(caller, clip_id))

    @get("/{clip_id:str}/share", summary="List links", responses=READ)
    async def list_links(
        self,
        services: Svc,
        caller: Who,
        clip_id: FromPath[str],
        limit: Limit = 50,
        offset: Offset = 0,
    ) -> SharePage:
        """List the links to a clip that are still good."""
        return await share_page(services, caller, clip_id, limit, offset)

    @post("/{clip_id:str}/share", summary="Share a clip", responses=WRITE)
    async def share_clip(
        self,
        services: Svc,
        caller: Who,
        clip_id: FromPath[str],
        data: JSONBody[ShareIn | None] = None,
        idempotency_key: IdempotencyKey = None,
    ) -> ShareOut:
        """Make a link that opens for anybody, with an expiry and a password if wanted."""
        await services.clips.get(caller, clip_id)
        return share_out(await services.sharing.share(caller, [clip_id], new_share(data)))

    @delete(
        "/{clip_id:str}/share/{token:str}",
        status_code=200,
        summary="Revoke a link",
        responses=WRITE,
    )
    async def revoke_share(
        self,
        services: Svc,
        caller: Who,
        clip_id: FromPath[str],
        token: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> Done:
        """Make a link useless, within a minute for everybody."""
        return await revoke_link(services, caller, clip_id, token)
