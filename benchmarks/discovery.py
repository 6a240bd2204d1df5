"""How many suggestions hit a person's taste, against what is popular, and against chance.

Run as `python -m benchmarks.discovery [--people 300] [--judged 40]`.
A synthetic population: each person has one of eight tastes, saves 80 % of their parts from its
tracks and 20 % from any, and tracks differ in popularity as 1/rank (Zipf). Nobody writes a note and
nothing is tagged, so saves alone decide. Of ten suggestions that a person has not saved, those of
their taste count (precision@10). Then 50 accounts of the same minute save one part.
"""

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from domain.accounts.models import Caller, Role
from domain.bootstrap import Services, running
from domain.core.ids import new_id
from domain.core.settings import Settings
from domain.discover.models import Wish
from domain.infra import postgres

_TASTES = 8
_TRACKS = 50  # of each taste
_SAVED = 24
_OWN = 0.8
_TEN = 10
_PASSWORD = "a good long password"
_CHANCE = random.Random(5)


@dataclass(frozen=True, slots=True)
class Population:
    """Who likes what; tracks are numbers, their taste is the number modulo the tastes."""

    tastes: dict[str, int]
    saved: dict[str, list[int]]
    tracks: list[str]

    def popular(self) -> list[int]:
        """Return the tracks, the most saved first."""
        count = [0] * len(self.tracks)
        for numbers in self.saved.values():
            for number in numbers:
                count[number] += 1
        return sorted(range(len(count)), key=lambda number: -count[number])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=300)
    parser.add_argument("--judged", type=int, default=40)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="moments-discovery-") as name:
        Path(name).chmod(0o711)
        asyncio.run(_measure(Path(name), chosen.people, chosen.judged))


async def _measure(home: Path, people: int, judged_count: int) -> None:
    values: dict[str, Any] = {"home": home / "home", "demo": False, "database_url": None}
    settings = Settings(**values, provider_metadata=False, log_level="warning", _env_file=None)
    async with postgres.running(settings), running(settings, "cli") as services:
        judged = await _join(services, judged_count)
        population = await _fill(services, judged, people)
        await _judge(services, judged, population)
        await _burst(services, judged[0], population)


async def _join(services: Services, count: int) -> list[Caller]:
    await services.accounts.create_user("owner@example.org", _PASSWORD, organization="Town")
    signed_in = await services.accounts.sign_in("owner@example.org", _PASSWORD, ip="192.0.2.1")
    owner = await services.accounts.authenticate(signed_in.token)
    people = []
    for number in range(count):
        invitation = await services.members.invite(owner, Role.MEMBER)
        token = invitation.url.rpartition("/")[2]
        email = f"p{number}@example.org"
        joined = await services.members.join_as_new(token, email, _PASSWORD, name=email)
        people.append(await services.accounts.authenticate(joined.token))
    return people


async def _fill(services: Services, judged: Sequence[Caller], count: int) -> Population:
    organization = judged[0].organization_id or ""
    people = [caller.user_id or "" for caller in judged]
    strangers = [new_id("user") for _ in range(count - len(people))]
    tracks = [new_id("track") for _ in range(_TASTES * _TRACKS)]
    everybody = [*people, *strangers]
    tastes = {user: _CHANCE.randrange(_TASTES) for user in everybody}
    saved = {user: _saves(tastes[user]) for user in everybody}
    database, now = services.database, datetime.now(UTC)
    await _add_people(services, strangers, now - timedelta(days=90))
    await database.execute("UPDATE app_user SET created_at = $1", now - timedelta(days=90))
    await database.execute(
        "INSERT INTO tracks (id, title, artist, created_at, updated_at)"
        " SELECT id, '', '', $2, $2 FROM unnest($1::text[]) AS id",
        tracks,
        now,
    )
    await database.execute(
        "INSERT INTO track_sources (id, track_id, provider, provider_id, kind, url, title, artist,"
        " album, channel, restrictions, keys, offset_ds, decided_by, duration_ms, created_at,"
        " updated_at) SELECT replace(id, 'track', 'source'), id, 'youtube', id, 'video',"
        " 'https://www.youtube.com/watch?v=' || id, id, '', '', '', '{}', '{}', 0, 'alone', 240000,"
        " $2, $2 FROM unnest($1::text[]) AS id",
        tracks,
        now,
    )
    for user in everybody:
        await _save(services, organization, user, [tracks[n] for n in saved[user]], now)
    await database.execute("ANALYZE")
    return Population(tastes, saved, tracks)


