"""Tables of accounts; the migrations define the constraints and indexes."""

from piccolo.columns import Array, Integer, Text, Timestamptz
from piccolo.table import Table


class AppUser(Table, tablename="app_user"):
    """A person with an account."""

    id = Text(primary_key=True)
    email = Text()
    name = Text()
    password_hash = Text()
    created_at = Timestamptz(default=None)
    updated_at = Timestamptz(default=None)
    muted = Array(base_column=Text(), default=list)  # kinds of notices


class Organization(Table, tablename="organization"):
    """A group of people that owns streams and moments."""

    id = Text(primary_key=True)
    name = Text()
    created_at = Timestamptz(default=None)
    updated_at = Timestamptz(default=None)


class Membership(Table, tablename="membership"):
    """A user's membership of an organisation, with a role."""

    id = Text(primary_key=True)
    organization_id = Text()
    user_id = Text()
    role = Integer()
    created_at = Timestamptz(default=None)


class LoginSession(Table, tablename="login_session"):
    """A signed-in browser."""

    id = Text(primary_key=True)
    user_id = Text()
    organization_id = Text(null=True, default=None)
    token_hash = Text()
    ip = Text()
    user_agent = Text()
    created_at = Timestamptz(default=None)
    last_seen_at = Timestamptz(default=None)
    expires_at = Timestamptz(default=None)


class ApiToken(Table, tablename="api_token"):
    """A personal API token."""

    id = Text(primary_key=True)
    user_id = Text()
    name = Text()
    prefix = Text()
    token_hash = Text()
    created_at = Timestamptz(default=None)
    last_used_at = Timestamptz(null=True, default=None)
    expires_at = Timestamptz(null=True, default=None)
    revoked_at = Timestamptz(null=True, default=None)


class Invitation(Table, tablename="invitation"):
    """An invitation link to an organisation."""

    id = Text(primary_key=True)
    organization_id = Text()
    role = Integer()
    email = Text(null=True, default=None)
    token_hash = Text()
    created_by = Text(null=True, default=None)
    created_at = Timestamptz(default=None)
    expires_at = Timestamptz(default=None)
    used_at = Timestamptz(null=True, default=None)
    used_by = Text(null=True, default=None)
    revoked_at = Timestamptz(null=True, default=None)


class PasswordReset(Table, tablename="password_reset"):
    """A link that sets a new password; a user has one at most."""

    id = Text(primary_key=True)
    user_id = Text()
    token_hash = Text()
    created_by = Text(null=True, default=None)
    created_at = Timestamptz(default=None)
    expires_at = Timestamptz(default=None)


class Vms(Table, tablename="vms"):
    """A virtual machine that captures by itself."""

    id = Text(primary_key=True, default=None)
    organization_id = Text()
    name = Text()
    token_hash = Text()
    created_by = Text(null=True, default=None)
    created_at = Timestamptz(default=None)
    last_seen_at = Timestamptz(null=True, default=None)
    deleted_at = Timestamptz(null=True, default=None)


class Notifications(Table, tablename="notifications"):
    """A notice to a user of something that happened."""

    id = Text(primary_key=True)
    user_id = Text()
    organization_id = Text(null=True, default=None)  # None: shown in all of theirs
    kind = Text()
    about = Text()  # the id of what it is about
    title = Text()
    detail = Text()
    href = Text()
    created_at = Timestamptz(default=None)
    read_at = Timestamptz(null=True, default=None)


class PushSubscription(Table, tablename="push_subscription"):
    """A browser that shows notices; it ends with its session."""

    id = Text(primary_key=True)
    user_id = Text()
    session_id = Text()
    endpoint = Text()
    endpoint_hash = Text()  # a long text is no key everywhere
    p256dh = Text()
    auth = Text()
    created_at = Timestamptz(default=None)


class NoticeDelivery(Table, tablename="notice_delivery"):
    """A notice that is still to be sent."""

    notice_id = Text(primary_key=True, default=None)
    channel = Text(primary_key=True, default=None)
    target = Text(primary_key=True, default=None)  # of a push, the browser's id
    taken_until = Timestamptz(null=True, default=None)  # a worker is sending it
