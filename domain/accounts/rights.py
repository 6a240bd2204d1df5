"""What a caller may do, loaded afresh inside the transaction that acts on it."""

from domain.accounts.models import Actor, Caller, Role
from domain.core.time import Clock
from domain.infra.database import Database


class Rights:
    """Turns who says that they ask into what they may do now."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def load(self, caller: Caller, *, at_least: Role = Role.VIEWER) -> Actor:
        """Return the actor that a caller is at this moment.

        Raises:
            Unauthenticated: The session or token was revoked or has expired.
            BadInput: The caller belongs to several organisations and chose none.
            NotFound: The caller is no member of the organisation that they chose.
            Forbidden: The caller's role is less than `at_least`.
        """
        raise NotImplementedError
