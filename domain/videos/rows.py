"""The rows of videos, joined with their moment and their files."""

from collections.abc import Sequence
from typing import Any, Final

from domain.accounts.models import Actor
from domain.core.errors import NotFound
from domain.infra.database import Database, Record
from domain.moments.models import MediaFile
from domain.moments.records import MomentRecords
from domain.moments.search import Where
from domain.videos.models import Progress, StageState, Video, VideoCounts, VideoRow
from domain.videos.tables import Videos

_FILES: Final = ("asset", "audio", "voices")
_FILE_COLUMNS: Final = ", ".join(
    f"{name}.gcs_bucket AS {name}_bucket, {name}.gcs_path AS {name}_path,"
    f" {name}.mime_type AS {name}_mime, {name}.file_size_bytes AS {name}_size,"
    f" {name}.file_name AS {name}_name, {name}.generation AS {name}_generation"
    for name in _FILES
)
_SELECT: Final = f"""
SELECT v.*, m.title, {_FILE_COLUMNS},
    p.gcs_bucket AS p_bucket, p.gcs_path AS p_path, p.mime_type AS p_mime,
    (SELECT count(*) FROM video_moments f JOIN moments fm ON fm.id = f.moment_id
        WHERE f.video_id = v.id AND fm.deleted_at IS NULL) AS moments_found
FROM videos v JOIN moments m ON m.id = v.moment_id
LEFT JOIN moment_assets asset ON asset.id = v.asset_id
LEFT JOIN moment_assets audio ON audio.id = v.audio_id
LEFT JOIN moment_assets voices ON voices.id = v.voices_id
LEFT JOIN moment_assets p ON p.id = m.cover_id
"""  # noqa: S608 (constants)
_OF_PROGRESS: Final[dict[Progress, str]] = {
    "working": "v.status IN ('queued', 'running')",
    "failed": "v.status = 'failed'",
}
_COUNTS: Final = f"""
SELECT count(*) AS total, count(*) FILTER (WHERE {_OF_PROGRESS["working"]}) AS working,
    count(*) FILTER (WHERE {_OF_PROGRESS["failed"]}) AS failed,
    coalesce(sum(v.duration_ms), 0) AS duration_ms
FROM videos v JOIN moments m ON m.id = v.moment_id
"""  # noqa: S608 (constants)
_STAGES: Final = """
SELECT * FROM video_stages WHERE video_id = ANY($1::text[]) ORDER BY video_id, position
"""


