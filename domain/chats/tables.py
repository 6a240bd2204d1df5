"""Tables of chats; the migrations define the constraints and indexes."""

from piccolo.columns import JSONB, Boolean, Text, Timestamptz
from piccolo.table import Table


class Sessions(Table, tablename="sessions"):
    """A chat, which may be about a moment."""

    id = Text(primary_key=True, default=None)
    organization_id = Text()
    created_by = Text(null=True, default=None)
    moment_id = Text(null=True, default=None)
    title = Text()
    visibility = Text()  # private: its creator alone, not even admins; organization
    created_at = Timestamptz(default=None)
    updated_at = Timestamptz(default=None)
    deleted_at = Timestamptz(null=True, default=None)  # erased within an hour


class Messages(Table, tablename="messages"):
    """A message; it keeps the moment that it was written about."""

    id = Text(primary_key=True, default=None)
    session_id = Text()
    moment_id = Text(null=True, default=None)
    role = Text()
    content = Text()
    citations = JSONB()
    state = Text()  # of an answer: writing, stopped or failed
    error = Text(null=True, default=None)
    given = JSONB(null=True, default=None)  # what an answer may use, while it is written
    created_by = Text(null=True, default=None)  # None: our assistant, or an account that is gone
    is_program = Boolean(default=False)  # it came with an API token
    created_at = Timestamptz(default=None)
