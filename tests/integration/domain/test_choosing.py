"""What the page where marks are made is told while somebody chooses."""

from dataclasses import replace

import pytest

from domain.core.errors import Forbidden
from domain.marks.links import parse_link
from domain.marks.models import Around, MarkChange
from tests.integration.domain.conftest import World
from tests.integration.domain.test_marks import DROP, URL, save

LINK = parse_link(URL)


async def test_a_part_says_who_saved_it_and_whether_the_caller_did(world: World) -> None:
    around = world.services.choosing.around
    assert await around(world.member, LINK, 450, 600) == Around(0, None)
    mine = await save(world, world.member)
    await save(world, world.stranger, replace(DROP, start_ds=470))
    assert await around(world.member, LINK, 455, 590) == Around(2, mine.id)
    assert await around(world.owner, LINK, 455, 590) == Around(2, None)
    assert await around(world.member, LINK, 455, 590, other_than=mine.id) == Around(2, None)
    assert await around(world.member, LINK, 500, 600) == Around(0, None)


async def test_opening_a_link_asks_its_provider_and_counts_nowhere(world: World) -> None:
    source = await world.services.choosing.open(world.member, LINK)
    assert source is not None
    assert await world.run_jobs() == ["marks.enrich"]
    assert (await world.services.marks.resolve(world.member, URL)).source == source
    assert (await save(world, world.member)).track_id == source.track_id
    with pytest.raises(Forbidden):
        await world.services.choosing.open(world.viewer, LINK)


async def test_times_set_anew_keep_the_length_of_their_copy(world: World) -> None:
    mark = await save(world, world.member, replace(DROP, seen_duration_ms=222_000))
    change = MarkChange(start_ds=520, end_ds=670, seen_duration_ms=229_000)
    moved = await world.services.marks.update(world.member, mark.id, change)
    assert (moved.start_ds, moved.seen_duration_ms) == (520, 229_000)
