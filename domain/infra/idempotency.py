"""`Idempotency-Key`: the first result of a write is stored for a day and repeated.

The handler runs in the transaction that writes the key's row, so the effect and its result become
visible together:

- Two concurrent requests meet on the row's primary key: the second waits until the first commits,
  then returns its result; if the first fails, the second does the work.
- A handler that raises, a killed process and a lost connection all roll back the row with the
  effect. Nothing is stored, and a retry does the work.
- A service's own `database.transaction()` joins this one, so its jobs and events commit with it.

Some effects reach outside the database: a node takes a still, a store receives an object. They
precede the commit under new ids that only committed rows refer to. After a rollback they are
invisible orphans, which the sweeps of objects and recordings remove; the retry creates its own
under new ids. So run such an effect inside the handler, never before it, and never make its outcome
visible without the row. State that must survive a refusal (a rate limit's count) does not belong in
the handler.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

import msgspec

from domain.core.errors import BadInput, Conflict
from domain.core.time import Clock, SystemClock
from domain.infra.database import Database

KEPT = timedelta(hours=24)
_KEY = re.compile(r"[\x21-\x7e]{1,255}")

_CLAIM = """
INSERT INTO idempotency (scope, key, body_hash, created_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (scope, key) DO UPDATE
    SET body_hash = excluded.body_hash, created_at = excluded.created_at, status = NULL, body = NULL
    WHERE idempotency.created_at <= $5
RETURNING true
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """A write's result: a status and a JSON value."""

    status: int
    body: Any
    is_replay: bool = False


def hash_body(body: bytes) -> str:
    """Return a request body's hash, to recognise a repeat."""
    return sha256(body).hexdigest()


class Idempotency:
    """Results of writes by scope and key."""

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        self._database = database
        self._clock = clock or SystemClock()

    async def run(
        self, scope: str, key: str, body_hash: str, handler: Callable[[], Awaitable[Answer]]
    ) -> Answer:
        """Return the handler's result, or the stored result of this key.

        Args:
            scope: Caller, organisation and route.
            key: The caller's own; 1 to 255 visible ASCII characters.
            body_hash: Of the request's body, from `hash_body`.
            handler: Does the work; its transactions join the one of the key's row.

        Raises:
            BadInput: The key is invalid.
            Conflict: The key was used with another body.
        """
        if not _KEY.fullmatch(key):
            raise BadInput(
                "An Idempotency-Key has 1 to 255 visible ASCII characters. Shorten or re-encode "
                "it.",
                code="bad_idempotency_key",
            )
        async with self._database.transaction():
            if not await self._claim(scope, key, body_hash):
                return await self._replay(scope, key, body_hash)
            answer = await handler()
            await self._database.execute(
                "UPDATE idempotency SET status = $3, body = $4 WHERE scope = $1 AND key = $2",
                scope,
                key,
                answer.status,
                msgspec.json.encode(answer.body).decode(),
            )
        return answer

    async def _claim(self, scope: str, key: str, body_hash: str) -> bool:
        now = self._clock.now()
        claimed = await self._database.fetchval(
            _CLAIM, scope, key, body_hash, now, now - KEPT
        )  # waits for an open transaction with the same key
        return claimed is not None

    async def _replay(self, scope: str, key: str, body_hash: str) -> Answer:
        row = await self._database.fetchrow(
            "SELECT body_hash, status, body FROM idempotency WHERE scope = $1 AND key = $2",
            scope,
            key,
        )
        if row is None or row["body_hash"] != body_hash:
            raise Conflict(
                "This Idempotency-Key was used with another body. Use a new key.",
                code="idempotency_key_reused",
            )
        return Answer(row["status"], msgspec.json.decode(row["body"]), is_replay=True)

    async def purge(self) -> int:
        """Delete keys older than a day, and return their number."""
        tag = await self._database.execute(
            "DELETE FROM idempotency WHERE created_at <= $1", self._clock.now() - KEPT
        )
        return int(tag.split()[-1])
