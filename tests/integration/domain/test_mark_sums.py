"""The sums that triggers keep equal a recount, whatever happens and however many do it at once."""

import asyncio
from collections import Counter
from datetime import date
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.core.ids import new_id
from domain.infra.database import Database, Record
from domain.marks.linking import TrackLinks
from domain.marks.periods import KEPT, Summed, summed_since
from domain.marks.rows import MarkRows
from domain.marks.sums import Sums, Window
from domain.moments.access import Access
from domain.moments.records import MomentRecords
from tests.fakes.clock import FakeClock
from tests.integration.domain.conftest import World

USERS = 4
SOURCES = 3
VISIBLE = ("private", "organization", "public")
OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from(["save", "save", "save", "move", "see", "bin", "purge", "attach", "split"]),
        st.integers(0, 50),
        st.integers(0, 30),
        st.integers(1, 30),
    ),
    min_size=1,
    max_size=14,
)


class Board:
    """Tracks with a source each, and marks that are written as services write them."""

    def __init__(self, database: Database, organization_id: str) -> None:
        self.database = database
        self.organization_id = organization_id
        clock = FakeClock()
        records = MomentRecords(database, clock, Access(NoSources()))
        self.rows = MarkRows(database, clock, records)
        self.links = TrackLinks(database, clock, self.rows, records)
        self.sources = [new_id("source") for _ in range(SOURCES)]
        self.tracks = [new_id("track") for _ in range(SOURCES)]
        self.users = [new_id("user") for _ in range(USERS)]
        self.marks: list[str] = []

    async def begin(self) -> None:
        for user in self.users:
            await self.database.execute(
                "INSERT INTO app_user (id, email, name, password_hash, created_at, updated_at)"
                " VALUES ($1, $1, '', '', now(), now())",
                user,
            )
        for source, track in zip(self.sources, self.tracks, strict=True):
            await self.database.execute(
                "INSERT INTO tracks (id, title, artist, created_at, updated_at)"
                " VALUES ($1, '', '', now(), now())",
                track,
            )
            await self.database.execute(
                "INSERT INTO track_sources (id, track_id, provider, provider_id, kind, url, title,"
                " artist, album, channel, restrictions, keys, offset_ds, decided_by, created_at,"
                " updated_at) VALUES ($1, $2, 'youtube', $1, 'video', '', '', '', '', '', '{}',"
                " '{}', 0, 'alone', now(), now())",
                source,
                track,
            )

    async def save(self, which: int, start: int, length: int) -> None:
        mark, source = new_id("moment"), self.sources[which % SOURCES]
        user, seen_by = self.users[which % USERS], VISIBLE[which % 3]
        async with self.database.transaction():
            await self.rows.source_by_id(source, lock="FOR SHARE")  # as services do
            await self.database.execute(
                "INSERT INTO moments (id, organization_id, kind, title, description, tags,"
                " visibility, start_s, end_s, created_at, updated_at)"
                " VALUES ($1, $2, 'mark', '', '', '{}', $3, $4, $5, now(), now())",
                mark,
                self.organization_id,
                seen_by,
                start // 10,
                -(-(start + length) // 10),
            )
            await self.database.execute(
                "INSERT INTO marks SELECT $1, $2, track_id, id, $3, $4 + offset_ds,"
                " $5 + offset_ds, NULL, $6, $7, false, now() FROM track_sources WHERE id = $8",
                mark,
                self.organization_id,
                user,
                start,
                start + length,
                seen_by,
                which % 2 == 0,
                source,
            )
        self.marks.append(mark)

    async def do(self, what: str, which: int, start: int, length: int) -> None:
        if what == "save":
            await self.save(which, start, length)
        elif what in {"attach", "split"}:
            await self.link(what, which, start)
        elif self.marks:
            await self.change(what, self.marks[which % len(self.marks)], start)

    async def link(self, what: str, which: int, offset_ds: int) -> None:
        async with self.database.transaction():
            source = await self.rows.source_by_id(self.sources[which % SOURCES])
            other = await self.rows.source_by_id(self.sources[offset_ds % SOURCES])
            assert source
            assert other
            if what == "split":
                await self.links.detach(source)
            else:
                await self.links.attach(
                    source.id,
                    other.track_id,
                    offset_ds=offset_ds - 15,
                    confidence=None,
                    decided_by="people",
                )

    async def change(self, what: str, mark: str, start: int) -> None:
        changes = {
            "move": "UPDATE moments SET start_s = $2, end_s = $2 + 3 WHERE id = $1",
            "see": "UPDATE moments SET visibility = ($3::text[])[1 + $2 % 3] WHERE id = $1",
            "bin": "UPDATE moments SET deleted_at = CASE WHEN deleted_at IS NULL THEN now() END"
            " WHERE id = $1 AND $2 >= 0",
            "purge": "DELETE FROM moments WHERE id = $1 AND $2 >= 0",
        }
        arguments: list[object] = [mark, start]
        if what == "see":
            arguments.append(list(VISIBLE))
        await self.database.execute(changes[what], *arguments)

    async def kept(self) -> dict[str, Counter[Any]]:
        """Return the sums as the triggers left them, for all tracks of the board's users."""
        heat = await self.database.fetch("SELECT track_id, layer, at_ds, delta FROM track_heat")
        votes = await self.database.fetch("SELECT track_id, layer, at_s, delta FROM track_votes")
        users = await self.database.fetch("SELECT track_id, layer, users FROM track_totals")
        near = await Sums(self.database, threshold=0).saved_by(await self.windows(), None)
        return {
            "heat": _summed(heat),
            "votes": _summed(votes),
            "users": _summed(users),
            "saved_by": _nonzero(Counter(near)),
        }

    async def count(self, window: Window) -> int:
        [count] = (await Sums(self.database, threshold=0).saved_by([window], None)).values()
        return count

    async def read(self, summed: Summed) -> list[object]:
        """Return what the sums say of each track, over other tables."""
        sums = Sums(self.database, threshold=2, summed=summed)
        asked = (sums.users, *(partial(ask, viewer=None) for ask in (sums.parts, sums.best)))
        seen: list[object] = [[await ask(track) for ask in asked] for track in self.tracks]
        heat = [await sums.heat(track, None, 10_000) for track in self.tracks]
        return [seen, heat, await sums.saved_by(await self.windows(), None)]

    async def windows(self) -> list[Window]:
        """Return a part around each mark, and parts between them."""
        rows = await self.database.fetch("SELECT * FROM marks")
        return [
            Window(
                f"{row['moment_id']} {by}",
                row["track_id"],
                row["start_ds"] + by,
                row["end_ds"] - by // 2,
            )
            for row in rows
            for by in (-21, -20, -7, 0, 13, 20)
        ]

    async def recount(self) -> dict[str, Counter[Any]]:
        """Return the same from the marks."""
        rows = await self.database.fetch(
            "SELECT k.*, m.visibility AS seen_by, m.deleted_at FROM marks k"
            " JOIN moments m ON m.id = k.moment_id"
        )
        for row in rows:
            assert row["visibility"] == row["seen_by"]
            assert row["is_deleted"] == (row["deleted_at"] is not None)
        counted = [row for row in rows if _counts(row)]
        covered: dict[tuple[str, int, str], set[int]] = {}
        for row in counted:
            for layer in (0, 1) if row["visibility"] == "public" else (0,):
                tenths = covered.setdefault((row["track_id"], layer, row["user_id"]), set())
                tenths.update(range(row["start_ds"], row["end_ds"]))
        heat: Counter[Any] = Counter()
        votes: Counter[Any] = Counter()
        users: Counter[Any] = Counter()
        for (track, layer, _), tenths in covered.items():
            users[track, layer] += 1
            for at in tenths:
                if at - 1 not in tenths:
                    heat[track, layer, at] += 1
                    votes[track, layer, at // 10] += 1
                if at + 1 not in tenths:
                    heat[track, layer, at + 1] -= 1
                    votes[track, layer, -(-(at + 1) // 10)] -= 1
        near = Counter({w.id: _users_near(counted, w) for w in await self.windows()})
        sums = {"heat": heat, "votes": votes, "users": users, "saved_by": near}
        return {name: _nonzero(of) for name, of in sums.items()}


class NoSources:
    """No source of moments is private."""

    async def hidden_from(self, _actor: object) -> list[str]:
        return []

    async def closed(self) -> list[str]:
        return []

    async def audience(self, _source_id: str) -> None:
        return None


def _counts(row: Record) -> bool:
    is_told = row["visibility"] != "private" or row["counts_if_private"]
    return is_told and not row["is_deleted"]


def _users_near(rows: list[Record], window: Window) -> int:
    users = {
        row["user_id"]
        for row in rows
        if row["track_id"] == window.track_id
        and abs(row["start_ds"] - window.start_ds) <= 20
        and abs(row["end_ds"] - window.end_ds) <= 20
    }
    return len(users)


def _summed(rows: list[Any]) -> Counter[Any]:
    counter: Counter[Any] = Counter()
    for *key, value in rows:
        counter[tuple(key)] += value
    return _nonzero(counter)


def _nonzero(counter: Counter[Any]) -> Counter[Any]:
    return Counter({key: value for key, value in counter.items() if value})


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(OPERATIONS)
async def test_sums_equal_a_recount_after_anything(
    world: World, operations: list[tuple[str, int, int, int]]
) -> None:
    board = Board(world.services.database, world.owner.organization_id or "")
    await board.begin()
    for operation in operations:
        await board.do(*operation)
    assert await board.kept() == await board.recount()
    assert await board.read(KEPT) == await board.read(summed_since(date(2000, 1, 1)))


async def test_writers_at_once_lose_nothing(world: World) -> None:
    board = Board(world.services.database, world.owner.organization_id or "")
    await board.begin()

    async def write(writer: int) -> None:
        for n in range(12):
            await board.save(writer + 12 * (n % 5), n % 7, 8 + writer)
            if n % 4 == 3:
                await board.change("move", board.marks[-1], n)

    async def merge() -> None:
        for n in range(4):
            await board.link("attach", 1, n * 3)

    await asyncio.gather(*map(write, range(8)), merge())
    assert len(board.marks) == 96
    assert await board.kept() == await board.recount()


@pytest.mark.parametrize("apart", [1, 20, 39, 40, 41])
async def test_a_user_with_several_marks_near_a_part_counts_once(world: World, apart: int) -> None:
    board = Board(world.services.database, world.owner.organization_id or "")
    await board.begin()
    for user in (0, 12, 0, 12, 24):  # it is one user
        await board.save(user, 100 + apart * (user // 12), 100)
    between = Window("part", board.tracks[0], 100 + apart // 2, 200 + apart // 2)
    assert await board.count(between) == 1
    assert await board.kept() == await board.recount()
    for mark in board.marks[1:]:
        await board.change("bin", mark, 0)
        assert await board.count(between) == 1
        assert await board.kept() == await board.recount()
    await board.change("purge", board.marks[0], 0)
    assert await board.count(between) == 0
