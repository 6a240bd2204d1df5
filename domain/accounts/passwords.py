"""Passwords: argon2id in a few threads, with the same work for unknown users."""

import asyncio
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH: Final = 8
MAX_LENGTH: Final = 1024
_AT_ONCE: Final = 4  # argon2 takes 64 MB and a core each


class Passwords:
    """Hashes and checks passwords without blocking the event loop (30-145 ms each)."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._nobody = ""

    async def hash(self, password: str) -> str:
        """Return a password's hash."""
        async with self._slots:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def check(self, stored: str | None, password: str) -> bool:
        """Return whether a password is right; `None` (unknown user) takes as long and is wrong."""
        if stored is None:
            self._nobody = self._nobody or await self.hash("nobody has this password")
        async with self._slots:
            is_right = await asyncio.to_thread(self._verify, stored or self._nobody, password)
        return is_right and stored is not None

    async def warm(self) -> None:
        """Prepare the check of unknown users, so that the first takes no longer than the next."""
        await self.check(None, "")

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False


def password_problem(password: str) -> str | None:
    """Return the problem with a new password, as a field's sentence, or None."""
    if len(password) < MIN_LENGTH:
        return f"must have at least {MIN_LENGTH} characters"
    if len(password) > MAX_LENGTH:
        return f"must have at most {MAX_LENGTH} characters"
    return None
