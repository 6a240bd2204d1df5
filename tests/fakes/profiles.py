"""Profiles and reports without a database."""

from dataclasses import replace

from domain.accounts.models import Caller
from domain.core.errors import NotFound
from domain.profiles.models import Profile, Report
from domain.profiles.rules import clean_profile

ORIGIN = "https://moments.example"


class FakeProfiles:
    """One person's public page, and what was reported."""

    def __init__(self) -> None:
        self.mine: Profile | None = None
        self.open_reports: list[Report] = []

    async def picture_of(self, _user_id: str) -> str | None:
        """Return the address of the person's picture."""
        url = self.mine.avatar_url if self.mine else None
        return url.removeprefix(ORIGIN) if url else None

    async def set_avatar(self, _caller: Caller, data: bytes | None) -> Profile:
        """Set or remove the picture."""
        if self.mine is None:
            raise NotFound("You have no profile yet. Choose a handle first.")
        url = f"{self.mine.url}/avatar.jpg?v=1" if data else None
        self.mine = replace(self.mine, avatar_url=url)
        return self.mine

    async def own(self, _caller: Caller) -> Profile | None:
        """Return it."""
        return self.mine

    async def save(self, _caller: Caller, handle: str, bio: str) -> Profile:
        """Create or change it."""
        handle, bio = clean_profile(handle, bio)
        url = f"{ORIGIN}/u/{handle}"
        self.mine = Profile(handle, "Ada", bio, url, None, 0)
        return self.mine

    async def delete(self, _caller: Caller) -> None:
        """Take it away."""
        self.mine = None

    async def list(self, _caller: Caller) -> list[Report]:
        """Return the open reports."""
        return self.open_reports

    async def resolve(self, _caller: Caller, report_id: str) -> None:
        """Close one."""
        self.open_reports = [each for each in self.open_reports if each.id != report_id]
