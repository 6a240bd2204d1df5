"""Searches that people keep: who is told of which new moments."""

import pytest

from domain.accounts.models import Caller
from domain.core.errors import BadFields, NotFound
from domain.moments.models import MomentChange, NewMoment
from tests.integration.domain.conftest import World


async def told(world: World, caller: Caller) -> list[tuple[str, str]]:
    await world.index()  # then look who waits for it
    await world.index()
    notices = await world.services.notices.list(caller)
    return [(each.title, each.detail) for each in notices if each.kind == "search"]


async def test_a_new_moment_is_told_to_those_who_wait_for_it(world: World) -> None:
    moments, kept = world.services.moments, world.services.kept_searches
    await moments.create(world.owner, NewMoment("An old heron waits"))
    await world.index()
    world.clock.advance(1)
    search = await kept.keep(world.viewer, "waiting  heron")
    assert (await kept.keep(world.viewer, "waiting heron")).id == search.id
    assert await told(world, world.viewer) == []
    await moments.create(world.owner, NewMoment("A heron"))
    await moments.create(world.owner, NewMoment("Low tide", description="A heron waits."))
    one = ("A new moment for your search “waiting heron”", "Low tide")
    assert await told(world, world.viewer) == [one]
    assert await told(world, world.member) == []
    late = await moments.create(world.owner, NewMoment("Another"))
    await moments.update(world.owner, late.id, MomentChange(description="The herons wait."))
    two = ("2 new moments for your search “waiting heron”", "Another")
    assert await told(world, world.viewer) == [two], "an unread one is renewed"
    [notice] = await world.services.notices.list(world.viewer)
    assert notice.href == "/search?q=waiting+heron&within=month&match=words"

    await world.services.notices.mark_read(world.viewer)
    await moments.update(world.owner, late.id, MomentChange(title="Another one"))
    assert len(await told(world, world.viewer)) == 1, "of a moment they are told once"
    await kept.delete(world.viewer, search.id)
    await moments.create(world.owner, NewMoment("A heron waits"))
    assert len(await told(world, world.viewer)) == 1


async def test_nobody_is_told_of_what_they_may_not_see(world: World) -> None:
    moments, kept = world.services.moments, world.services.kept_searches
    for caller in (world.viewer, world.member, world.stranger):
        await kept.keep(caller, "merger")
    secret = NewMoment("The merger", visibility="private")
    hidden = await moments.create(world.owner, secret)
    await moments.create(world.member, NewMoment("My merger"))
    binned = await moments.create(world.owner, NewMoment("A third merger"))
    await moments.delete(world.owner, [binned.id])
    await moments.create(world.stranger, NewMoment("Their merger", visibility="public"))
    assert await told(world, world.viewer) == [
        ("A new moment for your search “merger”", "My merger")
    ]
    assert await told(world, world.member) == [], "of their own they know"
    assert await told(world, world.stranger) == []
    await moments.update(world.owner, hidden.id, MomentChange(visibility="organization"))
    assert [detail for _, detail in await told(world, world.member)] == ["The merger"]


async def test_it_can_be_switched_off(world: World) -> None:
    await world.services.kept_searches.keep(world.viewer, "heron")
    await world.services.notices.mute(world.viewer, "search", is_muted=True)
    await world.services.moments.create(world.owner, NewMoment("A heron"))
    assert await told(world, world.viewer) == []


async def test_each_has_their_own_and_not_too_many(world: World) -> None:
    kept = world.services.kept_searches
    mine = await kept.keep(world.viewer, "heron")
    assert [each.text for each in await kept.list(world.viewer)] == ["heron"]
    assert await kept.list(world.owner) == []
    for caller in (world.owner, world.stranger):
        with pytest.raises(NotFound):
            await kept.delete(caller, mine.id)
    for text in (" … \0 ", "heron " * 40):
        with pytest.raises(BadFields):
            await kept.keep(world.viewer, text)
    for number in range(49):
        await kept.keep(world.viewer, f"heron {number}")
    with pytest.raises(BadFields):
        await kept.keep(world.viewer, "one too many")
    await kept.keep(world.viewer, "heron")
