"""Jobs over Redis Streams, with the job table as the outbox.

Redis only carries ids. A row is deleted only when its job is done, so whatever Redis loses is sent
again: at once if Redis's marker is missing (it was emptied or replaced), otherwise when a sent job
has not started within a minute.
"""

import asyncio
import secrets

from redis.asyncio import Redis
from redis.exceptions import RedisError
from taskiq_redis import RedisStreamBroker

from domain.core.errors import DatabaseUnavailable
from domain.core.log import get_logger
from domain.jobs.leases import Leases
from domain.jobs.messages import TICK, message_for

log = get_logger(__name__)

_STREAM = "moments:jobs"
_MARKER = "moments:jobs:marker"
_AGAIN_AFTER_S = 60.0
_POLL_S = 2.0
_TICK_S = 30.0
_BATCH = 100


def redis_broker(url: str, worker: str) -> RedisStreamBroker:
    """Return taskiq's broker, configured so that no message is skipped or stuck."""
    return RedisStreamBroker(
        url,
        queue_name=_STREAM,
        consumer_group_name="moments",
        consumer_name=worker,
        consumer_id="0",  # a new group also reads messages from before it existed
        xread_block=1000,
        xread_count=1,  # a message read by one worker is invisible to others
        maxlen=100_000,
        idle_timeout=60_000,
        unacknowledged_lock_timeout=10,  # the lock of a worker that dies while reclaiming
        socket_connect_timeout=3,
        socket_timeout=10,
    )


class Feeder:
    """Moves due jobs from the table into the stream, in every worker; row locks divide the work."""

    def __init__(
        self, broker: RedisStreamBroker, leases: Leases, *, again_after_s: float = _AGAIN_AFTER_S
    ) -> None:
        self._broker = broker
        self._leases = leases
        self._again_after_s = again_after_s
        self._wake = asyncio.Event()
        self._epoch: bytes | str | None = None
        self._last_tick = 0.0

    def wake(self, _payload: str = "") -> None:
        """Check for jobs now."""
        self._wake.set()

    async def run(self) -> None:
        """Feed until cancelled."""
        while True:
            self._wake.clear()
            pause_s = 0.5
            try:
                await self._notice_loss()
                await self._tick()
                if await self._send() == _BATCH:
                    continue
                pause_s = await self._leases.next_due_s(_POLL_S)
            except (RedisError, OSError) as error:
                log.warning("redis_unavailable", reason=str(error))
            except DatabaseUnavailable:
                log.debug("database_awaited")
            try:
                async with asyncio.timeout(pause_s):
                    await self._wake.wait()
            except TimeoutError:
                pass

    async def _notice_loss(self) -> None:
        """Check the marker; if it is missing, Redis has lost everything."""
        async with Redis(connection_pool=self._broker.connection_pool) as redis:
            mine = secrets.token_hex(8).encode()
            is_new = await redis.set(_MARKER, mine, nx=True)
            epoch: bytes | str | None = mine if is_new else await redis.get(_MARKER)
        if epoch != self._epoch:
            if is_new:
                log.info("redis_is_empty", sending="everything unfinished")
                await self._leases.unsend()
            await self._broker.startup()  # declares the group, which was lost with the data
            self._epoch = epoch

    async def _tick(self) -> None:
        """Wake a reader periodically: it reclaims dead readers' messages only after reading one."""
        now = asyncio.get_running_loop().time()
        if now - self._last_tick >= _TICK_S:
            await self._broker.kick(message_for(self._broker, "", TICK))
            self._last_tick = now

    async def _send(self) -> int:
        rows = await self._leases.take_to_send(again_after_s=self._again_after_s, limit=_BATCH)
        for row in rows:
            await self._broker.kick(message_for(self._broker, row["id"], row["name"]))
        return len(rows)