def _saves(taste: int) -> list[int]:
    """Return the tracks that a person saves, the more popular ones more often."""
    weights = [1 / (1 + rank) for rank in range(_TRACKS)]
    found: dict[int, None] = {}
    while len(found) < _SAVED:
        of = taste if _CHANCE.random() < _OWN else _CHANCE.randrange(_TASTES)
        rank = _CHANCE.choices(range(_TRACKS), weights)[0]
        found[rank * _TASTES + of] = None
    return list(found)


async def _add_people(services: Services, ids: Sequence[str], at: datetime) -> None:
    await services.database.execute(
        "INSERT INTO app_user (id, email, name, password_hash, created_at, updated_at)"
        " SELECT id, id, '', '', $2, $2 FROM unnest($1::text[]) AS id",
        list(ids),
        at,
    )


async def _save(
    services: Services,
    organization: str,
    user: str,
    tracks: Sequence[str],
    now: datetime,
    *,
    within_min: int = 20_000,
) -> None:
    """Save a part of each track in public, as the service writes it."""
    ids = [new_id("moment") for _ in tracks]
    ago = [now - timedelta(minutes=_CHANCE.randrange(within_min)) for _ in tracks]
    async with services.database.transaction():
        await services.database.execute(
            "INSERT INTO moments (id, organization_id, created_by, kind, title, description, tags,"
            " visibility, slug, created_at, updated_at) SELECT id, $2, $3, 'mark', '0:45', '',"
            " '{}', 'public', replace(id, '_', '-'), at, at"
            " FROM unnest($1::text[], $4::timestamptz[]) AS new (id, at)",
            ids,
            organization,
            user,
            ago,
        )
        await services.database.execute(
            "INSERT INTO marks (moment_id, organization_id, track_id, source_id, user_id, start_ds,"
            " end_ds, visibility, counts_if_private, is_deleted, created_at)"
            " SELECT id, $2, track, replace(track, 'track', 'source'), $3, 450, 600, 'public',"
            " false, false, at FROM unnest($1::text[], $4::text[], $5::timestamptz[])"
            " AS new (id, track, at)",
            ids,
            organization,
            user,
            list(tracks),
            ago,
        )


async def _judge(services: Services, judged: Sequence[Caller], population: Population) -> None:
    popular = population.popular()
    number_of = {track: number for number, track in enumerate(population.tracks)}
    scores: dict[str, list[float]] = {"suggested": [], "popular": [], "random": []}
    took = []
    for caller in judged:
        user = caller.user_id or ""
        began = time.perf_counter()
        found = await services.discover.discover(caller, Wish(limit=50))
        took.append(time.perf_counter() - began)
        items = [item for row in found.because for item in row.items]
        items.sort(key=lambda item: -item.score)
        known = set(population.saved[user])
        unknown = [number for number in popular if number not in known]
        lists = {
            "suggested": [number_of[item.track_id or ""] for item in items],
            "popular": unknown,
            "random": _CHANCE.sample(unknown, _TEN),
        }
        for name, numbers in lists.items():
            assert not known.intersection(numbers)
            hits = [n % _TASTES == population.tastes[user] for n in numbers[:_TEN]]
            scores[name].append(sum(hits) / _TEN)
    for name, values in scores.items():
        print(f"precision@10 {name:10} {statistics.mean(values):.3f}")
    print(f"a page in {statistics.median(took) * 1000:.0f} ms")


async def _burst(services: Services, caller: Caller, population: Population) -> None:
    """Let new accounts save one unpopular part, and compare what rises."""
    rising = services.work.handlers["discover.rising"]
    await rising({})
    before = await _ranks(services)
    fresh, now = [new_id("user") for _ in range(50)], datetime.now(UTC)
    await _add_people(services, fresh, now)
    track = population.tracks[population.popular()[-1]]
    for user in fresh:
        await _save(services, caller.organization_id or "", user, [track], now, within_min=1)
    await rising({})
    after = await _ranks(services)
    moved = "nothing moved" if before == after else "THE LIST CHANGED"
    print(f"50 accounts of a minute save one part: {moved} among {len(before)} rising parts")


async def _ranks(services: Services) -> list[str]:
    rows = await services.database.fetch(
        "SELECT track_id FROM rising_part ORDER BY score DESC, track_id"
    )
    return [row["track_id"] for row in rows]


if __name__ == "__main__":
    main()
