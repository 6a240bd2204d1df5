"""From rows to what faces show: values with signed URLs."""

from typing import Any, Final

from domain.core.time import Clock
from domain.infra.database import Record
from domain.infra.storage import Storage
from domain.live.models import Clip, MediaFile, Snapshot, StreamRef
from domain.live.note_rules import file_name

SELECT: Final = """
SELECT c.*, s.name AS current_stream_name, s.slug AS current_stream_slug,
    a.bucket AS a_bucket, a.path AS a_path, a.mime_type AS a_mime, a.size_bytes AS a_size,
    p.bucket AS p_bucket, p.path AS p_path, p.mime_type AS p_mime, p.size_bytes AS p_size
FROM capture c
LEFT JOIN stream s ON s.id = c.stream_id
LEFT JOIN asset a ON a.id = c.asset_id
LEFT JOIN asset p ON p.id = c.preview_id
"""


class Presenter:
    """Signs URLs (an hour long) and builds snapshots and clips."""

    def __init__(self, storage: Storage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock

    def capture(self, row: Record) -> Snapshot | Clip:
        """Return what a row of `SELECT` holds."""
        return self.snapshot(row) if row["kind"] == "snapshot" else self.clip(row)

    def snapshot(self, row: Record) -> Snapshot:
        """Return a snapshot."""
        media = media_file(row)
        preview = preview_file(row) or media
        return Snapshot(
            **self._common(row),
            timestamp=row["start_at"],
            requested_timestamp=row["requested_start"],
            mime_type=row["a_mime"],
            url=self.url(media) or "",
            thumbnail_url=self.url(preview) or "",
        )

    def clip(self, row: Record) -> Clip:
        """Return a clip."""
        is_ready = row["status"] == "ready"
        return Clip(
            **self._common(row),
            status=row["status"],
            error=row["error"],
            start_ts=row["start_at"],
            end_ts=row["end_at"],
            requested_start_ts=row["requested_start"],
            requested_end_ts=row["requested_end"],
            duration_ms=row["duration_ms"],
            has_audio=row["has_audio"],
            url=self.url(media_file(row)) if is_ready else None,
            preview_url=self.url(preview_file(row)),
            parent_id=row["parent_id"],
        )

    def url(self, file: MediaFile | None) -> str | None:
        """Return a fresh signed URL of a file."""
        if file is None:
            return None
        return self._storage.signed_get(
            file.bucket, file.key, content_type=file.content_type, filename=file.file_name
        )

    def _common(self, row: Record) -> dict[str, Any]:  # the fields of `Capture`
        shared_until = row["shared_until"]
        return {
            "id": row["id"],
            "organization_id": row["organization_id"],
            "moment_id": row["moment_id"],
            "stream": _stream_of(row),
            "title": row["title"],
            "note": row["note"],
            "labels": tuple(row["labels"]),
            "width": row["width"],
            "height": row["height"],
            "size_bytes": row["a_size"],
            "file_name": file_name(row["title"], row["a_mime"] or "video/mp4"),
            "created_at": row["created_at"],
            "created_by": row["created_by"],
            "deleted_at": row["deleted_at"],
            "is_shared": shared_until is not None and shared_until > self._clock.now(),
        }


def media_file(row: Record) -> MediaFile | None:
    """Return where the bytes of a row of `SELECT` are."""
    return _file(row, "a", file_name(row["title"], row["a_mime"] or ""))


def preview_file(row: Record) -> MediaFile | None:
    """Return where the preview of a row of `SELECT` is."""
    return _file(row, "p", file_name(row["title"] + " preview", row["p_mime"] or ""))


def _file(row: Record, prefix: str, name: str) -> MediaFile | None:
    if row[f"{prefix}_path"] is None:
        return None
    return MediaFile(
        bucket=row[f"{prefix}_bucket"],
        key=row[f"{prefix}_path"],
        content_type=row[f"{prefix}_mime"],
        size_bytes=row[f"{prefix}_size"],
        file_name=name,
    )


def _stream_of(row: Record) -> StreamRef | None:
    if row["stream_id"] is None:
        return None
    return StreamRef(
        row["stream_id"],
        row["current_stream_slug"] or row["stream_slug"],
        row["current_stream_name"] or row["stream_name"],
    )
