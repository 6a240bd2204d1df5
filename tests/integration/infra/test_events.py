"""An organisation's subscribers get every event, in order, whatever is interrupted."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta

import pytest

from domain.infra.database import Database
from domain.infra.events import RESYNC, Event, Events
from domain.infra.notifications import Notifications
from tests.fakes.clock import FakeClock
from tests.support.waiting import until

ORG = "org_a"


@asynccontextmanager
async def _running(events: Events, database: Database) -> AsyncIterator[Notifications]:
    notifications = Notifications(database)
    events.attach(notifications)
    task = asyncio.create_task(notifications.run())
    async with events.running():
        yield notifications
    task.cancel()


class _Watcher:
    """Collects what a subscriber is told."""

    def __init__(
        self, events: Events, organization_id: str = ORG, after: int | None = None
    ) -> None:
        self.seen: list[Event] = []
        self._task = asyncio.create_task(self._watch(events, organization_id, after))

    async def _watch(self, events: Events, organization_id: str, after: int | None) -> None:
        async with aclosing(events.subscribe(organization_id, after)) as stream:
            async for event in stream:
                self.seen.append(event)

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def kinds(self) -> list[str]:
        return [event.kind for event in self.seen]


async def _subscribed(events: Events, count: int = 1, organization_id: str = ORG) -> None:
    await until(lambda: events.subscribers(organization_id) == count)


async def test_events_arrive_after_the_commit_and_only_at_their_organisation(
    database: Database, clock: FakeClock
) -> None:
    events = Events(database, clock)
    async with _running(events, database):
        mine, other = _Watcher(events), _Watcher(events, "org_b")
        await _subscribed(events)
        await _subscribed(events, organization_id="org_b")
        with pytest.raises(ZeroDivisionError):
            async with database.transaction():
                await events.publish(ORG, "never", {})
                raise ZeroDivisionError
        async with database.transaction():
            await events.publish(ORG, "clip.ready", {"id": "clip_1"})
            await asyncio.sleep(0.1)
            assert mine.seen == []
        await until(lambda: mine.kinds() == ["clip.ready"])
        assert mine.seen[0].payload == {"id": "clip_1"}
        assert mine.seen[0].created_at == clock.now()
        assert other.seen == []
        await mine.close()
        await other.close()


async def test_many_publishers_at_once_are_seen_in_order_without_gaps(
    database: Database, dsn: str, clock: FakeClock
) -> None:
    reader = Database(dsn)
    await reader.start()
    events, publisher = Events(reader, clock), Events(database, clock)
    async with _running(events, reader):
        watcher = _Watcher(events)
        await _subscribed(events)

        async def publish(number: int) -> None:
            async with database.transaction():
                await publisher.publish(ORG, str(number), {})
                await asyncio.sleep(0.001 * (number % 7))

        await asyncio.gather(*(publish(number) for number in range(120)))
        await until(lambda: len(watcher.seen) == 120)
        ids = [event.id for event in watcher.seen]
        assert ids == sorted(ids)
        assert {event.kind for event in watcher.seen} == {str(number) for number in range(120)}
        await watcher.close()
    await reader.close()


async def test_a_reader_that_comes_back_gets_what_it_missed(
    database: Database, clock: FakeClock
) -> None:
    events = Events(database, clock)
    async with _running(events, database):
        first = _Watcher(events)
        await _subscribed(events)
        await events.publish(ORG, "one", {})
        await until(lambda: first.kinds() == ["one"])
        await first.close()
        await events.publish(ORG, "two", {})
        await events.publish(ORG, "three", {})
        second = _Watcher(events, after=first.seen[0].id)
        await until(lambda: len(second.seen) == 2)
        await events.publish(ORG, "four", {})
        await until(lambda: len(second.seen) == 3)
        assert second.kinds() == ["two", "three", "four"]
        await second.close()


async def test_what_is_not_kept_any_more_is_a_resync(database: Database, clock: FakeClock) -> None:
    events = Events(database, clock)
    await events.publish(ORG, "one", {})
    first = await database.fetchval("SELECT id FROM event")
    clock.advance(60)
    await events.publish(ORG, "two", {})
    assert await events.purge(clock.now() - timedelta(seconds=30)) == 1
    async with _running(events, database):
        watcher = _Watcher(events, after=first)
        await until(lambda: watcher.kinds() == [RESYNC])
        await watcher.close()


async def test_a_lost_listening_connection_loses_no_event(
    database: Database, clock: FakeClock
) -> None:
    events = Events(database, clock, poll_s=3600)
    async with _running(events, database) as notifications:
        watcher = _Watcher(events)
        await _subscribed(events)
        for number in range(10):
            await database.fetch(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE query LIKE 'LISTEN%' AND datname = current_database()"
            )
            await events.publish(ORG, str(number), {})
            await until(lambda: len(watcher.seen) == number + 1)  # noqa: B023 (awaited at once)
        assert watcher.kinds() == [str(number) for number in range(10)]
        assert notifications.reconnects >= 1
        await watcher.close()


async def test_polling_alone_brings_events_too(database: Database, clock: FakeClock) -> None:
    events = Events(database, clock, poll_s=0.1)
    async with events.running():
        watcher = _Watcher(events)
        await _subscribed(events)
        await events.publish(ORG, "one", {})
        await until(lambda: watcher.kinds() == ["one"])
        await watcher.close()


async def test_a_slow_reader_loses_and_is_told(database: Database, clock: FakeClock) -> None:
    events = Events(database, clock, queue_size=3)
    async with _running(events, database), aclosing(events.subscribe(ORG)) as stream:
        first = asyncio.ensure_future(anext(stream))
        await _subscribed(events)
        await events.publish(ORG, "first", {})
        assert (await first).kind == "first"
        for number in range(10):
            await events.publish(ORG, str(number), {})
        await until(lambda: events.overflows > 0)
        newest = await database.fetchval("SELECT max(id) FROM event")
        kinds = []
        async for event in stream:
            kinds.append(event.kind)
            if event.id == newest:
                break
        assert RESYNC in kinds
