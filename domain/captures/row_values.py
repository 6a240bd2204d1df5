"""Rows of captures as values: what is read, inserted and finished."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final

from domain.captures.models import CaptureKind, ClipStatus
from domain.core.time import Span
from domain.infra.database import Record
from domain.live.models import StreamRef
from domain.moments.models import MediaFile
from domain.moments.rules import file_name


@dataclass(frozen=True, slots=True)
class CaptureRow:
    """A capture's row, with its moment's texts."""

    id: str
    organization_id: str
    moment_id: str
    kind: CaptureKind
    stream_id: str | None
    stream_name: str | None
    stream_slug: str | None
    status: ClipStatus
    error: str | None
    requested_start: datetime
    requested_end: datetime
    start_at: datetime
    end_at: datetime
    duration_ms: int
    width: int | None
    height: int | None
    has_audio: bool | None
    asset_id: str | None
    preview_id: str | None
    node_id: str | None
    node_missed_at: datetime | None
    parent_id: str | None
    trim_start_ms: int | None
    trim_end_ms: int | None
    created_by: str | None
    created_at: datetime
    updated_at: datetime
    title: str
    note: str
    labels: Sequence[str]
    shared_until: datetime | None
    deleted_at: datetime | None
    is_removed: bool  # alone, while its moment stays
    stream: StreamRef | None
    media: MediaFile | None
    preview: MediaFile | None


@dataclass(frozen=True, slots=True)
class NewCapture:
    """A capture to insert."""

    id: str
    kind: CaptureKind
    moment_id: str
    makes_moment: bool
    stream: StreamRef | None
    status: ClipStatus
    title: str
    note: str
    labels: Sequence[str]
    requested: Span
    node_id: str | None = None
    parent_id: str | None = None
    trim_ms: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """Properties of a capture's stored file."""

    asset_id: str
    preview_id: str | None
    start: datetime
    end: datetime
    duration_ms: int
    width: int | None
    height: int | None
    has_audio: bool | None = None
    error: str | None = None  # why it is shorter than requested


_JOINED: Final = frozenset({"stream", "media", "preview"})
_NAMES: Final = tuple(f.name for f in fields(CaptureRow) if f.name not in _JOINED)


def capture_row(record: Record) -> CaptureRow:
    """Return what `CaptureRows` selected as a value."""
    return CaptureRow(
        **{name: record[name] for name in _NAMES},
        stream=_stream_of(record),
        media=_file(record, "a"),
        preview=_file(record, "p"),
    )


def _stream_of(record: Record) -> StreamRef | None:
    if record["stream_id"] is None:
        return None
    return StreamRef(
        record["stream_id"],
        record["current_stream_slug"] or record["stream_slug"],
        record["current_stream_name"] or record["stream_name"],
    )


def _file(record: Record, prefix: str) -> MediaFile | None:
    if record[f"{prefix}_path"] is None:
        return None
    mime_type = record[f"{prefix}_mime"]
    return MediaFile(
        bucket=record[f"{prefix}_bucket"],
        key=record[f"{prefix}_path"],
        content_type=mime_type,
        size_bytes=record[f"{prefix}_size"],
        file_name="preview.jpg" if prefix == "p" else file_name(record["title"], mime_type),
    )
