"""Discovery, in memory: what a test puts there."""

from dataclasses import replace
from typing import TYPE_CHECKING

from domain.accounts.models import Caller
from domain.discover.models import Because, Discovered, Suggestion, Wish

if TYPE_CHECKING:
    from tests.fakes.library import FakeLibrary


def suggestion(number: int = 1, **values: object) -> Suggestion:
    """Return a mark of somebody else in public."""
    made = Suggestion(
        id=f"moment_{number:03}",
        kind="mark",
        title=f"Drop {number}",
        note="hold your breath",
        slug=f"drop-{number}",
        is_ours=False,
        track_id=f"track_{number}",
        url=f"https://www.youtube.com/watch?v=drop{number:07}",
        track="Northbound",
        artist="Cold Lamps",
        start_ds=720,
        end_ds=900,
        length_ms=240_000,
        emotions=(),
        score=0.5,
        signal="together",
        reason="38 of the 64 people who saved that part saved this too.",
    )
    return replace(made, **values)  # type: ignore[arg-type]


class FakeDiscover:
    """Suggests what it is given, without what was dismissed."""

    def __init__(self, library: "FakeLibrary") -> None:
        self._library = library
        self.found = Discovered(0, (), (), (), 0, ())
        self.dismissed: set[str] = set()
        self.artists: set[str] = set()
        self.wishes: list[Wish] = []

    async def discover(self, caller: Caller, wish: Wish) -> Discovered:
        """Return what is left of what was put there."""
        self._library.check()
        self.wishes.append(wish)
        rows = [replace(row, items=self._left(row, wish)) for row in self.found.because]
        artists = tuple(a for a in self.found.artists if a.name not in self.artists)
        return replace(self.found, because=tuple(r for r in rows if r.items), artists=artists)

    def _left(self, row: Because, wish: Wish) -> tuple[Suggestion, ...]:
        wanted = (each for each in row.items if each.id not in self.dismissed)
        return tuple(each for each in wanted if wish.emotion in {None, *each.emotions})

    async def similar(self, caller: Caller, moment_id: str) -> list[Suggestion]:
        """Return everything that is suggested."""
        return [each for row in self.found.because for each in row.items]

    async def dismiss(self, caller: Caller, subject: str) -> None:
        """Suggest it no more."""
        self._library.check()
        self.dismissed.add(subject)

    async def restore(self, caller: Caller, subject: str) -> None:
        """Suggest it again."""
        self.dismissed.discard(subject)

    async def follow_artist(self, caller: Caller, name: str) -> None:
        """Follow an artist."""
        self.artists.add(name)

    async def unfollow_artist(self, caller: Caller, name: str) -> None:
        """Stop following an artist."""
        self.artists.discard(name)
