"""What anybody learns of an artist, and where marks are shared: never of few people."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from domain.bootstrap import Services
from domain.collections.models import NewCollection
from domain.core.errors import NotFound
from domain.marks.models import Shares
from domain.sharing.models import NewShare
from tests.integration.domain.conftest import World
from tests.integration.domain.test_marks import DROP

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
