"""Consent checks (RFC 7675) that wait for their answers as long as the RFC lets them.

aioice gives each check half a second and ends the session after six in a row without an answer. On
a path with a longer round trip (satellite, a queue in front of a mobile phone), or while a machine
is busy, every answer is later than that, so every session would end after half a minute.
"""

import asyncio
from random import SystemRandom
from typing import Any

from aioice import stun


class Consent:
    """Ends an aioice connection once its peer has stopped answering."""

    interval_s = 5.0  # RFC 7675, 5.1: moved by up to a fifth at random
    # After 0.5, 1, 2, 4 and 8 s, and given up after 31.5 s in all: consent lasts 30 s.
    resent = 5

    def __init__(self, connection: Any) -> None:  # noqa: ANN401 (aioice's, by its inner names)
        self._connection = connection

    async def __call__(self) -> None:
        """Check until the connection is closed, or close it."""
        chance = SystemRandom()
        while True:
            await asyncio.sleep(self.interval_s * chance.uniform(0.8, 1.2))
            if not await self.is_given():
                self._connection._query_consent_task = None  # close() would wait for this very task
                await self._connection.close()
                return

    async def is_given(self) -> bool:
        """Ask on every path in use; return whether all were answered."""
        connection = self._connection
        for pair in list(connection._nominated.values()):
            try:
                await pair.protocol.request(
                    connection.build_request(pair, nominate=False),
                    pair.remote_addr,
                    integrity_key=connection.remote_password.encode(),
                    retransmissions=self.resent,
                )
            except stun.TransactionError:
                return False
        return True
