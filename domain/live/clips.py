"""Clips: a span cut from a stream's buffer at once, or recorded until it has come."""

from datetime import timedelta
from typing import Final

from domain.accounts.models import Actor, Caller, Role
from domain.core.errors import Conflict, NotFound
from domain.core.time import Span, from_us, to_us
from domain.infra.database import Record
from domain.live.capture_rows import VISIBLE, check_may_delete, scope
from domain.live.clip_ranges import Wanted, must_record, read_range
from domain.live.making import CaptureMaker, CaptureParts, Draft, held_of, shape_of
from domain.live.models import CaptureChange, Clip, MediaFile, NewClip, NewTrim
from domain.live.nodes import Node
from domain.live.note_rules import clean_notes, file_name
from domain.live.presenting import SELECT, media_file, preview_file
from domain.live.recordings import FINISH_JOB, PREVIEW_JOB
from domain.live.together import together
from domain.live.trims import TRIM_JOB, insert_trim
from domain.live.wire import RecordRequest

_MP4: Final = "video/mp4"


class ClipService:
    """What can be asked of clips."""

    def __init__(self, parts: CaptureParts, maker: CaptureMaker) -> None:
        self._parts = parts
        self._maker = maker
        self._database = parts.database
        self._rows = parts.rows

    async def create(self, caller: Caller, new: NewClip) -> Clip:
        """Cut a range that the buffer holds (`ready`), or record one that ends later (`recording`).

        Raises:
            BadFields: The range is negative, too long, or said twice. NotFound, Forbidden.
            LeftTheBuffer: Part of it has left the buffer. TooEarly: It begins in the future
            and `wait` was not asked for.
            StreamOffline, NodeUnavailable, StorageUnavailable: Try again in a moment.
        """
        draft = await self._maker.draft(caller, "clip", new.notes, new.stream, wants_stream=True)
        wanted = read_range(new, draft.source["buffer_s"])
        node = await self._maker.node_of(draft.source)
        if wanted.span is not None:
            status = await self._parts.client.stream(node.control_url, draft.source["id"])
            if must_record(wanted, status, self._parts.clock.now()):
                return await self._record(caller, draft, node, wanted, wanted.span)
        return await self._cut(caller, draft, node, wanted)

    async def get(self, caller: Caller, clip_id: str) -> Clip:
        """Return one clip."""
        return self._parts.presenter.clip(await self._find(caller, clip_id))

    async def get_by_moment(self, caller: Caller, moment_id: str) -> Clip:
        """Return the newest clip of a moment."""
        async with self._database.transaction():
            actor = await self._parts.rights.load(caller)
            row = await self._database.fetchrow(
                f"{SELECT} WHERE {VISIBLE} AND c.moment_id = $4 AND c.kind = 'clip'"
                " AND c.deleted_at IS NULL ORDER BY c.id DESC LIMIT 1",
                *scope(actor),
                moment_id.replace("\0", ""),
            )
        if row is None:
            message = "There is no such clip"
            raise NotFound(message)
        return self._parts.presenter.clip(row)

    async def update(self, caller: Caller, clip_id: str, change: CaptureChange) -> Clip:
        """Change title, note or labels (members); an empty title leaves the old one."""
        change = clean_notes(change.title, change.note, change.labels)
        async with self._database.transaction():
            actor = await self._parts.rights.load(caller, at_least=Role.MEMBER)
            row = await self._rows.find(actor, clip_id, "clip", lock=True)
            await self._rows.change(row, change)
            await self._maker.tell(actor.organization_id, "clip.updated", clip_id)
            row = await self._rows.find(actor, clip_id, "clip")
        return self._parts.presenter.clip(row)

    async def delete(self, caller: Caller, clip_id: str) -> None:
        """Put it in the bin: the maker's own, or anybody's for admins."""
        async with self._database.transaction():
            actor = await self._parts.rights.load(caller)
            row = await self._rows.find(actor, clip_id, "clip", lock=True)
            check_may_delete(actor, row)
            await self._rows.bin([row])
            await self._maker.tell(actor.organization_id, "clip.deleted", clip_id)

    async def trim(self, caller: Caller, clip_id: str, new: NewTrim) -> Clip:
        """Make a new clip from a sub-range of a ready one, frame-exact (`processing` at first).

        Raises:
            BadFields: The range is not inside the clip. Conflict: The clip is not ready.
        """
        async with self._database.transaction():
            actor = await self._parts.rights.load(caller, at_least=Role.MEMBER)
            parent = await self._rows.find(actor, clip_id, "clip")
            _check_ready(parent)
            trim_id = await insert_trim(self._parts, actor, parent, new)
            await self._parts.queue.enqueue(TRIM_JOB, {"clip_id": trim_id}, key=trim_id)
            await self._maker.tell(
                actor.organization_id, "clip.created", trim_id, status="processing"
            )
            row = await self._rows.find(actor, trim_id, "clip")
        return self._parts.presenter.clip(row)

    async def retry(self, caller: Caller, clip_id: str) -> Clip:
        """Try a failed clip again: what its node still holds of it is cut.

        Raises:
            Conflict: It did not fail.
        """
        async with self._database.transaction():
            actor = await self._parts.rights.load(caller, at_least=Role.MEMBER)
            row = await self._rows.find(actor, clip_id, "clip", lock=True)
            if row["status"] != "failed":
                message = "Only a clip that failed can be tried again"
                raise Conflict(message)
            is_trim = row["trim_start_ms"] is not None
            await self._database.execute(
                "UPDATE capture SET status = $2, error = NULL, node_missed_at = NULL,"
                " updated_at = $3 WHERE id = $1",
                clip_id,
                "processing" if is_trim else "recording",
                self._parts.clock.now(),
            )
            job = TRIM_JOB if is_trim else FINISH_JOB
            await self._parts.queue.enqueue(job, {"clip_id": clip_id}, key=clip_id)
            await self._maker.tell(actor.organization_id, "clip.updated", clip_id)
            row = await self._rows.find(actor, clip_id, "clip")
        return self._parts.presenter.clip(row)

    async def file(self, caller: Caller, clip_id: str, *, preview: bool = False) -> MediaFile:
        """Return where its bytes are, for a download.

        Raises:
            Conflict: The clip is not ready yet, or it failed.
            NotFound: It has no preview.
        """
        row = await self._find(caller, clip_id)
        if preview:
            found = preview_file(row)
            if found is None:
                message = "This clip has no preview"
                raise NotFound(message)
            return found
        return _check_ready(row)

    async def url(self, caller: Caller, clip_id: str) -> str:
        """Return a fresh signed URL of the media, for a redirect."""
        file = await self.file(caller, clip_id)
        return self._parts.presenter.url(file) or ""

    async def _find(self, caller: Caller, clip_id: str) -> Record:
        async with self._database.transaction():
            actor = await self._parts.rights.load(caller)
            return await self._rows.find(actor, clip_id, "clip")

    async def _cut(self, caller: Caller, draft: Draft, node: Node, wanted: Wanted) -> Clip:
        stream_id = draft.source["id"]
        request = wanted.request(by_visitor=caller.is_visitor)
        async with self._parts.client.cut(node.control_url, stream_id, request) as media:
            meta, body = media
            start, end = from_us(meta.start_us), from_us(meta.end_us)
            asked = wanted.span or Span(end - timedelta(milliseconds=wanted.last_ms or 0), end)
            name = file_name(draft.titled(start), _MP4)
            stored, preview = await together(
                self._maker.store(draft, name, _MP4, body),
                self._maker.preview_at(draft, node, stream_id, meta.start_us),
            )
        async with self._database.transaction():
            actor = await self._parts.rights.load(caller, at_least=Role.MEMBER)
            await self._rows.insert(
                actor, draft.row("clip", "ready", asked, node_id=node.id, titled=start)
            )
            asset_id, preview_id = await self._maker.insert_files(
                actor.user_id, stored, preview, shape_of(meta)
            )
            await self._rows.finish(draft.id, held_of(meta, asset_id, preview_id))
            if preview_id is None:
                await self._parts.queue.enqueue(PREVIEW_JOB, {"clip_id": draft.id}, key=draft.id)
            return await self._made(actor, draft.id, "ready")

    async def _record(
        self, caller: Caller, draft: Draft, node: Node, wanted: Wanted, span: Span
    ) -> Clip:
        """Begin at the node first: an answer says `recording` only when its disk has it."""
        remaining_s = (span.end - self._parts.clock.now()) / timedelta(seconds=1)
        leftover = await self._parts.leftovers.note(
            "recording", node.id, draft.id, grace_s=max(0, remaining_s) + 3600
        )
        request = RecordRequest(
            recording_id=draft.id,
            start_us=to_us(span.start),
            end_us=to_us(span.end),
            wait=wanted.wait,
            by_visitor=caller.is_visitor,
        )
        await self._parts.client.record(node.control_url, draft.source["id"], request)
        preview = None
        if span.start <= self._parts.clock.now():
            preview = await self._maker.preview_at(
                draft, node, draft.source["id"], to_us(span.start)
            )
        async with self._database.transaction():
            actor = await self._parts.rights.load(caller, at_least=Role.MEMBER)
            await self._parts.leftovers.own(leftover)
            await self._rows.insert(actor, draft.row("clip", "recording", span, node_id=node.id))
            preview_id = await self._maker.insert_preview(actor.user_id, preview)
            await self._database.execute(
                "UPDATE capture SET preview_id = $2 WHERE id = $1", draft.id, preview_id
            )
            await self._parts.queue.enqueue(
                FINISH_JOB,
                {"clip_id": draft.id},
                delay_s=max(0.1, remaining_s + 0.1),
                key=draft.id,
            )
            return await self._made(actor, draft.id, "recording")

    async def _made(self, actor: Actor, clip_id: str, status: str) -> Clip:
        await self._maker.tell(actor.organization_id, "clip.created", clip_id, status=status)
        return self._parts.presenter.clip(await self._rows.find(actor, clip_id, "clip"))


def _check_ready(row: Record) -> MediaFile:
    file = media_file(row)
    if row["status"] == "ready" and file is not None:
        return file
    if row["status"] == "failed":
        message = f"This clip failed: {row['error']}"
    else:
        message = "This clip is not ready yet. Please try again in a moment"
    raise Conflict(message, code="clip_not_ready")
