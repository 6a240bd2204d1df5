"""Browsers that show notices by web push; each belongs to a signed-in session and ends with it."""

from typing import Final

from domain.accounts.models import Caller
from domain.accounts.rights import Rights
from domain.core.errors import BadInput, Forbidden
from domain.core.ids import new_id
from domain.core.secrets import hash_token
from domain.infra.base import Base
from domain.infra.web_push import Target, WebPush, check_target

_PER_HOUR: Final = 30
_MOST: Final = 20  # of one person
_MAX_ENDPOINT: Final = 2048
# A browser has one endpoint: whoever signs in there next gets it.
_PUT: Final = """
INSERT INTO push_subscription (id, user_id, session_id, endpoint, endpoint_hash, p256dh, auth,
    created_at)
VALUES ($1, $2, $3, $4, $8, $5, $6, $7)
ON CONFLICT (endpoint_hash) DO UPDATE SET user_id = $2, session_id = $3, p256dh = $5, auth = $6
"""
_TRIM: Final = """
DELETE FROM push_subscription WHERE id IN (SELECT id FROM push_subscription WHERE user_id = $1
    ORDER BY created_at DESC, id DESC OFFSET $2)
"""


class PushBrowsers:
    """The service of these browsers."""

    def __init__(self, base: Base, rights: Rights, push: WebPush | None) -> None:
        self._database = base.database
        self._clock = base.clock
        self._limiter = base.limiter
        self._rights = rights
        self._push = push

    @property
    def public_key(self) -> str | None:
        """The key that browsers subscribe with; None: the operator has set none."""
        return self._push.public_key if self._push else None

    async def add(self, caller: Caller, target: Target) -> None:
        """Send the caller's notices to this browser until its session ends.

        Raises:
            BadInput: The browser sent no proper target. RateLimited: Too many within the hour.
            Forbidden: The operator has set no key, or the caller is no browser.
        """
        if self._push is None:
            raise Forbidden("Web push is off. Ask the operator to set MOMENTS_PUSH_KEY.")
        if caller.credential != "session":
            raise Forbidden("Only a signed-in browser can get pushes. Sign in with one.")
        if len(target.endpoint) > _MAX_ENDPOINT or "\0" in target.endpoint:
            raise BadInput("The push service's address is malformed. Try another browser.")
        check_target(target)
        await self._limiter.hit("push", caller.user_id or "", _PER_HOUR, 3600)
        async with self._database.transaction():
            user_id = await self._rights.person(caller)
            await self._database.execute(
                _PUT,
                new_id("push"),
                user_id,
                caller.credential_id,
                target.endpoint,
                target.p256dh,
                target.auth,
                self._clock.now(),
                hash_token(target.endpoint),
            )
            await self._database.execute(_TRIM, user_id, _MOST)

    async def remove(self, caller: Caller, endpoint: str) -> None:
        """Stop sending to one of the caller's browsers."""
        async with self._database.transaction():
            user_id = await self._rights.person(caller)
            await self._database.execute(
                "DELETE FROM push_subscription WHERE user_id = $1 AND endpoint_hash = $2",
                user_id,
                hash_token(endpoint),
            )