class VideoRows:
    """Reads; the caller opens the transaction and has loaded the rights."""

    def __init__(self, database: Database, moments: MomentRecords) -> None:
        self._database = database
        self._moments = moments

    async def find(self, actor: Actor, video_id: str, *, lock: bool = False) -> Record:
        """Return the record of a video that an actor can see.

        Raises:
            NotFound: It is absent, deleted, another organisation's, or hidden from them.
        """
        where = await self._moments.where(actor)
        where.add_if("v.id = {}", video_id.replace("\0", ""))
        where.add("m.deleted_at IS NULL")
        rows = await self.select(where, "FOR UPDATE OF v" if lock else "")
        if not rows:
            message = "Video not found"
            raise NotFound(message)
        return rows[0]

    async def page(
        self, actor: Actor, limit: int, offset: int, progress: Progress | None = None
    ) -> tuple[list[Record], int]:
        """Return one page of what an actor can see, newest first, and the total."""
        where = await self._seen(actor)
        if progress is not None:
            where.add(_OF_PROGRESS[progress])
        total = await self._database.fetchval(
            f"SELECT count(*) FROM videos v JOIN moments m ON m.id = v.moment_id WHERE {where.sql}",  # noqa: S608 (constants)
            *where.arguments,
        )
        few, skipped = where.argument(limit), where.argument(offset)
        order = f"ORDER BY v.created_at DESC, v.id DESC LIMIT {few} OFFSET {skipped}"
        return await self.select(where, order), int(total)

    async def counts(self, actor: Actor) -> VideoCounts:
        """Return how many an actor can see, and how long they are together."""
        where = await self._seen(actor)
        [row] = await self._database.fetch(f"{_COUNTS} WHERE {where.sql}", *where.arguments)
        return VideoCounts(row["total"], row["working"], row["failed"], int(row["duration_ms"]))

    async def of_moments(self, actor: Actor, moment_ids: Sequence[str]) -> list[Record]:
        """Return the videos of some moments that an actor can see."""
        where = await self._moments.where(actor)
        where.add_if("v.moment_id = ANY({}::text[])", list(moment_ids))
        return await self.select(where)

    async def _seen(self, actor: Actor) -> Where:
        where = await self._moments.where(actor)
        where.add_if("v.organization_id = {}", actor.organization_id)
        where.add("m.deleted_at IS NULL AND v.source <> 'capture'")
        return where

    async def select(self, where: Where, tail: str = "") -> list[Record]:
        """Return the records that match conditions; `tail` orders and limits."""
        return await self._database.fetch(f"{_SELECT} WHERE {where.sql} {tail}", *where.arguments)

    async def by_id(self, video_id: str) -> VideoRow | None:
        """Return a video for a job, regardless of access."""
        rows = await self.select(Where("v.id = $1", [video_id]))
        return video_row(rows[0]) if rows else None

    async def lock(self, video_id: str) -> Videos:
        """Return a video's own row, locked until the transaction ends.

        Raises:
            NotFound: There is no such video.
        """
        video = await Videos.objects().where(Videos.id == video_id).lock_rows().first()
        if video is None:
            raise NotFound("Video not found")
        return video

    async def stages(self, video_ids: Sequence[str]) -> dict[str, tuple[StageState, ...]]:
        """Return the stages of videos, in order."""
        found: dict[str, list[StageState]] = {}
        for row in await self._database.fetch(_STAGES, list(video_ids)):
            found.setdefault(row["video_id"], []).append(_stage_of(row))
        return {video_id: tuple(stages) for video_id, stages in found.items()}


def _stage_of(row: Record) -> StageState:
    return StageState(
        row["name"],
        row["status"],
        row["progress"],
        row["attempts"],
        row["started_at"],
        row["ended_at"],
        row["error"],
        row["note"],
    )


def file_of(row: Record, name: str) -> MediaFile | None:
    """Return one of a video's files, once its bytes are there."""
    if row[f"{name}_generation"] is None:
        return None
    return MediaFile(
        row[f"{name}_bucket"],
        row[f"{name}_path"],
        row[f"{name}_mime"],
        row[f"{name}_size"],
        row[f"{name}_name"],
    )


_SAME: Final = (
    "id", "organization_id", "moment_id", "owns_moment", "source", "url", "run", "prompt",
    "speaker_count", "duration_ms", "has_audio", "width", "height", "created_by", "title",
    "asset_id", "voices_id",
)  # fmt: skip
_OF_VIDEO: Final = (
    "id", "organization_id", "moment_id", "title", "status", "source", "url", "duration_ms",
    "width", "height", "has_audio", "speaker_count", "moments_found", "created_by", "created_at",
    "updated_at",
)  # fmt: skip


def video_row(row: Record) -> VideoRow:
    """Return a record as its jobs see it."""
    same: dict[str, Any] = {name: row[name] for name in _SAME}
    return VideoRow(
        **same,
        has_cover=row["p_path"] is not None,
        media=file_of(row, "asset"),
        audio=file_of(row, "audio"),
        voices=file_of(row, "voices"),
    )


def video_of(
    row: Record, stages: tuple[StageState, ...], media_url: str | None, poster_url: str | None
) -> Video:
    """Return a record as other code sees it."""
    same: dict[str, Any] = {name: row[name] for name in _OF_VIDEO}
    return Video(
        **same,
        file_name=row["asset_name"],
        stages=stages,
        media_url=media_url,
        poster_url=poster_url,
    )
