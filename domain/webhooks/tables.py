"""Tables of webhooks; the migrations define the constraints and indexes."""

from piccolo.columns import JSONB, Array, Boolean, Integer, Text, Timestamptz
from piccolo.table import Table


class Webhooks(Table, tablename="webhooks"):
    """An address of another service, and what it is sent."""

    id = Text(primary_key=True, default=None)
    organization_id = Text()
    url = Text()
    events = Array(base_column=Text(), default=list)
    secret_version = Integer(default=1)  # the secret is derived from it, and not stored
    rotated_at = Timestamptz(null=True, default=None)
    is_enabled = Boolean(default=True)
    disabled_reason = Text(null=True, default=None)
    failing_since = Timestamptz(null=True, default=None)
    last_delivered_at = Timestamptz(null=True, default=None)
    created_by = Text(null=True, default=None)
    created_at = Timestamptz(default=None)


class WebhookDeliveries(Table, tablename="webhook_deliveries"):
    """A message to one webhook, and how its last attempt ended."""

    id = Text(primary_key=True, default=None)
    webhook_id = Text()
    event = Text()
    payload = JSONB()
    status = Text()
    attempts = Integer(default=0)
    next_at = Timestamptz(null=True, default=None)
    response_status = Integer(null=True, default=None)
    response_excerpt = Text(null=True, default=None)
    duration_ms = Integer(null=True, default=None)
    created_at = Timestamptz(default=None)
    attempted_at = Timestamptz(null=True, default=None)
