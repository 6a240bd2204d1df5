"""Tables of nodes and streams; the migrations define the constraints and indexes."""

from piccolo.columns import Boolean, Integer, Text, Timestamptz
from piccolo.table import Table


class MediaNode(Table, tablename="media_node"):
    """A media node and its last heartbeat."""

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
    on_air_at = Timestamptz(null=True, default=None)
