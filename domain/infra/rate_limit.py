"""Rate limits across all processes: a leaky bucket as one row and one statement.

The generic cell rate algorithm (ITU-T I.371, annex A): each key stores the theoretical arrival time
of its next hit; a hit that is too early by more than the burst is refused and not counted.
"""

import asyncio
import contextvars
import ipaddress
import math
from datetime import datetime, timedelta
from hashlib import sha256

from domain.core.errors import RateLimited
from domain.core.time import Clock, SystemClock
from domain.infra.database import Database
from domain.infra.transaction import current_transaction

_HIT = """
INSERT INTO rate_limit (id, arrival_at) VALUES ($1, $2::timestamptz + $3::interval)
ON CONFLICT (id) DO UPDATE
    SET arrival_at = greatest(rate_limit.arrival_at, $2::timestamptz) + $3::interval
    WHERE rate_limit.arrival_at <= $2::timestamptz + $4::interval
RETURNING true
"""


def network_of(ip: str) -> str:
    """Return the unit of limits by address: an IPv4 address, or an IPv6 /64.

    A customer with one address of a /64 has them all (RFC 6177).
    """
    try:
        address = ipaddress.ip_address(ip.partition("%")[0])
    except ValueError:
        return ip
    if address.version == 4:
        return str(address)
    mapped = address.ipv4_mapped
    return str(mapped or ipaddress.ip_network((int(address) >> 64 << 64, 64)))


class RateLimiter:
    """Counts hits by scope and key."""

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        self._database = database
        self._clock = clock or SystemClock()

    async def hit(self, scope: str, key: str, limit: int, period_s: float) -> None:
        """Count one hit; `limit` may arrive at once, then one every `period_s / limit`.

        The count has its own transaction, so it survives the caller's rollback; call it before
        opening one, which then needs no second connection. Only a hash of the key is stored.

        Raises:
            RateLimited: It is one too many; says when to retry.
        """
        if current_transaction() is None:
            wait = await self._count(scope, key, limit, period_s)
        else:
            count = self._count(scope, key, limit, period_s)
            wait = await asyncio.create_task(count, context=contextvars.Context())
        if wait is not None:
            seconds = max(1, math.ceil(wait.total_seconds()))
            raise RateLimited(
                f"Too many attempts. Wait {seconds} s, then try again.", retry_after_s=seconds
            )

    async def _count(self, scope: str, key: str, limit: int, period_s: float) -> timedelta | None:
        """Return None, or how long to wait."""
        row = f"{scope}:{sha256(key.encode()).hexdigest()[:40]}"
        now = self._clock.now()
        interval = timedelta(seconds=period_s / limit)
        tolerance = timedelta(seconds=period_s) - interval
        if await self._database.fetchval(_HIT, row, now, interval, tolerance):
            return None
        arrival: datetime | None = await self._database.fetchval(
            "SELECT arrival_at FROM rate_limit WHERE id = $1", row
        )
        return interval if arrival is None else arrival - tolerance - now

    async def purge(self) -> int:
        """Delete expired keys, and return their number."""
        tag = await self._database.execute(
            "DELETE FROM rate_limit WHERE arrival_at < $1", self._clock.now()
        )
        return int(tag.split()[-1])
