"""Shared by snapshots, clips and their jobs: rows, rights, events and jobs in one transaction."""

from typing import Final

from domain.accounts.models import Actor, Caller, Role
from domain.accounts.notices import News, Notifier
from domain.accounts.rights import Rights
from domain.captures.models import CaptureChange, CaptureKind, Clip, Snapshot
from domain.captures.row_values import CaptureRow
from domain.captures.rows import CaptureRows
from domain.captures.tables import Captures
from domain.captures.views import CaptureViews
from domain.core.errors import BadFields
from domain.core.log import get_logger
from domain.infra.base import Base
from domain.moments.access import check_may_delete
from domain.moments.events import MomentEvents
from domain.moments.models import UNDERSTAND_JOB
from domain.moments.rules import clean_words

log = get_logger(__name__)

PREVIEW_JOB: Final = "live.make_preview"


class CaptureStore:
    """Captures of both kinds: find, change, delete, publish."""

    def __init__(
        self,
        base: Base,
        rights: Rights,
        rows: CaptureRows,
        views: CaptureViews,
        events: MomentEvents,
        notifier: Notifier,
    ) -> None:
        self.database = base.database
        self.clock = base.clock
        self.rights = rights
        self.rows = rows
        self.views = views
        self._events = events
        self._notifier = notifier
        self._queue = base.queue
        self._understands = base.settings.understand_captures

    async def row(self, caller: Caller, capture_id: str, kind: CaptureKind) -> CaptureRow:
        """Return the row of one capture that a caller can see."""
        async with self.database.transaction():
            actor = await self.rights.load(caller)
            return await self.rows.find(actor, capture_id, kind)

    async def update(
        self, caller: Caller, capture_id: str, kind: CaptureKind, change: CaptureChange
    ) -> Snapshot | Clip:
        """Change title, note or labels (members); an empty title keeps the old one."""
        change = clean_notes(change)
        async with self.database.transaction():
            actor = await self.rights.load(caller, at_least=Role.MEMBER)
            row = await self.rows.find(actor, capture_id, kind, lock=True)
            await self.rows.change(row, change)
            await self.publish(actor.organization_id, f"{kind}.updated", capture_id)
            row = await self.rows.find(actor, capture_id, kind)
        return self.views.capture(row)

    async def delete(self, caller: Caller, capture_id: str, kind: CaptureKind) -> None:
        """Move one to the bin: the caller's own, or anybody's for admins."""
        async with self.database.transaction():
            actor = await self.rights.load(caller)
            row = await self.rows.find(actor, capture_id, kind, lock=True)
            check_may_delete(actor, row.created_by)
            await self.rows.delete([row])
            await self.publish(actor.organization_id, f"{kind}.deleted", capture_id)

    async def created(
        self, actor: Actor, capture_id: str, kind: CaptureKind, status: str
    ) -> CaptureRow:
        """Publish a new capture in the open transaction and return its row."""
        row = await self.rows.find(actor, capture_id, kind)
        event, moment_id = f"{kind}.created", row.moment_id
        await self._publish(actor.organization_id, event, capture_id, moment_id, status=status)
        return row

    async def fail(self, row: CaptureRow, reason: str) -> None:
        """Fail a clip, with a sentence."""
        async with self.database.transaction():
            values = {Captures.status: "failed", Captures.error: reason}
            if await self.rows.change_unfinished(row.id, values):
                await self.publish(row.organization_id, "clip.failed", row.id, status="failed")
                href = f"/library/{row.moment_id}"
                news = News("capture", row.id, f"The clip “{row.title}” failed", reason, href)
                await self._notifier.tell(row.created_by, row.organization_id, news)
                log.warning("clip_failed", clip=row.id, reason=reason)

    async def enqueue(
        self, job: str, organization_id: str, clip_id: str, *, delay_s: float = 0
    ) -> None:
        """Enqueue a job about a clip; a queued one is not duplicated."""
        await self._queue.enqueue(
            job,
            {"clip_id": clip_id},
            delay_s=delay_s,
            key=clip_id,
            organization_id=organization_id,
        )

    async def publish(self, organization_id: str, kind: str, capture_id: str, **more: str) -> None:
        """Publish an event in the open transaction."""
        moment_id = await self.rows.moment_of(capture_id)
        await self._publish(organization_id, kind, capture_id, moment_id, **more)

    async def _publish(
        self, organization_id: str, kind: str, capture_id: str, moment_id: str, **more: str
    ) -> None:
        await self._events.publish(organization_id, kind, capture_id, moment_id, **more)
        if self._understands and kind.startswith("clip.") and more.get("status") == "ready":
            await self._queue.enqueue(
                UNDERSTAND_JOB,
                {"moment_id": moment_id},
                key=moment_id,
                organization_id=organization_id,
            )


def clean_notes(change: CaptureChange) -> CaptureChange:
    """Return a capture's texts, normalised.

    Raises:
        BadFields: Title, note or labels are too long or contain control characters.
    """
    try:
        words = clean_words(change.title, change.note, change.labels)
    except BadFields as error:
        names = {"description": "note", "tags": "labels"}
        fields = {names.get(name, name): problem for name, problem in error.fields.items()}
        raise BadFields(fields) from error
    return CaptureChange(words.title, words.description, words.tags)
