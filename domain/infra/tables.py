"""Tables of the infrastructure: jobs, their schedule, events, limits."""

from piccolo.columns import JSONB, Array, BigInt, Integer, Text, Timestamptz
from piccolo.table import Table


class Job(Table, tablename="job"):
    """A job to run at least once; the row is deleted when it is done."""

    id = Text(primary_key=True, default=None)
    name = Text()
    args = JSONB()
    key = Text(null=True, default=None)
    state = Text(default="queued")
    attempts = Integer(default=0)
    max_attempts = Integer()
    run_at = Timestamptz()
    leased_by = Text(null=True, default=None)
    leased_until = Timestamptz(null=True, default=None)
    sent_at = Timestamptz(null=True, default=None)
    error = Text(null=True, default=None)
    organization_id = Text(null=True, default=None)  # None: work for the whole installation
    moment_id = Text(null=True, default=None)  # that the request was about
    created_at = Timestamptz()
    updated_at = Timestamptz()


class Schedule(Table, tablename="schedule"):
    """A periodic job's next due time, shared by all workers."""

    name = Text(primary_key=True, default=None)
    next_at = Timestamptz()
    last_at = Timestamptz(null=True, default=None)


class EventRow(Table, tablename="event"):
    """An event of an organisation; within an organisation, ids commit in order."""

    id = BigInt(primary_key=True, default=None)
    organization_id = Text()
    kind = Text()
    payload = JSONB()
    created_at = Timestamptz()
    audience = Array(
        base_column=Text(), null=True, default=None, help_text="JSON array of user ids"
    )


class Idempotency(Table, tablename="idempotency"):
    """An answered request and its result; the key is unique within its scope."""

    scope = Text(primary_key=True, default=None)
    key = Text(primary_key=True, default=None)
    body_hash = Text()
    status = Integer(null=True, default=None)
    body = Text(null=True, default=None)
    created_at = Timestamptz()


class RateLimit(Table, tablename="rate_limit"):
    """A caller's next allowed request; a crash loses it, which costs a few counts."""

    id = Text(primary_key=True, default=None)
    arrival_at = Timestamptz()
