"""The table of snapshots and clips; the migrations define the constraints and indexes."""

from piccolo.columns import Boolean, Integer, Text, Timestamptz
from piccolo.table import Table


class Captures(Table, tablename="captures"):
    """The media facts of a moment that was captured from a stream."""

    id = Text(primary_key=True, default=None)
    organization_id = Text()
    moment_id = Text()
    kind = Text()
    stream_id = Text(null=True, default=None)
    stream_name = Text(null=True, default=None)
    stream_slug = Text(null=True, default=None)
    status = Text()
    error = Text(null=True, default=None)
    requested_start = Timestamptz(default=None)
    requested_end = Timestamptz(default=None)
    start_at = Timestamptz(default=None)
    end_at = Timestamptz(default=None)
    duration_ms = Integer()
    width = Integer(null=True, default=None)
    height = Integer(null=True, default=None)
    has_audio = Boolean(null=True, default=None)
    asset_id = Text(null=True, default=None)
    preview_id = Text(null=True, default=None)
    node_id = Text(null=True, default=None)
    node_missed_at = Timestamptz(null=True, default=None)
    parent_id = Text(null=True, default=None)
    trim_start_ms = Integer(null=True, default=None)
    trim_end_ms = Integer(null=True, default=None)
    created_by = Text(null=True, default=None)
    created_at = Timestamptz(default=None)
    updated_at = Timestamptz(default=None)
    removed_at = Timestamptz(null=True, default=None)  # removed from a surviving moment
    moment_deleted_at = Timestamptz(null=True, default=None)  # a trigger keeps it
