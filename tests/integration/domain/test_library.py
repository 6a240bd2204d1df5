"""What the library asks of the domain: the cards, filters and tags of many moments at once."""

import io
from datetime import timedelta
from zipfile import ZipFile

import pytest

from domain.captures.models import NewClip, NewSnapshot
from domain.core.errors import BadFields, Conflict, NotFound
from domain.moments.models import Count, Cursor, Facet, Git, MomentFilter, NewMoment
from tests.integration.domain.conftest import World
from tests.integration.domain.test_moment_assets import png, upload


async def test_the_cards_of_a_page_of_moments(world: World) -> None:
    services = world.services
    await world.stream()
    shot = await services.snapshots.create(world.member, NewSnapshot())
    cut = await services.clips.create(world.member, NewClip(last_ms=2000))
    asset = await upload(world, png(), "image/png")
    broken = await upload(world, b"no picture", "image/png")
    note = await services.moments.create(world.member, NewMoment("Note"))
    ids = [shot.moment_id, cut.moment_id, asset.moment_id, broken.moment_id, note.id]
    await services.moments.delete(world.member, [shot.moment_id])
    captures = await services.gallery.of_moments(world.owner, ids)
    assert {each.id for each in captures.values()} == {shot.id, cut.id}
    covers = await services.moment_assets.covers(world.owner, ids)
    assert covers[asset.moment_id].picture_url
    assert (covers[broken.moment_id].failed, covers[note.id].failed) == (1, 0)
    assert await services.moment_assets.covers(world.stranger, ids) == {}
    assert await services.gallery.of_moments(world.stranger, ids) == {}


async def test_filters_are_offered_from_what_there_is(world: World) -> None:
    moments = world.services.moments
    await moments.create(world.member, NewMoment("One", tags=["heron", "pond"]))
    vm = (await world.services.vms.register(world.owner, "build-3")).vm
    two = NewMoment("Two", tags=["heron"], git=Git(branch="main"), vm_id=vm.id)
    await moments.create(world.owner, two)
    gone = await moments.create(world.owner, NewMoment("Three", tags=["gone"]))
    await moments.delete(world.owner, [gone.id])
    facets = await moments.facets(world.viewer)
    assert facets.tags == (Facet("heron", "heron", 2), Facet("pond", "pond", 1))
    assert facets.branches == (Facet("main", "main", 1),)
    assert facets.vms == (Facet(vm.id, "build-3", 1),)
    assert {each.value for each in facets.people} == {world.member.user_id, world.owner.user_id}
    assert (await moments.facets(world.stranger)).tags == ()


async def test_tags_are_added_to_many_or_to_none(world: World) -> None:
    moments = world.services.moments
    made = [await moments.create(world.member, NewMoment(t, tags=["a"])) for t in ("1", "2")]
    ids = [each.id for each in made]
    assert await moments.add_tags(world.member, ids, [" b ", "a"]) == 2
    page = await moments.list(world.viewer, MomentFilter(ids=ids[:1]))
    assert [(each.id, each.tags) for each in page.items] == [(ids[0], ("a", "b"))]
    with pytest.raises(NotFound):
        await moments.add_tags(world.member, [*ids, "moment_unknown"], ["c"])
    with pytest.raises(BadFields):
        await moments.add_tags(world.member, ids, ["x" * 51])
    page = await moments.list(world.viewer, MomentFilter(tags=("c",)))
    assert page.items == ()


async def test_a_list_is_walked_both_ways_and_counted_by_kind(world: World) -> None:
    moments = world.services.moments
    made = []
    for title, tags in (("1", ["a"]), ("2", []), ("3", ["a"])):
        world.clock.advance(1)
        made.append(await moments.create(world.member, NewMoment(title, tags=tags)))
    first, second, third = made
    oldest = MomentFilter(oldest_first=True, after=Cursor(first.created_at, first.id))
    found = (await moments.list(world.viewer, oldest)).items
    assert [each.id for each in found] == [second.id, third.id]
    around = await moments.neighbours(world.viewer, second, MomentFilter())
    assert [each and each.id for each in around] == [third.id, first.id]
    around = await moments.neighbours(world.viewer, third, MomentFilter(tags=("a",)))
    assert [each and each.id for each in around] == [None, first.id]
    around = await moments.neighbours(world.viewer, third, MomentFilter(oldest_first=True))
    assert [each and each.id for each in around] == [second.id, None]
    counts = await moments.counts(world.viewer, MomentFilter(tags=("a",), kinds=("clip",)))
    assert (counts["note"].value, counts["clip"].value) == (2, 0)


async def test_totals_are_exact_until_counting_reads_much(world: World) -> None:
    services, organization_id = world.services, world.owner.organization_id
    insert = (
        "INSERT INTO moments (id, organization_id, kind, title, description, tags, visibility,"
        " created_at, updated_at) SELECT 'moment_' || n, $1, CASE WHEN n % 100 = 0 THEN 'mark'"
        " ELSE 'note' END, '', '', '{}', 'organization', now(), now() FROM generate_series(1, $2) n"
    )
    await services.database.execute(insert, organization_id, 4000)
    await services.database.execute("ANALYZE moments")
    counts = await services.moments.counts(world.viewer, MomentFilter())
    assert counts["note"].is_estimate
    assert counts["note"].value == pytest.approx(3960, rel=0.1)
    assert (counts["mark"], counts["clip"]) == (Count(40), Count(0))
    page = await services.moments.list(world.viewer, MomentFilter(kinds=("note",)))
    assert page.total.is_estimate
    page = await services.moments.list(world.viewer, MomentFilter(kinds=("mark",), limit=9))
    assert page.total == Count(40)


async def test_a_selection_is_one_zip_of_the_files_that_are_there(world: World) -> None:
    services = world.services
    await world.stream()
    shot = await services.snapshots.create(world.member, NewSnapshot())
    asset = await upload(world, png(), "image/png")
    note = await services.moments.create(world.member, NewMoment("Note"))
    made = await services.moment_assets.archive(world.viewer, [shot.moment_id, asset.moment_id])
    data = b"".join([chunk async for chunk in made.body])
    names = sorted(ZipFile(io.BytesIO(data)).namelist())
    assert names == sorted([shot.file_name, "a file"])
    for caller, ids, error in (
        (world.viewer, [note.id], Conflict),
        (world.viewer, [], BadFields),
        (world.stranger, [shot.moment_id], NotFound),
    ):
        with pytest.raises(error):
            await services.moment_assets.archive(caller, ids)


async def test_moments_are_counted_within_spans(world: World) -> None:
    services, moments = world.services, world.services.moments
    for title in ("One", "Two"):
        await moments.create(world.member, NewMoment(title, tags=["a"]))
    world.clock.advance(3600)
    await moments.create(world.member, NewMoment("Three"))
    await moments.create(world.member, NewMoment("Mine", visibility="private"))
    now = world.clock.now()
    hour = timedelta(hours=1)
    spans = [(now, now + hour), (now - hour, now), (now - 2 * hour, now - hour)]
    found = await services.moments.counts_within(world.viewer, MomentFilter(), spans)
    assert found == [Count(1), Count(2), Count(0)]
    found = await services.moments.counts_within(world.viewer, MomentFilter(tags=("a",)), spans)
    assert found == [Count(0), Count(2), Count(0)]
    assert await services.moments.counts_within(world.stranger, MomentFilter(), spans[:1]) == [
        Count(0)
    ]
