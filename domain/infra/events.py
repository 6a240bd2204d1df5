"""Events for an organisation's subscribers, in order and without gaps.

An event is a row written last in its transaction, under a lock of its organisation, so within an
organisation ids become visible in order and a reader needs only `id > last seen`, live and after
any interruption. The notification only says whose events to read.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain.core.errors import DatabaseUnavailable
from domain.core.log import get_logger
from domain.core.time import Clock
from domain.infra.database import Database
from domain.infra.loops import end
from domain.infra.notifications import Notifications

log = get_logger(__name__)

CHANNEL = "moments_events"
RESYNC = "resync"
_PAGE = 500
_REPLAY_MOST = 1000


@dataclass(frozen=True, slots=True)
class Event:
    """An event; `resync` means that some were missed and everything should be reloaded."""

    id: int
    organization_id: str
    kind: str
    payload: dict[str, Any]
    created_at: datetime
    audience: frozenset[str] | None = None  # users who receive it besides admins; None: everybody


# Gets an organisation, a kind, a payload and an audience.
OnPublish = Callable[[str, str, dict[str, Any], Collection[str] | None], Awaitable[None]]


@dataclass(slots=True)
class _Feed:
    """An organisation's subscribers in this process, and the last event they received."""

    last: int
    queues: set[asyncio.Queue[Event]] = field(default_factory=set)


