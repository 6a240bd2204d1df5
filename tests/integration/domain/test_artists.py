"""What anybody learns of an artist, and where marks are shared: never of few people."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from domain.bootstrap import Services
from domain.collections.models import NewCollection
from domain.core.errors import NotFound
from domain.marks.models import Shares
from domain.sharing.models import NewShare
from tests.integration.domain.conftest import World
from tests.integration.domain.test_marks import DROP
from tests.support.waiting import until

OTHER = "https://youtu.be/NightFerry0"
THIRD = "https://youtu.be/NightFerry1"


async def by(world: World, track_id: str, artist: str, title: str) -> None:
    await world.services.database.execute(
        "UPDATE track_sources SET artist = $2, title = $3 WHERE track_id = $1",
        track_id,
        artist,
        title,
    )


async def test_an_artist_s_report_keeps_the_threshold(
    world: World, make_services: Callable[..., Services]
) -> None:
    services = make_services(privacy_threshold=3)
    marks, artists = services.marks, services.artists
    counted = replace(DROP, visibility="organization", note="")
    ours = [
        await marks.create(each, counted) for each in (world.owner, world.admin, world.stranger)
    ]
    await by(world, ours[0].track_id, "Glass Harbour; Nils", "Night Ferry")
    few = await marks.create(world.owner, replace(counted, url=OTHER))
    await by(world, few.track_id, "Glass Harbour", "Quiet Song")
    alone = await marks.create(
        world.owner, replace(DROP, url=THIRD, visibility="private", note="secret")
    )
    await by(world, alone.track_id, "Nobody Known", "Diary")
    for name in ("Nobody Known", "glass", "", "x\0", "Glass Harbour; Nils"):
        with pytest.raises(NotFound):
            await artists.report(name)
    report = await artists.report(" GLASS harbour ")
    assert (report.name, report.users) == ("Glass Harbour", 3)
    assert [(each.title, each.users) for each in report.tracks] == [("Night Ferry", 3)]
    assert [saves for _, saves in report.by_day] == [3]
    # A public mark makes its track known, but not how many others are behind it.
    await marks.create(world.member, replace(DROP, url=OTHER, note="that harbour light"))
    await marks.create(world.owner, replace(DROP, start_ds=900, end_ds=990, note="harbour light"))
    report = await artists.report("glass harbour")
    assert [(each.title, each.users) for each in report.tracks] == [
        ("Night Ferry", 3),
        ("Quiet Song", None),
    ]
    assert report.users == 4  # without the hidden one of the second track, who is known already
    assert {theme.word for theme in report.themes} == {"harbour", "light"}
    assert (await artists.report("nils")).name == "Nils"


async def test_a_report_of_a_period_knows_only_what_was_saved_in_it(
    world: World, make_services: Callable[..., Services]
) -> None:
    services = make_services(privacy_threshold=2)
    marks, tracks, artists = services.marks, services.tracks, services.artists
    old = [await marks.create(each, DROP) for each in (world.owner, world.admin)]
    track_id = old[0].track_id
    await by(world, track_id, "Glass Harbour", "Night Ferry")
    age = "UPDATE marks SET created_at = created_at - interval '40 days'"
    await services.database.execute(age)
    empty = await tracks.report(None, track_id, period="30d")
    assert (empty.users, empty.by_day, empty.best, empty.track.parts) == (None, [], None, ())
    assert (set(empty.heat.values), empty.themes, empty.shares) == ({0}, [], [])
    nothing = await artists.report("glass harbour", "30d")
    assert (nothing.name, nothing.tracks, nothing.users) == ("Glass Harbour", [], None)
    later = replace(DROP, start_ds=900, end_ds=1000, note="Rain", visibility="organization")
    await marks.create(world.stranger, later)
    few = await tracks.report(None, track_id, period="30d")
    assert (few.users, few.by_day, set(few.heat.values)) == (None, [], {0})
    await marks.create(world.member, later)
    recent = await tracks.report(None, track_id, period="30d")
    assert (recent.users, [saves for _, saves in recent.by_day]) == (2, [2])
    assert [(part.start_ds, part.saves) for part in recent.track.parts] == [(900, 2)]
    assert (recent.heat.values[46], recent.heat.values[91]) == (0, 2)
    assert recent.best
    assert (recent.best.start_s, type(recent.best.saves)) == (90, int)  # JSON knows no Decimal
    assert recent.since == (world.clock.now() - timedelta(days=29)).date()
    for period in ("90d", "1y", "all"):
        every = await tracks.report(None, track_id, period=period)
        assert (every.users, [saves for _, saves in every.by_day]) == (4, [2, 2])
        assert (every.heat.values[46], every.heat.values[91]) == (2, 2)
    of_artist = await artists.report("glass harbour", "30d")
    assert (of_artist.users, [each.users for each in of_artist.tracks]) == (2, [2])


async def test_where_marks_are_shared_is_told_from_the_threshold_on(
    world: World, make_services: Callable[..., Services]
) -> None:
    services = make_services(privacy_threshold=2)
    first = await services.marks.create(world.member, DROP)
    other = await services.marks.create(
        world.owner, replace(DROP, start_ds=900, end_ds=990, visibility="organization")
    )
    link = await services.sharing.share(world.member, [first.id], NewShare())
    services.view_counts.add(link.token)
    await services.view_counts.close()
    shelf = NewCollection("Night", moment_ids=[first.id, other.id])
    await services.collections.create(world.owner, shelf)
    page, few = Shares("page", 1, 1, 0), Shares("link", None, None, None)
    report = await services.tracks.report(None, first.track_id)
    assert report.shares == [page, few, replace(few, way="collection")]
    await services.sharing.share(world.owner, [other.id], NewShare())
    revoked = await services.sharing.share(world.owner, [other.id], NewShare())
    await services.sharing.revoke(world.owner, revoked.token)
    await services.collections.create(world.member, shelf)
    report = await services.tracks.report(None, first.track_id)
    assert report.shares == [page, Shares("link", 2, 2, 1), Shares("collection", 2, 2, 0)]
    await by(world, first.track_id, "Glass Harbour", "")
    assert (await services.artists.report("Glass Harbour")).shares == report.shares


async def test_many_slow_reports_leave_connections_for_others(world: World) -> None:
    mark = await world.services.marks.create(world.owner, DROP)
    tracks = world.services.tracks
    other = await asyncpg.connect(world.services.database.dsn)
    async with asyncio.TaskGroup() as group, other.transaction():
        await other.execute("LOCK TABLE marks")  # as if they took long
        for _ in range(12):  # more than the connections of a process
            group.create_task(tracks.report(world.owner, mark.track_id, period="30d"))

        async def is_slow() -> bool:
            return bool(
                await other.fetchval("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)")
            )

        await until(is_slow)
        assert (await world.services.streams.list(world.owner))[0] is not None
    await other.close()
