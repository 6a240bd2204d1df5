"""Accounts as other code sees them: immutable values, no rows."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Literal

Credential = Literal["session", "token", "system", "visitor", "vm"]


class Role(IntEnum):
    """A member's role; a higher one includes the rights of the lower ones.

    A viewer watches; a member captures, edits and shares; an admin runs streams and members; an
    owner also manages owners.
    """

    VIEWER = 1
    MEMBER = 2
    ADMIN = 3
    OWNER = 4

    @property
    def label(self) -> str:
        """The name on the wire: `viewer`, `member`, `admin`, `owner`."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated caller; each service call loads its rights afresh.

    `organization_id` is None if the user belongs to none, or to several and chose none.
    `credential_id` is the id of the login session or API token; system callers and visitors have
    none and exist in this process only. `has_slid`: the session's lifetime was just renewed, so the
    browser should renew its cookie.
    """

    user_id: str | None
    organization_id: str | None
    credential: Credential
    credential_id: str | None = None
    has_slid: bool = field(default=False, compare=False)

    @property
    def is_visitor(self) -> bool:
        """Whether this is an anonymous visitor of a public stream."""
        return self.credential == "visitor"


def system_caller(organization_id: str) -> Caller:
    """Return the caller of jobs and the command line: an owner without a name."""
    return Caller(None, organization_id, "system")


def visitor_caller(organization_id: str) -> Caller:
    """Return the caller of a visitor: a member without a name."""
    return Caller(None, organization_id, "visitor")


@dataclass(frozen=True, slots=True)
class Actor:
    """A caller whose rights were loaded in the current transaction."""

    user_id: str | None
    organization_id: str
    role: Role
    vm_id: str | None = None  # a VM that acts for itself

    @property
    def is_admin(self) -> bool:
        """Whether they administer the organisation: admins and owners."""
        return self.role >= Role.ADMIN


@dataclass(frozen=True, slots=True)
class User:
    """A person with an account."""

    id: str
    email: str
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Membership:
    """One organisation of a user, with the user's role in it."""

    organization_id: str
    organization_name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Identity:
    """The signed-in user, with organisations: the answer to "who am I"."""

    user: User
    memberships: tuple[Membership, ...]
    current: Membership | None  # the one that this caller acts for


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new login session; its token is shown only here."""

    token: str
    user: User
    organization_id: str | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class LoginSession:
    """A signed-in browser."""

    id: str
    ip: str
    user_agent: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    is_current: bool


@dataclass(frozen=True, slots=True)
class Member:
    """A person in an organisation."""

    user_id: str
    email: str
    name: str
    role: Role
    joined_at: datetime


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link that lets one person join an organisation, once.

    `is_mailed` says whether Moments tells its address; of one that is listed, whether it can.
    """

    id: str
    role: Role
    email: str | None
    url: str
    created_at: datetime
    expires_at: datetime
    is_mailed: bool = False


@dataclass(frozen=True, slots=True)
class InvitationView:
    """What the holder of an invitation sees before accepting it."""

    organization_name: str
    role: Role
    email: str | None
    invited_by: str | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A personal API token, without its secret; `prefix` is enough to recognise it."""

    id: str
    name: str
    prefix: str
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewApiToken:
    """A new token: the only time that its text is known."""

    token: str
    record: ApiToken
