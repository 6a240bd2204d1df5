"""Consent checks between two real ICE agents whose answers come late or never."""

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Callable
from typing import Any

import aioice
import pytest

from media_server.relay.webrtc.consent import Consent
from tests.support.waiting import until


def hasty(connection: aioice.Connection, resent: int = Consent.resent) -> Consent:
    """Return checks at once, sent again this often."""
    consent = Consent(connection)
    consent.interval_s, consent.resent = 0.01, resent
    return consent


@contextlib.asynccontextmanager
async def connected() -> AsyncIterator[tuple[aioice.Connection, aioice.Connection]]:
    """Connect two agents on this machine."""
    ours, theirs = aioice.Connection(ice_controlling=True), aioice.Connection(ice_controlling=False)
    async with contextlib.AsyncExitStack() as stack:
        for one, other in ((ours, theirs), (theirs, ours)):
            stack.push_async_callback(one.close)
            await one.gather_candidates()
            for candidate in one.local_candidates:
                await other.add_remote_candidate(candidate)
            await other.add_remote_candidate(None)
            other.remote_username, other.remote_password = one.local_username, one.local_password
        ours.query_consent = hasty(ours)  # type: ignore[method-assign]
        await asyncio.gather(ours.connect(), theirs.connect())
        yield ours, theirs


def delay(connection: aioice.Connection, seconds: float) -> None:
    """Deliver what arrives later: a long way."""
    loop = asyncio.get_running_loop()
    for protocol in connection._protocols:
        take: Callable[..., object] = protocol.datagram_received
        later: Any = functools.partial(loop.call_later, seconds, take)
        protocol.datagram_received = later  # type: ignore[method-assign]


async def test_an_answer_may_take_longer_than_half_a_second() -> None:
    async with connected() as (ours, theirs):
        delay(theirs, 0.7)
        assert not await hasty(ours, 0).is_given()  # aioice's own patience
        assert await Consent(ours).is_given()


async def test_a_peer_that_answers_no_more_loses_the_session() -> None:
    async with connected() as (ours, theirs):
        delay(theirs, 3600)
        watch = asyncio.create_task(hasty(ours, 0)())
        with pytest.raises(ConnectionError):
            await ours.recv()
        await watch


async def test_a_closed_connection_is_not_checked_any_more() -> None:
    async with connected() as (ours, _):
        task = ours._query_consent_task
    assert task is not None
    await until(task.done)
