"""The moments of a video: stored, replaced by a new run, kept once a person touched them."""

import json
import math
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from domain.accounts.models import Actor
from domain.core.errors import NotFound
from domain.infra.database import Database, Record
from domain.infra.storage import Storage
from domain.moments.events import MomentEvents
from domain.moments.listing import file_of, url_of
from domain.moments.models import Insight, MediaFile, Moment, NewMoment
from domain.moments.records import MomentRecords
from domain.moments.row_values import Origin
from domain.moments.rules import MAX_TITLE
from domain.videos.models import (
    Candidate,
    FoundMoment,
    Reason,
    Transcript,
    VideoRow,
)
from domain.videos.tables import VideoMoments
from domain.videos.transcripts import change_of, part_of

# A person has touched a moment when it is kept, changed, shared or in the bin.
_UNTOUCHED: Final = """
SELECT f.moment_id FROM video_moments f JOIN moments m ON m.id = f.moment_id
WHERE f.video_id = $1 AND NOT f.is_edited AND m.updated_at = m.created_at
    AND m.deleted_at IS NULL AND m.slug IS NULL AND m.shared_until IS NULL FOR UPDATE OF m
"""
# The bin counts: what was dismissed is not found again.
_KEPT: Final = "SELECT start_ms, end_ms FROM video_moments WHERE video_id = $1"
_SELECT: Final = """
SELECT f.*, a.gcs_bucket, a.gcs_path, a.mime_type, a.file_size_bytes, a.file_name,
    u.gcs_bucket AS u_bucket, u.gcs_path AS u_path, u.file_name AS u_name
FROM video_moments f LEFT JOIN moment_assets a ON a.id = f.asset_id
LEFT JOIN moment_assets u ON u.id = f.vertical_id
"""
_SAME: Final = 0.6
Purge = Callable[[Sequence[str]], Awaitable[None]]


class FoundMoments:
    """Reads and writes; the caller opens the transaction."""

    def __init__(
        self,
        database: Database,
        storage: Storage,
        records: MomentRecords,
        events: MomentEvents,
        purge: Purge,
    ) -> None:
        self._database = database
        self._storage = storage
        self._records = records
        self._events = events
        self._purge = purge

    async def replace(
        self, video: VideoRow, found: Sequence[Candidate], transcript: Transcript | None
    ) -> int:
        """Store what a run found instead of what the last one did; return how many are new."""
        # Locked first, as by whoever changes it.
        await self._records.rights_of_parts(video.moment_id)
        rows = await self._database.fetch(_UNTOUCHED, video.id)
        await self._purge([row["moment_id"] for row in rows])
        taken = [(row[0], row[1]) for row in await self._database.fetch(_KEPT, video.id)]
        new = [each for each in found if not any(_is_same(each, span) for span in taken)]
        for candidate in new:
            await self.add(video, candidate, transcript)
        return len(new)

    async def add(
        self,
        video: VideoRow,
        candidate: Candidate,
        transcript: Transcript | None,
        *,
        created_by: str | None = None,
    ) -> str:
        """Insert a moment of a video; return its id."""
        moment_id = self._records.new_id()
        visibility, stream_id = await self._records.rights_of_parts(video.moment_id)
        insight = Insight()
        if transcript is not None:
            part = change_of(part_of(transcript, candidate.start_ms, candidate.end_ms))
            insight = Insight(
                speakers=part.speakers or (),
                key_emotions=part.key_emotions or (),
                emotion_tags=part.emotion_tags or (),
            )
        new = NewMoment(
            title=candidate.title[:MAX_TITLE],
            kind="clip",
            visibility=visibility,
            start_s=candidate.start_ms // 1000,
            end_s=math.ceil(candidate.end_ms / 1000),
            insight=insight,
        )
        await self._records.insert(
            moment_id,
            video.organization_id,
            new,
            created_by=created_by or video.created_by,
            source=Origin(video.id, video.title, stream_id),
        )
        await VideoMoments.insert(
            VideoMoments(
                moment_id=moment_id,
                video_id=video.id,
                organization_id=video.organization_id,
                start_ms=candidate.start_ms,
                end_ms=candidate.end_ms,
                score=candidate.score,
                reasons=json.dumps([[r.signal, r.strength] for r in candidate.reasons]),
                origin=candidate.origin,
                is_edited=candidate.origin == "person",
                clip_status="waiting",
                clip_attempts=0,
            )
        )
        await self._events.publish(video.organization_id, "moment.created", moment_id, moment_id)
        return moment_id

    async def list(self, actor: Actor, video_id: str) -> tuple[FoundMoment, ...]:
        """Return a video's moments that an actor can see, in the order of the video."""
        rows = await self._database.fetch(
            f"{_SELECT} WHERE f.video_id = $1 ORDER BY f.start_ms, f.moment_id", video_id
        )
        where = await self._records.where(actor)
        where.add_if("m.id = ANY({}::text[])", [row["moment_id"] for row in rows])
        where.add("m.deleted_at IS NULL")
        seen = {moment.id: moment for moment in await self._records.select(where, "")}
        return tuple(
            self._found_of(row, seen[row["moment_id"]]) for row in rows if row["moment_id"] in seen
        )

    async def get(self, actor: Actor, video_id: str, moment_id: str) -> FoundMoment:
        """Return one of a video's moments.

        Raises:
            NotFound: The video has no such moment.
        """
        found = [each for each in await self.list(actor, video_id) if each.moment.id == moment_id]
        if not found:
            raise no_moment()
        return found[0]

    async def clip(self, actor: Actor, moment_id: str) -> MediaFile | None:
        """Return the clip of a video's moment that an actor can see; None if it has none yet.

        Raises:
            NotFound: It is no moment of a video.
        """
        row = await self._database.fetchrow(
            f"{_SELECT} WHERE f.moment_id = $1", moment_id.replace("\0", "")
        )
        if row is None:
            raise no_moment()
        await self._records.find(actor, row["moment_id"])
        return clip_of(row)

    def _found_of(self, row: Record, moment: Moment) -> FoundMoment:
        file = clip_of(row)
        url = None
        if file is not None:
            url = url_of(self._storage, file)
        return FoundMoment(
            moment=moment,
            start_ms=row["start_ms"],
            end_ms=row["end_ms"],
            score=row["score"],
            reasons=tuple(Reason(*each) for each in json.loads(row["reasons"])),
            origin=row["origin"],
            is_edited=row["is_edited"],
            clip_status=row["clip_status"],
            clip_error=row["clip_error"],
            clip_url=url,
            vertical_status=row["vertical_status"],
            vertical_error=row["vertical_error"],
            vertical_url=self._vertical_url(row),
            vertical_crop=row["vertical_crop"],
        )

    def _vertical_url(self, row: Record) -> str | None:
        if row["u_path"] is None:
            return None
        return self._storage.signed_get(
            row["u_bucket"], row["u_path"], content_type="video/mp4", filename=row["u_name"]
        )


def clip_of(row: Record) -> MediaFile | None:
    """Return the clip of a selected row."""
    return file_of(row) if row["gcs_path"] is not None else None


def no_moment() -> NotFound:
    """Return the error for a moment that a video does not have."""
    return NotFound("Moment not found")


def _is_same(candidate: Candidate, span: tuple[int, int]) -> bool:
    shared = min(candidate.end_ms, span[1]) - max(candidate.start_ms, span[0])
    union = max(candidate.end_ms, span[1]) - min(candidate.start_ms, span[0])
    return shared > _SAME * union
