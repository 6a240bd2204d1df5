"""Rate limits across all processes."""

import asyncio

import pytest

from domain.core.errors import BadInput, RateLimited
from domain.infra.database import Database
from domain.infra.rate_limit import RateLimiter
from tests.fakes.clock import FakeClock


@pytest.fixture
def limiter(database: Database, clock: FakeClock) -> RateLimiter:
    return RateLimiter(database, clock)


async def test_a_burst_then_one_at_a_time(limiter: RateLimiter, clock: FakeClock) -> None:
    for _ in range(5):
        await limiter.hit("sign-in", "a@b.c", 5, 60)
    with pytest.raises(RateLimited) as caught:
        await limiter.hit("sign-in", "a@b.c", 5, 60)
    assert caught.value.retry_after_s == 12
    clock.advance(11)
    with pytest.raises(RateLimited) as caught:
        await limiter.hit("sign-in", "a@b.c", 5, 60)
    assert caught.value.retry_after_s == 1
    clock.advance(1)
    await limiter.hit("sign-in", "a@b.c", 5, 60)
    with pytest.raises(RateLimited):
        await limiter.hit("sign-in", "a@b.c", 5, 60)
    clock.advance(60)
    for _ in range(5):
        await limiter.hit("sign-in", "a@b.c", 5, 60)


async def test_scopes_and_keys_are_apart(limiter: RateLimiter) -> None:
    await limiter.hit("a", "x", 1, 60)
    await limiter.hit("a", "y", 1, 60)
    await limiter.hit("b", "x", 1, 60)
    with pytest.raises(RateLimited):
        await limiter.hit("a", "x", 1, 60)


async def test_many_at_once_over_several_pools(dsn: str, clock: FakeClock) -> None:
    databases = [Database(dsn, pool_size=3) for _ in range(2)]
    for database in databases:
        await database.start()
    limiters = [RateLimiter(database, clock) for database in databases]
    results = await asyncio.gather(
        *(limiters[n % 2].hit("s", "k", 10, 3600) for n in range(40)), return_exceptions=True
    )
    for database in databases:
        await database.close()
    assert sum(result is None for result in results) == 10
    assert sum(isinstance(result, RateLimited) for result in results) == 30


async def test_a_hit_stays_when_the_caller_fails(limiter: RateLimiter, database: Database) -> None:
    async def refused() -> None:
        async with database.transaction():
            await limiter.hit("s", "k", 1, 60)
            raise BadInput("wrong password")

    with pytest.raises(BadInput):
        await refused()
    with pytest.raises(RateLimited):
        await limiter.hit("s", "k", 1, 60)


async def test_nothing_of_a_key_is_kept(
    limiter: RateLimiter, database: Database, clock: FakeClock
) -> None:
    await limiter.hit("sign-in", "someone@example.org", 5, 60)
    row = await database.fetchval("SELECT id FROM rate_limit")
    assert "someone" not in row
    assert await limiter.purge() == 0
    clock.advance(61)
    assert await limiter.purge() == 1
