"""Tables of nodes, streams and captures; the migrations hold the constraints and indexes."""

from piccolo.columns import Array, Boolean, Column, Integer, Text, Timestamptz
from piccolo.table import Table


class TsVector(Column):
    """A searchable text; services write it with `to_tsvector`."""

    value_type = str
    column_type = "TSVECTOR"


class MediaNode(Table, tablename="media_node"):
    """A media node and its last sign of life."""

    id = Text(primary_key=True)
    control_url = Text()
    public_url = Text()
    media_url = Text(null=True, default=None)
    name = Text(default="")
    rtmp_address = Text(null=True, default=None)
    draining_at = Timestamptz(null=True, default=None)
    started_at = Timestamptz(default=None)
    heartbeat_at = Timestamptz(default=None)


class Stream(Table, tablename="stream"):
    """A durable channel."""

    id = Text(primary_key=True)
    organization_id = Text()
    name = Text()
    slug = Text()
    kind = Text()
    url = Text(null=True, default=None)
    buffer_s = Integer()
    visibility = Text()
    allow_capture = Boolean()
    publish_key_version = Integer()
    node_id = Text(null=True, default=None)
    created_by = Text(null=True, default=None)
    created_at = Timestamptz(default=None)
    updated_at = Timestamptz(default=None)
    deleted_at = Timestamptz(null=True, default=None)


class Capture(Table, tablename="capture"):
    """A snapshot or a clip."""

    id = Text(primary_key=True)
    organization_id = Text()
    kind = Text()
    moment_id = Text()
    stream_id = Text(null=True, default=None)
    stream_name = Text(null=True, default=None)
    stream_slug = Text(null=True, default=None)
    status = Text()
    error = Text(null=True, default=None)
    title = Text()
    note = Text()
    labels = Array(base_column=Text())
    search = TsVector()
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
    shared_until = Timestamptz(null=True, default=None)
    created_by = Text(null=True, default=None)
    created_at = Timestamptz(default=None)
    updated_at = Timestamptz(default=None)
    deleted_at = Timestamptz(null=True, default=None)
