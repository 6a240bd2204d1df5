"""Notices that leave the app: to browsers by web push, to mailboxes by email.

Each is a row that is written with the notice and deleted once it is sent, so a job that runs twice
sends nothing twice. A worker that dies in between leaves the row, and it is sent again: browsers
then replace the earlier one.
"""

import json
from datetime import timedelta
from typing import Any, Final, Literal

from domain.accounts.notice_links import href_of
from domain.core.errors import Unavailable
from domain.core.secrets import Keyring
from domain.core.time import Clock
from domain.infra.database import Database, Record
from domain.infra.mail import Mailer
from domain.infra.queue import Queue
from domain.infra.web_push import Target, WebPush

Channel = Literal["bell", "push", "email"]

DELIVER_JOB: Final = "notices.deliver"
_UNREAD_S: Final = 600  # an email is only for what nobody has seen in the app
_CLAIM: Final = timedelta(seconds=60)  # longer than any one message takes
_MAX_DETAIL: Final = 400  # a push holds 4096 bytes
_PUSHES: Final = """
INSERT INTO notice_delivery (notice_id, channel, target)
SELECT $1, 'push', id FROM push_subscription WHERE user_id = $2 RETURNING target
"""
_EMAIL: Final = "INSERT INTO notice_delivery (notice_id, channel, target) VALUES ($1, 'email', '')"
_NOTICE: Final = """
SELECT n.*, u.email, u.muted FROM notifications n JOIN app_user u ON u.id = n.user_id
WHERE n.id = $1
"""
_OF: Final = "notice_id = $1 AND channel = $2"
_TARGETS: Final = f"SELECT target FROM notice_delivery WHERE {_OF} ORDER BY target"  # noqa: S608 (constant)
_TAKE: Final = f"""
UPDATE notice_delivery SET taken_until = $4 WHERE {_OF} AND target = $3
    AND (taken_until IS NULL OR taken_until <= $5) RETURNING target
"""  # noqa: S608 (constant)
_RELEASE: Final = f"UPDATE notice_delivery SET taken_until = NULL WHERE {_OF} AND target = $3"  # noqa: S608 (constant)
_DELETE: Final = f"DELETE FROM notice_delivery WHERE {_OF} AND ($3::text IS NULL OR target = $3)"  # noqa: S608 (constant)
_TEXT: Final = """{title}
{detail}

{url}

You get this because you have not seen it in Moments yet.
Choose what is emailed to you: {origin}/settings/profile
"""


def switch(kind: str, channel: Channel) -> str:
    """Return the name under which `app_user.muted` holds a kind's channel."""
    return kind if channel == "bell" else f"{kind}:{channel}"


class NoticeDeliveries:
    """Schedules and sends them; the operator's settings say by which channels."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        keyring: Keyring,
        origin: str,
        *,
        push: WebPush | None = None,
        mailer: Mailer | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._keyring = keyring
        self._origin = origin
        self._queue = Queue(database)
        self._mailer = mailer
        self.push = push

    @property
    def channels(self) -> frozenset[Channel]:
        """The channels that there are."""
        found: set[Channel] = {"bell"}
        if self.push is not None:
            found.add("push")
        if self._mailer is not None:
            found.add("email")
        return frozenset(found)

    async def schedule(self, notice_id: str, user_id: str) -> None:
        """Have a new notice delivered once the open transaction commits."""
        if self.push is not None and await self._database.fetch(_PUSHES, notice_id, user_id):
            await self._enqueue(notice_id, "push", 0)
        if self._mailer is not None:
            await self._database.execute(_EMAIL, notice_id)
            await self._enqueue(notice_id, "email", _UNREAD_S)

    async def deliver(self, args: dict[str, Any]) -> None:
        """Send a notice by one channel, unless it was read or switched off meanwhile (a job).

        Raises:
            Unavailable: A server is down, or another worker is sending; the queue tries again.
        """
        notice_id, channel = str(args["notice_id"]), args["channel"]
        row = await self._database.fetchrow(_NOTICE, notice_id)
        if row is None:
            return
        if row["read_at"] is not None or {row["kind"], switch(row["kind"], channel)} & set(
            row["muted"]
        ):
            await self._database.execute(_DELETE, notice_id, channel, None)
            return
        waits: Unavailable | None = None
        for target in await self._database.fetch(_TARGETS, notice_id, channel):
            try:
                await self._send_once(row, channel, target["target"])
            except Unavailable as error:
                waits = error
        if waits is not None:
            raise waits

    async def _send_once(self, row: Record, channel: Channel, target: str) -> None:
        key, now = (row["id"], channel, target), self._clock.now()
        if await self._database.fetchval(_TAKE, *key, now + _CLAIM, now) is None:
            raise Unavailable("Another worker is sending this notice. Try again in a minute.")
        try:
            await (self._push(row, target) if channel == "push" else self._mail(row))
        except Unavailable:
            await self._database.execute(_RELEASE, *key)
            raise
        await self._database.execute(_DELETE, *key)

    async def _push(self, row: Record, subscription_id: str) -> None:
        found = await self._database.fetchrow(
            "SELECT endpoint, p256dh, auth FROM push_subscription WHERE id = $1 AND user_id = $2",
            subscription_id,
            row["user_id"],
        )
        if found is None or self.push is None:
            return
        message = {
            "id": row["id"],
            "title": row["title"],
            "detail": row["detail"][:_MAX_DETAIL],
            "href": href_of(self._keyring, row),
        }
        body = json.dumps(message, ensure_ascii=False).encode()
        if await self.push.send(Target(**dict(found)), body, row["id"]) == "gone":
            await self._database.execute(
                "DELETE FROM push_subscription WHERE id = $1", subscription_id
            )

    async def _mail(self, row: Record) -> None:
        if self._mailer is None or "@" not in row["email"]:  # the account is being deleted
            return
        title = " ".join(row["title"].split())  # a header is one line
        text = _TEXT.format(
            title=title,
            detail=row["detail"],
            url=f"{self._origin}{href_of(self._keyring, row)}",
            origin=self._origin,
        )
        await self._mailer.send(row["email"], title, text)

    async def _enqueue(self, notice_id: str, channel: Channel, delay_s: float) -> None:
        args = {"notice_id": notice_id, "channel": channel}
        await self._queue.enqueue(DELIVER_JOB, args, key=f"{notice_id}:{channel}", delay_s=delay_s)
