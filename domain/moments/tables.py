"""Tables of moments and their assets; the migrations hold the constraints and indexes."""

from piccolo.columns import Array, BigInt, Integer, Text, Timestamptz
from piccolo.table import Table


class Moment(Table, tablename="moment"):
    """One record, whatever it was captured from."""

    id = Text(primary_key=True)
    organization_id = Text()
    title = Text()
    description = Text()
    tags = Array(base_column=Text())
    visibility = Text()
    capture_id = Text(null=True, default=None)
    created_by = Text(null=True, default=None)
    created_at = Timestamptz(default=None)
    updated_at = Timestamptz(default=None)
    deleted_at = Timestamptz(null=True, default=None)


class Asset(Table, tablename="asset"):
    """A stored file of a moment."""

    id = Text(primary_key=True)
    organization_id = Text()
    moment_id = Text()
    purpose = Text()
    file_name = Text()
    mime_type = Text()
    size_bytes = BigInt()
    bucket = Text()
    path = Text()
    generation = Text()
    width = Integer(null=True, default=None)
    height = Integer(null=True, default=None)
    duration_ms = Integer(null=True, default=None)
    processing_status = Text()
    created_by = Text(null=True, default=None)
    created_at = Timestamptz(default=None)


class Leftover(Table, tablename="leftover"):
    """Bytes elsewhere that no row owns yet, or no longer: swept when due."""

    id = Text(primary_key=True)
    kind = Text()
    place = Text()
    key = Text()
    due_at = Timestamptz(default=None)
