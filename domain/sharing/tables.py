"""Tables of share links; the migrations define the constraints and indexes."""

from piccolo.columns import Array, Boolean, Integer, Text, Timestamptz
from piccolo.table import Table


class ShareLinks(Table, tablename="share_link"):
    """A capability to see something without an account."""

    id = Text(primary_key=True, default=None)
    organization_id = Text()
    subject_ids = Array(base_column=Text())  # moments, or single files of them
    moment_ids = Array(base_column=Text())
    token_hash = Text()
    password_hash = Text(null=True, default=None)
    may_download = Boolean()
    views = Integer()
    created_by = Text(null=True, default=None)
    created_at = Timestamptz(default=None)
    expires_at = Timestamptz(null=True, default=None)
    revoked_at = Timestamptz(null=True, default=None)
