"""Builds public values with signed URLs from rows."""

from typing import Any

from domain.captures.models import Clip, Snapshot
from domain.captures.row_values import CaptureRow
from domain.core.time import Clock
from domain.infra.storage import Storage
from domain.moments.listing import url_of
from domain.moments.models import MediaFile
from domain.moments.rules import file_name


class CaptureViews:
    """Signs URLs (an hour long) and builds snapshots and clips."""

    def __init__(self, storage: Storage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock

    def capture(self, row: CaptureRow) -> Snapshot | Clip:
        """Return a row's value."""
        return self.snapshot(row) if row.kind == "snapshot" else self.clip(row)

    def snapshot(self, row: CaptureRow) -> Snapshot:
        """Return a snapshot."""
        return Snapshot(
            **self._common(row),
            timestamp=row.start_at,
            requested_timestamp=row.requested_start,
            mime_type=row.media.content_type if row.media else "image/jpeg",
            url=self.url(row.media) or "",
            thumbnail_url=self.url(row.preview or row.media) or "",
        )

    def clip(self, row: CaptureRow) -> Clip:
        """Return a clip."""
        return Clip(
            **self._common(row),
            status=row.status,
            error=row.error,
            start_ts=row.start_at,
            end_ts=row.end_at,
            requested_start_ts=row.requested_start,
            requested_end_ts=row.requested_end,
            duration_ms=row.duration_ms,
            has_audio=row.has_audio,
            url=self.url(row.media) if row.status == "ready" else None,
            preview_url=self.url(row.preview),
            parent_id=row.parent_id,
        )

    def url(self, file: MediaFile | None) -> str | None:
        """Return a fresh signed URL of a file."""
        if file is None:
            return None
        return url_of(self._storage, file)

    def _common(self, row: CaptureRow) -> dict[str, Any]:  # the fields of `Capture`
        return {
            "id": row.id,
            "organization_id": row.organization_id,
            "moment_id": row.moment_id,
            "asset_id": row.asset_id,
            "stream": row.stream,
            "title": row.title,
            "note": row.note,
            "labels": tuple(row.labels),
            "width": row.width,
            "height": row.height,
            "size_bytes": row.media.size_bytes if row.media else None,
            "file_name": row.media.file_name if row.media else file_name(row.title, "video/mp4"),
            "created_at": row.created_at,
            "created_by": row.created_by,
            "deleted_at": row.deleted_at,
            "is_shared": row.shared_until is not None and row.shared_until > self._clock.now(),
        }
