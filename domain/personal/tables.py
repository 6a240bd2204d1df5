"""The table of accounts that are being deleted; the migrations define its constraints."""

from piccolo.columns import Array, Text, Timestamptz
from piccolo.table import Table


class Erasure(Table, tablename="erasure"):
    """An account that was closed: its job deletes the rest, then this row."""

    user_id = Text(primary_key=True, default=None)
    organization_ids = Array(base_column=Text(), default=list)  # deleted with it
    created_at = Timestamptz(default=None)
