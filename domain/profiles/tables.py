"""Tables of profiles; the migrations define the constraints and indexes."""

from piccolo.columns import Bytea, Text, Timestamptz
from piccolo.table import Table


class Profile(Table, tablename="profile"):
    """A person's public page."""

    user_id = Text(primary_key=True, default=None)
    handle = Text()
    bio = Text()
    avatar = Bytea(null=True, default=None)  # a small JPEG
    avatar_hash = Text(null=True, default=None)
    created_at = Timestamptz(default=None)
    updated_at = Timestamptz(default=None)


class ProfileHandle(Table, tablename="profile_handle"):
    """A current or former handle; kept when the account is gone."""

    handle = Text(primary_key=True, default=None)
    user_id = Text(null=True, default=None)
    created_at = Timestamptz(default=None)


class Follow(Table, tablename="follow"):
    """Who follows whom."""

    follower_id = Text(primary_key=True, default=None)
    followed_id = Text(primary_key=True, default=None)
    created_at = Timestamptz(default=None)


class MomentLike(Table, tablename="moment_like"):
    """Who likes which moment."""

    moment_id = Text(primary_key=True, default=None)
    user_id = Text(primary_key=True, default=None)
    created_at = Timestamptz(default=None)


class MomentReport(Table, tablename="moment_report"):
    """A report of abuse to the moment's organisation; the reporter is a hash."""

    id = Text(primary_key=True, default=None)
    organization_id = Text()
    moment_id = Text()
    reason = Text()
    details = Text()
    reporter = Text()
    created_at = Timestamptz(default=None)
    resolved_at = Timestamptz(null=True, default=None)
    resolved_by = Text(null=True, default=None)
