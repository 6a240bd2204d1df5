"""Other times for somebody's mark: who may suggest them, and who takes them."""

from dataclasses import replace

import pytest

from domain.core.errors import BadFields, Conflict, Forbidden, NotFound
from domain.marks.models import MarkChange
from tests.integration.domain.conftest import World
from tests.integration.domain.test_marks import DROP, save


async def test_a_suggestion_reaches_the_owner_who_takes_it(world: World) -> None:
    nudges, notices = world.services.nudges, world.services.notices
    mark = await save(world, world.member)
    await nudges.suggest(world.admin, mark.id, 453, 600)
    await nudges.suggest(world.admin, mark.id, 445, 600)  # instead of the first
    [notice] = await notices.list(world.member)
    assert (notice.kind, notice.href) == ("nudge", f"/mark?id={mark.id}")
    assert notice.title == "Other times for “That drop!”"
    [found] = await nudges.list(world.member, mark.id)
    assert (found.start_ds, found.end_ds, found.by) == (445, 600, "Admin")
    assert (await world.services.marks.get(world.member, mark.id)).start_ds == 450
    for caller in (world.admin, world.owner):  # admins either: it is the owner's to decide
        with pytest.raises(Forbidden):
            await nudges.list(caller, mark.id)
        with pytest.raises(Forbidden):
            await nudges.accept(caller, mark.id, found.id)
    taken = await nudges.accept(world.member, mark.id, found.id)
    assert (taken.start_ds, taken.end_ds) == (445, 600)
    moment = await world.services.moments.get(world.member, mark.id)
    assert (moment.start_s, moment.end_s) == (44, 60)
    with pytest.raises(NotFound):
        await nudges.accept(world.member, mark.id, found.id)
    await nudges.suggest(world.owner, mark.id, 440, 600)
    [found] = await nudges.list(world.member, mark.id)
    await nudges.dismiss(world.member, mark.id, found.id)
    assert await nudges.list(world.member, mark.id) == []


async def test_strangers_suggest_for_public_marks_alone_and_are_not_named(world: World) -> None:
    nudges = world.services.nudges
    mark = await save(world, world.member)
    slug = mark.slug or ""
    for key in (mark.id, "never-was", "x\0", ""):
        with pytest.raises(NotFound):
            await nudges.suggest(world.stranger, key, 445, 600)
    await nudges.suggest(world.stranger, slug, 445, 600)
    assert [each.by for each in await nudges.list(world.member, mark.id)] == [None]
    await world.services.profiles.save(world.stranger, "passer-by", "")
    [found] = await nudges.list(world.member, mark.id)
    assert found.by == "@passer-by"
    with pytest.raises(NotFound):
        await nudges.list(world.stranger, mark.id)
    theirs = await save(world, world.stranger)
    with pytest.raises(NotFound):  # of another mark
        await nudges.accept(world.stranger, theirs.id, found.id)
    await world.services.marks.update(world.member, mark.id, MarkChange(visibility="private"))
    with pytest.raises(NotFound):
        await nudges.suggest(world.stranger, slug, 445, 600)


async def test_a_nudge_is_small_and_for_others(world: World) -> None:
    nudges = world.services.nudges
    mark = await save(world, world.member)
    with pytest.raises(Conflict):
        await nudges.suggest(world.member, mark.id, 445, 600)
    for start_ds, end_ds in ((450, 600), (349, 600), (450, 701), (600, 450), (-1, 600)):
        with pytest.raises(BadFields):
            await nudges.suggest(world.admin, mark.id, start_ds, end_ds)
    with pytest.raises(Forbidden):
        await nudges.suggest(world.viewer, mark.id, 445, 600)
    await nudges.suggest(world.admin, mark.id, 451, 601)  # a tenth is enough
    again = await save(world, world.member, replace(DROP, start_ds=900, end_ds=990))
    await world.services.marks.delete(world.member, again.id)
    with pytest.raises(NotFound):
        await nudges.suggest(world.admin, again.id, 895, 990)
