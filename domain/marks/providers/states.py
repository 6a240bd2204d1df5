"""How each provider does, for all workers: a circuit breaker, and the day's quota."""

from datetime import datetime, timedelta
from typing import Final

from domain.core.errors import Unavailable
from domain.core.time import Clock
from domain.infra.database import Database

_FAILURES: Final = 3  # from here on it is left alone, for twice as long each time
_FIRST_S: Final = 60
_LONGEST_S: Final = 3600
_FAILED: Final = """
INSERT INTO provider_state (provider, failures, units) VALUES ($1, 1, 0)
ON CONFLICT (provider) DO UPDATE SET failures = provider_state.failures + 1 RETURNING failures
"""
_BLOCK: Final = """
INSERT INTO provider_state (provider, failures, blocked_until, units) VALUES ($1, 0, $2, 0)
ON CONFLICT (provider) DO UPDATE
    SET blocked_until = greatest(provider_state.blocked_until, excluded.blocked_until)
"""
_SPEND: Final = """
INSERT INTO provider_state AS p (provider, failures, day, units) VALUES ($1, 0, $2, $3)
ON CONFLICT (provider) DO UPDATE SET day = excluded.day,
    units = CASE WHEN p.day = excluded.day THEN p.units ELSE 0 END + excluded.units
    WHERE p.day IS DISTINCT FROM excluded.day OR p.units + excluded.units <= $4
RETURNING true
"""


class ProviderStates:
    """One row per provider."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def check(self, provider: str) -> None:
        """Do nothing if a provider may be asked.

        Raises:
            Unavailable: It is left alone; says until when.
        """
        until = await self._database.fetchval(
            "SELECT blocked_until FROM provider_state WHERE provider = $1", provider
        )
        if until is not None and until > self._clock.now():
            raise _left_alone(provider, until - self._clock.now())

    async def spend(self, provider: str, units: int, most: int) -> None:
        """Count the use of a day's quota.

        Raises:
            Unavailable: It is used up; says when the next day begins (UTC).
        """
        now = self._clock.now()
        day = now.replace(hour=0, minute=0, second=0, microsecond=0)
        if not await self._database.fetchval(_SPEND, provider, day, units, most):
            raise _left_alone(provider, day + timedelta(days=1) - now)

    async def block(self, provider: str, seconds: float) -> None:
        """Leave a provider alone, as it asked."""
        until: datetime = self._clock.now() + timedelta(seconds=seconds)
        await self._database.execute(_BLOCK, provider, until)

    async def failed(self, provider: str) -> None:
        """Note a failure; several in a row open the breaker."""
        failures = await self._database.fetchval(_FAILED, provider)
        if failures >= _FAILURES:
            await self.block(provider, min(_LONGEST_S, _FIRST_S * 2 ** (failures - _FAILURES)))

    async def succeeded(self, provider: str) -> None:
        """Note an answer; the breaker closes."""
        await self._database.execute(
            "UPDATE provider_state SET failures = 0 WHERE provider = $1 AND failures > 0", provider
        )


def _left_alone(provider: str, rest: timedelta) -> Unavailable:
    seconds = max(1, int(rest.total_seconds()) + 1)
    message = f"{provider} is not asked for now. Try again in {seconds} s."
    return Unavailable(message, retry_after_s=seconds, code="provider_paused")