class Events:
    """Publishes in the caller's transaction; `running()` feeds this process's subscribers."""

    def __init__(
        self, database: Database, clock: Clock, *, queue_size: int = 256, poll_s: float = 5
    ) -> None:
        self._database = database
        self._clock = clock
        self._queue_size = queue_size
        self._poll_s = poll_s
        self._feeds: dict[str, _Feed] = {}
        self._stale: set[str] = set()
        self._wake = asyncio.Event()
        self.overflows = 0
        self._on_change: list[Callable[[], None]] = []
        self._on_publish: list[OnPublish] = []

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call back when anything changed: after our own commits, and when notified of others."""
        self._on_change.append(callback)

    def on_publish(self, callback: OnPublish) -> None:
        """Call back with each event, in the transaction that publishes it."""
        self._on_publish.append(callback)

    def attach(self, notifications: Notifications) -> None:
        """Subscribe to the process's listening connection."""
        notifications.on(CHANNEL, self._notified)

    async def publish(
        self,
        organization_id: str,
        kind: str,
        payload: dict[str, Any],
        audience: Collection[str] | None = None,
    ) -> None:
        """Publish to an organisation's subscribers when the open transaction commits.

        An audience limits it to these users and to admins; whoever displays events enforces that.
        """
        body, now = json.dumps(payload), self._clock.now()
        users = None if audience is None else list(audience)

        async def insert() -> None:
            await self._database.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"event {organization_id}"
            )
            await self._database.fetch(
                "WITH made AS (INSERT INTO event (organization_id, kind, payload, created_at,"
                " audience) VALUES ($1, $2, $3, $4, $6) RETURNING 1)"
                " SELECT pg_notify($5, $1) FROM made",
                organization_id,
                kind,
                body,
                now,
                CHANNEL,
                users,
            )

        async with self._database.transaction():
            self._database.before_commit(insert)
            self._database.after_commit(self._changed)
            for callback in self._on_publish:
                await callback(organization_id, kind, payload, audience)

    async def _changed(self) -> None:
        for callback in self._on_change:
            callback()

    async def subscribe(
        self, organization_id: str, after: int | None = None
    ) -> AsyncGenerator[Event, None]:
        """Yield an organisation's events, starting after an id; close the generator to stop.

        A reader that falls behind, or asks for deleted events, gets one `resync` instead.

        Raises:
            DatabaseUnavailable: The database was unreachable at the start; later, this waits for
                it.
        """
        async with self._subscribed(organization_id) as (feed, queue):
            last = feed.last
            if after is not None:
                for event in await self._replay(organization_id, after, last):
                    yield event
            while True:
                event = await queue.get()
                if event.id > last or event.kind == RESYNC:
                    last = event.id
                    yield event

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Feed the subscribers for the duration of the context."""
        task = asyncio.create_task(self._run(), name="events")
        try:
            yield
        finally:
            await end([task])

    def subscribers(self, organization_id: str) -> int:
        """Return the number of an organisation's subscribers in this process."""
        feed = self._feeds.get(organization_id)
        return 0 if feed is None else len(feed.queues)

    async def purge(self, before: datetime) -> int:
        """Delete events older than an instant; return their number."""
        tag = await self._database.execute("DELETE FROM event WHERE created_at < $1", before)
        return int(tag.rsplit(" ", 1)[-1])

    @asynccontextmanager
    async def _subscribed(
        self, organization_id: str
    ) -> AsyncIterator[tuple[_Feed, asyncio.Queue[Event]]]:
        if organization_id not in self._feeds:
            newest = await self._database.fetchval(
                "SELECT coalesce(max(id), 0) FROM event WHERE organization_id = $1", organization_id
            )
            self._feeds.setdefault(organization_id, _Feed(newest))
        feed = self._feeds[organization_id]
        queue: asyncio.Queue[Event] = asyncio.Queue(self._queue_size)
        feed.queues.add(queue)
        self._notified(organization_id)  # events between the query and now
        try:
            yield feed, queue
        finally:
            feed.queues.discard(queue)
            if not feed.queues and self._feeds.get(organization_id) is feed:
                del self._feeds[organization_id]

    async def _replay(self, organization_id: str, after: int, until: int) -> list[Event]:
        """Return the events in between, or a resync if they are too many or deleted."""
        if after >= until:
            return []
        rows = await self._database.fetch(
            "SELECT * FROM event WHERE organization_id = $1 AND id >= $2 AND id <= $3"
            " ORDER BY id LIMIT $4",
            organization_id,
            after,
            until,
            _REPLAY_MOST + 1,
        )
        if not rows or rows[0]["id"] != after or len(rows) > _REPLAY_MOST:
            return [self._resync(organization_id, until)]
        return [_event(row) for row in rows[1:]]

    def _resync(self, organization_id: str, last: int) -> Event:
        return Event(last, organization_id, RESYNC, {}, self._clock.now())

    def _notified(self, organization_id: str) -> None:
        for callback in self._on_change:
            callback()
        self._stale.update([organization_id] if organization_id else self._feeds)
        self._wake.set()

    async def _run(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._poll_s):
                    await self._wake.wait()
            stale = self._stale or set(self._feeds)
            self._wake, self._stale = asyncio.Event(), set()
            for organization_id in stale & self._feeds.keys():
                try:
                    await self._read(organization_id, self._feeds[organization_id])
                except DatabaseUnavailable:
                    self._stale.add(organization_id)
                except Exception:
                    log.exception("events_not_read", organization_id=organization_id)
            if self._stale:
                await asyncio.sleep(0.5)
                self._wake.set()

    async def _read(self, organization_id: str, feed: _Feed) -> None:
        while True:
            rows = await self._database.fetch(
                "SELECT * FROM event WHERE organization_id = $1 AND id > $2 ORDER BY id LIMIT $3",
                organization_id,
                feed.last,
                _PAGE,
            )
            for row in rows:
                self._tell(feed, _event(row))
            if len(rows) < _PAGE:
                return

    def _tell(self, feed: _Feed, event: Event) -> None:
        feed.last = event.id
        for queue in feed.queues:
            if queue.full():  # a slow reader loses events and gets a resync
                self.overflows += 1
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait(self._resync(event.organization_id, event.id))
            else:
                queue.put_nowait(event)


def _event(row: Any) -> Event:  # noqa: ANN401 (a driver's record)
    audience = None if row["audience"] is None else frozenset(row["audience"])
    return Event(
        row["id"],
        row["organization_id"],
        row["kind"],
        json.loads(row["payload"]),
        row["created_at"],
        audience,
    )
