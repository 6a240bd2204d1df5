"""Clips: a span cut from a stream's buffer at once, or recorded until it ends."""

from datetime import timedelta
from typing import Final, cast

from domain.accounts.models import Caller, Role
from domain.captures.models import CaptureChange, Clip, NewClip, NewTrim
from domain.captures.pipeline import CaptureFiles, Draft, Drafts, held_of, shape_of
from domain.captures.ranges import Wanted, must_record, read_range
from domain.captures.recordings import FINISH_JOB
from domain.captures.row_values import CaptureRow, Held
from domain.captures.store import PREVIEW_JOB, CaptureStore
from domain.captures.tables import Captures
from domain.captures.trims import TRIM_JOB, insert_trim
from domain.core.errors import Conflict, NotFound
from domain.core.tasks import together
from domain.core.time import Span, from_us, to_us
from domain.live.nodes import Node
from domain.live.wire import RecordRequest
from domain.moments.models import MediaFile
from domain.moments.orphans import Orphans
from domain.moments.rules import file_name

_MP4: Final = "video/mp4"


class ClipService:
    """The service of clips."""

    def __init__(
        self,
        store: CaptureStore,
        drafts: Drafts,
        files: CaptureFiles,
        orphans: Orphans,
    ) -> None:
        self._store = store
        self._database = store.database
        self._rows = store.rows
        self._drafts = drafts
        self._files = files
        self._client = files.client
        self._orphans = orphans
        self._clock = store.clock

    async def create(self, caller: Caller, new: NewClip) -> Clip:
        """Cut a range that the buffer holds (`ready`), or record one that ends later (`recording`).

        Raises:
            BadFields: The range is negative, too long, or given twice. NotFound, Forbidden.
            LeftTheBuffer: Part of it has left the buffer. TooEarly: It starts in the future and
                `wait` is not set.
            StreamOffline, NodeUnavailable, StorageUnavailable: Try again in a moment.
        """
        draft = await self._drafts.draft(caller, "clip", new.notes, new.stream, needs_stream=True)
        wanted = read_range(new, draft.buffer_s)
        node = await self._drafts.node_of(draft.stream_id)
        if wanted.span is not None:
            status = await self._client.stream(node.control_url, draft.stream_id)
            if must_record(wanted, status, self._clock.now()):
                return await self._record(caller, draft, node, wanted, wanted.span)
        return await self._cut(caller, draft, node, wanted)

    async def get(self, caller: Caller, clip_id: str) -> Clip:
        """Return one clip."""
        return self._view(await self._store.row(caller, clip_id, "clip"))

    async def get_by_moment(self, caller: Caller, moment_id: str) -> Clip:
        """Return the newest clip of a moment."""
        async with self._database.transaction():
            actor = await self._store.rights.load(caller)
            where = await self._rows.where(actor)
            where.add_if("c.moment_id = {}", moment_id.replace("\0", ""))
            where.add("c.kind = 'clip' AND m.deleted_at IS NULL AND c.removed_at IS NULL")
            rows = await self._rows.select(where, "ORDER BY c.id DESC LIMIT 1")
        if not rows:
            message = "There is no such clip."
            raise NotFound(message)
        return self._view(rows[0])

    async def update(self, caller: Caller, clip_id: str, change: CaptureChange) -> Clip:
        """Change title, note or labels (members); an empty title keeps the old one."""
        return cast("Clip", await self._store.update(caller, clip_id, "clip", change))

    async def delete(self, caller: Caller, clip_id: str) -> None:
        """Move it to the bin: the caller's own, or anybody's for admins."""
        await self._store.delete(caller, clip_id, "clip")

    async def trim(self, caller: Caller, clip_id: str, new: NewTrim) -> Clip:
        """Create a clip from a sub-range of a ready one, frame-exact (`processing` at first).

        Raises:
            BadFields: The range is not inside the clip. Conflict: The clip is not ready.
        """
        async with self._database.transaction():
            actor = await self._store.rights.load(caller, at_least=Role.MEMBER)
            parent = await self._rows.find(actor, clip_id, "clip")
            _check_ready(parent)
            trim_id = await insert_trim(self._rows, actor, parent, new)
            await self._store.enqueue(TRIM_JOB, actor.organization_id, trim_id)
            row = await self._store.created(actor, trim_id, "clip", "processing")
        return self._view(row)

    async def retry(self, caller: Caller, clip_id: str) -> Clip:
        """Retry a failed clip: cut what its node still has of it.

        Raises:
            Conflict: It did not fail.
        """
        async with self._database.transaction():
            actor = await self._store.rights.load(caller, at_least=Role.MEMBER)
            row = await self._rows.find(actor, clip_id, "clip", lock=True)
            if row.status != "failed":
                message = "Only a failed clip can be retried."
                raise Conflict(message)
            is_trim = row.trim_start_ms is not None
            await Captures.update(
                {
                    Captures.status: "processing" if is_trim else "recording",
                    Captures.error: None,
                    Captures.node_missed_at: None,
                    Captures.updated_at: self._clock.now(),
                }
            ).where(Captures.id == clip_id)
            await self._store.enqueue(
                TRIM_JOB if is_trim else FINISH_JOB, actor.organization_id, clip_id
            )
            await self._store.publish(actor.organization_id, "clip.updated", clip_id)
            row = await self._rows.find(actor, clip_id, "clip")
        return self._view(row)

    async def file(self, caller: Caller, clip_id: str, *, preview: bool = False) -> MediaFile:
        """Return its file, for a download.

        Raises:
            Conflict: The clip is not ready yet, or it failed.
            NotFound: It has no preview.
        """
        row = await self._store.row(caller, clip_id, "clip")
        if not preview:
            return _check_ready(row)
        if row.preview is None:
            message = "This clip has no preview."
            raise NotFound(message)
        return row.preview

    async def url(self, caller: Caller, clip_id: str) -> str:
        """Return a fresh signed URL of the media, for a redirect."""
        file = await self.file(caller, clip_id)
        return self._store.views.url(file) or ""

    async def _cut(self, caller: Caller, draft: Draft, node: Node, wanted: Wanted) -> Clip:
        request = wanted.request(by_visitor=caller.is_visitor)
        async with self._client.cut(node.control_url, draft.stream_id, request) as media:
            meta, body = media
            start, end = from_us(meta.start_us), from_us(meta.end_us)
            asked = wanted.span or Span(end - timedelta(milliseconds=wanted.last_ms or 0), end)
            name = file_name(draft.titled(start), _MP4)
            stored, preview = await together(
                self._files.store(draft, name, _MP4, body),
                self._files.preview_at(draft, node, draft.stream_id, (meta.start_us, meta.end_us)),
            )
        async with self._database.transaction():
            actor = await self._store.rights.load(caller, at_least=Role.MEMBER)
            new = draft.row("clip", "ready", asked, node_id=node.id, titled=start)

            async def insert_files() -> Held:
                ids = await self._files.insert(actor.user_id, stored, preview, shape_of(meta))
                return held_of(meta, *ids)

            await self._rows.insert(actor, new, insert_files)
            if preview is None:
                await self._store.enqueue(PREVIEW_JOB, draft.organization_id, draft.id)
            row = await self._store.created(actor, draft.id, "clip", "ready")
        return self._view(row)

    async def _record(
        self, caller: Caller, draft: Draft, node: Node, wanted: Wanted, span: Span
    ) -> Clip:
        """Start at the node first: the response says `recording` only once its disk has it."""
        remaining_s = (span.end - self._clock.now()) / timedelta(seconds=1)
        orphan = await self._orphans.note(
            "recording", node.id, draft.id, grace_s=max(0, remaining_s) + 3600
        )
        request = RecordRequest(
            recording_id=draft.id,
            start_us=to_us(span.start),
            end_us=to_us(span.end),
            wait=wanted.wait,
            by_visitor=caller.is_visitor,
        )
        await self._client.record(node.control_url, draft.stream_id, request)
        preview = None
        if span.start <= (now := self._clock.now()):
            span_us = to_us(span.start), to_us(now)
            preview = await self._files.preview_at(draft, node, draft.stream_id, span_us)
        async with self._database.transaction():
            actor = await self._store.rights.load(caller, at_least=Role.MEMBER)
            await self._orphans.own(orphan)
            await self._rows.insert(actor, draft.row("clip", "recording", span, node_id=node.id))
            preview_id = await self._files.insert_preview(actor.user_id, preview)
            await self._rows.set_preview(draft.id, preview_id)
            await self._store.enqueue(
                FINISH_JOB, draft.organization_id, draft.id, delay_s=max(0.1, remaining_s + 0.1)
            )
            row = await self._store.created(actor, draft.id, "clip", "recording")
        return self._view(row)

    def _view(self, row: CaptureRow) -> Clip:
        return self._store.views.clip(row)


def _check_ready(row: CaptureRow) -> MediaFile:
    if row.status == "ready" and row.media is not None:
        return row.media
    if row.status == "failed":
        message = f"This clip failed: {row.error}"
    else:
        message = "This clip is not ready yet. Please try again in a moment."
    raise Conflict(message, code="clip_not_ready")
