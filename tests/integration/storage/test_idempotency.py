"""A repeated write happens once, even if both arrive at once or a process dies in between."""

import asyncio

import pytest
import pytest_asyncio

from domain.core.errors import BadInput, Conflict
from domain.infra.database import Database
from domain.infra.idempotency import Answer, Idempotency, hash_body
from tests.fakes.clock import FakeClock

SCOPE = "user_1:org_1:POST /api/clips"
BODY = hash_body(b"{}")


@pytest_asyncio.fixture
async def effects(database: Database) -> Database:
    await database.execute("CREATE TABLE effect (n serial)")
    return database


@pytest.fixture
def idempotency(effects: Database, clock: FakeClock) -> Idempotency:
    return Idempotency(effects, clock)


async def count(database: Database) -> int:
    return int(await database.fetchval("SELECT count(*) FROM effect"))


async def work(database: Database, wait_s: float = 0) -> Answer:
    async with database.transaction():
        number = await database.fetchval("INSERT INTO effect DEFAULT VALUES RETURNING n")
        await asyncio.sleep(wait_s)
    return Answer(201, {"n": number, "title": "größe"})


async def test_the_first_result_is_answered_again(
    idempotency: Idempotency, effects: Database
) -> None:
    first = await idempotency.run(SCOPE, "k", BODY, lambda: work(effects))
    again = await idempotency.run(SCOPE, "k", BODY, lambda: work(effects))
    assert (first.status, first.body, first.is_replay) == (201, {"n": 1, "title": "größe"}, False)
    assert (again.status, again.body, again.is_replay) == (201, first.body, True)
    assert await count(effects) == 1


async def test_another_body_is_a_conflict(idempotency: Idempotency, effects: Database) -> None:
    await idempotency.run(SCOPE, "k", BODY, lambda: work(effects))
    with pytest.raises(Conflict):
        await idempotency.run(SCOPE, "k", hash_body(b"x"), lambda: work(effects))
    assert await count(effects) == 1


async def test_scopes_and_keys_are_apart(idempotency: Idempotency, effects: Database) -> None:
    await idempotency.run(SCOPE, "k", BODY, lambda: work(effects))
    await idempotency.run(SCOPE, "k2", BODY, lambda: work(effects))
    await idempotency.run("user_2", "k", BODY, lambda: work(effects))
    assert await count(effects) == 3


async def test_two_at_once_happen_once(idempotency: Idempotency, effects: Database) -> None:
    answers = await asyncio.gather(
        *(idempotency.run(SCOPE, "k", BODY, lambda: work(effects, 0.1)) for _ in range(6))
    )
    assert await count(effects) == 1
    assert [answer.body["n"] for answer in answers] == [1] * 6
    assert sum(not answer.is_replay for answer in answers) == 1


async def test_what_failed_is_done_by_the_retry(
    idempotency: Idempotency, effects: Database
) -> None:
    async def fail() -> Answer:
        await work(effects)
        raise BadInput("no")

    with pytest.raises(BadInput):
        await idempotency.run(SCOPE, "k", BODY, fail)
    assert await count(effects) == 0
    assert not (await idempotency.run(SCOPE, "k", BODY, lambda: work(effects))).is_replay
    assert await count(effects) == 1


async def test_who_waits_for_one_that_fails_does_the_work(
    idempotency: Idempotency, effects: Database
) -> None:
    begun = asyncio.Event()

    async def fail() -> Answer:
        begun.set()
        await asyncio.sleep(0.2)
        raise BadInput("no")

    first = asyncio.create_task(idempotency.run(SCOPE, "k", BODY, fail))
    await begun.wait()
    assert not (await idempotency.run(SCOPE, "k", BODY, lambda: work(effects))).is_replay
    with pytest.raises(BadInput):
        await first
    assert await count(effects) == 1


async def test_a_lost_connection_leaves_nothing(
    idempotency: Idempotency, effects: Database
) -> None:
    async def die() -> Answer:
        answer = await work(effects)
        await effects.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return answer

    with pytest.raises(Exception):  # noqa: B017, PT011 (whatever the connection dies of)
        await idempotency.run(SCOPE, "k", BODY, die)
    assert await count(effects) == 0
    assert not (await idempotency.run(SCOPE, "k", BODY, lambda: work(effects))).is_replay


async def test_a_day_later_it_is_forgotten(
    idempotency: Idempotency, effects: Database, clock: FakeClock
) -> None:
    await idempotency.run(SCOPE, "k", BODY, lambda: work(effects))
    clock.advance(24 * 3600 - 1)
    assert (await idempotency.run(SCOPE, "k", BODY, lambda: work(effects))).is_replay
    clock.advance(1)
    assert not (await idempotency.run(SCOPE, "k", BODY, lambda: work(effects))).is_replay
    assert await idempotency.purge() == 0
    clock.advance(24 * 3600)
    assert await idempotency.purge() == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "a b", "é", "a\n"])
async def test_keys_that_are_not_taken(
    idempotency: Idempotency, effects: Database, key: str
) -> None:
    with pytest.raises(BadInput):
        await idempotency.run(SCOPE, key, BODY, lambda: work(effects))
