"""Notices of what happened while a user was away: written here, read in the bell."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

from domain.accounts.models import Caller
from domain.accounts.notice_deliveries import Channel, NoticeDeliveries, switch
from domain.accounts.notice_links import href_of
from domain.accounts.rights import Rights
from domain.core.errors import BadFields
from domain.core.ids import new_id
from domain.core.secrets import Keyring
from domain.core.time import Clock
from domain.infra.database import Database, Record
from domain.infra.events import Events

NoticeKind = Literal[
    "invitation", "mention", "saved", "video", "capture", "stream", "nudge", "webhook", "search"
]  # fmt: skip

_KEPT: Final = timedelta(days=90)
_SHOWN: Final = 30
_MAX_TITLE: Final = 200
_MINE: Final = "user_id = $1 AND (organization_id IS NULL OR organization_id = $2)"
# Of the same thing, unread, there is one notice: the newest.
_INSERT: Final = """
INSERT INTO notifications
    (id, user_id, organization_id, kind, about, title, detail, href, created_at)
SELECT $1, u.id, $3, $4, $5, $6, $7, $8, $9 FROM app_user u
WHERE u.id = $2 AND NOT $4 = ANY(u.muted)
    AND ($3::text IS NULL OR EXISTS (SELECT 1 FROM membership b
        WHERE b.user_id = $2 AND b.organization_id = $3)) AND NOT ($10 AND EXISTS (SELECT 1
    FROM notifications n WHERE n.user_id = $2 AND n.kind = $4 AND n.about = $5))
ON CONFLICT (user_id, kind, about) WHERE read_at IS NULL DO UPDATE
    SET title = excluded.title, detail = excluded.detail, created_at = excluded.created_at
RETURNING id, user_id, xmax = 0 AS is_new
"""


@dataclass(frozen=True, slots=True)
class News:
    """What to say: one line on what happened, one on why it matters, and where to look."""

    kind: NoticeKind
    about: str  # the id of what it is about
    title: str
    detail: str = ""
    href: str = ""
    is_once: bool = False  # say nothing if the user was told of it before


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice as its user sees it."""

    id: str
    kind: NoticeKind
    title: str
    detail: str
    href: str
    created_at: datetime
    is_read: bool


class Notifier:
    """Writes notices in the caller's transaction."""

    def __init__(
        self, database: Database, events: Events, clock: Clock, deliveries: NoticeDeliveries
    ) -> None:
        self._database = database
        self._events = events
        self._clock = clock
        self.deliveries = deliveries

    async def tell(self, user_id: str | None, organization_id: str | None, news: News) -> None:
        """Notify a user, unless they switched this kind off, left, or nobody is to be told.

        A notice without an organisation is shown in all of the user's organisations. One that only
        changes an unread one is not delivered again.
        """
        row = await self._database.fetchrow(
            _INSERT,
            new_id("notice"),
            user_id,
            organization_id,
            news.kind,
            news.about,
            news.title[:_MAX_TITLE],
            news.detail,
            news.href,
            self._clock.now(),
            news.is_once,
        )
        if row is None:
            return
        if row["is_new"]:
            await self.deliveries.schedule(row["id"], row["user_id"])
        await self.changed(row["user_id"], organization_id)

    async def changed(self, user_id: str, organization_id: str | None) -> None:
        """Make the user's open pages look again."""
        organizations = [organization_id] if organization_id else await self._all_of(user_id)
        for each in organizations:
            await self._events.publish(each, "notification.changed", {"id": user_id}, [user_id])

    async def _all_of(self, user_id: str) -> list[str]:
        rows = await self._database.fetch(
            "SELECT organization_id FROM membership WHERE user_id = $1", user_id
        )
        return [row["organization_id"] for row in rows]


class NoticeService:
    """The caller's own notices, in their current organisation."""

    def __init__(
        self, database: Database, rights: Rights, notifier: Notifier, keyring: Keyring, clock: Clock
    ) -> None:
        self._database = database
        self._rights = rights
        self._notifier = notifier
        self._keyring = keyring
        self._clock = clock

    async def list(self, caller: Caller) -> Sequence[Notice]:
        """Return the newest notices."""
        async with self._database.transaction():
            user_id = await self._rights.person(caller)
            rows = await self._database.fetch(
                f"SELECT * FROM notifications WHERE {_MINE}"  # noqa: S608 (constant)
                f" ORDER BY created_at DESC, id DESC LIMIT {_SHOWN}",
                user_id,
                caller.organization_id,
            )
        return [self._notice_of(row) for row in rows]

    async def unread(self, caller: Caller) -> int:
        """Return how many are unread."""
        async with self._database.transaction():
            user_id = await self._rights.person(caller)
            found = await self._database.fetchval(
                f"SELECT count(*) FROM notifications WHERE {_MINE} AND read_at IS NULL",  # noqa: S608
                user_id,
                caller.organization_id,
            )
        return int(found)

    async def mark_read(self, caller: Caller, ids: Collection[str] = ()) -> None:
        """Mark some as read, or all."""
        async with self._database.transaction():
            user_id = await self._rights.person(caller)
            await self._database.execute(
                f"UPDATE notifications SET read_at = $3 WHERE {_MINE} AND read_at IS NULL"  # noqa: S608
                " AND ($4::text[] IS NULL OR id = ANY($4::text[]))",
                user_id,
                caller.organization_id,
                self._clock.now(),
                list(ids) or None,
            )
            await self._notifier.changed(user_id, caller.organization_id)

    async def muted(self, caller: Caller) -> frozenset[str]:
        """Return what the caller switched off: kinds, and channels of kinds (see `switch`)."""
        async with self._database.transaction():
            user_id = await self._rights.person(caller)
            found = await self._database.fetchval(
                "SELECT muted FROM app_user WHERE id = $1", user_id
            )
        return frozenset(found)

    async def mute(
        self, caller: Caller, kind: str, *, is_muted: bool, channel: Channel = "bell"
    ) -> None:
        """Switch a kind off, or on again: all of it, or one channel besides the bell.

        Raises:
            BadFields: There is no such kind or channel.
        """
        if channel not in get_args(Channel):
            raise BadFields({"channel": f"must be one of {', '.join(get_args(Channel))}"})
        if kind not in get_args(NoticeKind):
            raise BadFields({"kind": f"must be one of {', '.join(get_args(NoticeKind))}"})
        async with self._database.transaction():
            user_id = await self._rights.person(caller)
            await self._database.execute(
                "UPDATE app_user SET muted = array_remove(muted, $2)"
                " || CASE WHEN $3 THEN ARRAY[$2] ELSE '{}' END WHERE id = $1",
                user_id,
                switch(kind, channel),
                is_muted,
            )

    @property
    def channels(self) -> frozenset[Channel]:
        """The channels that the operator's settings allow."""
        return self._notifier.deliveries.channels

    async def purge(self) -> None:
        """Delete old notices."""
        await self._database.execute(
            "DELETE FROM notifications WHERE created_at < $1", self._clock.now() - _KEPT
        )

    def _notice_of(self, row: Record) -> Notice:
        return Notice(
            id=row["id"],
            kind=row["kind"],
            title=row["title"],
            detail=row["detail"],
            href=href_of(self._keyring, row),
            created_at=row["created_at"],
            is_read=row["read_at"] is not None,
        )
