"""Retention policies on a real database."""

import asyncio
import contextvars
from collections.abc import Sequence

import pytest

from domain.accounts.models import Caller
from domain.collections.models import NewCollection
from domain.core.errors import BadFields, Forbidden
from domain.moments.models import Git, MomentFilter, NewAsset, NewMoment
from domain.moments.policies import Rule
from tests.integration.domain.conftest import World

DAY_S = 86_400


async def _moments(world: World, *moments: tuple[str, str | None]) -> dict[str, str]:
    """Make moments of branches, a day apart."""
    made = {}
    for title, branch in moments:
        new = NewMoment(title, git=Git(branch=branch), kind="commit")
        made[title] = (await world.services.moments.create(world.member, new)).id
        world.clock.advance(DAY_S)
    return made


async def _titles(world: World, caller: Caller) -> list[str]:
    page = await world.services.moments.list(caller, MomentFilter())
    return sorted(moment.title for moment in page.items)


def _totals(found: Sequence[object]) -> list[int]:
    return [each.total for each in found]  # type: ignore[attr-defined]


async def test_rules_go_by_age_number_and_branch(world: World) -> None:
    policies = world.services.policies
    made = await _moments(
        world, *((f"m{n}", "main") for n in range(4)), ("r", "release/1"), ("x", None)
    )
    await world.services.moments.add_tags(world.member, [made["m0"]], ["keep"])
    rules = [Rule(max_age_days=1), Rule("main", keep_newest=2), Rule("release/*", max_age_days=9)]
    found = await policies.preview(world.admin, rules)
    assert [(each.rule.branch, each.total) for each in found] == [
        ("", 0), ("release/*", 0), ("main", 1),
    ]  # fmt: skip
    assert [going.title for going in found[2].oldest] == ["m1"]
    assert len(await _titles(world, world.member)) == 6  # a preview changes nothing
    await policies.set_rules(world.admin, rules)
    world.clock.advance(DAY_S)
    await policies.apply()
    assert await _titles(world, world.member) == ["m0", "m2", "m3", "r"]
    # Somebody took it out of the bin: it stays as long as it would have stayed there.
    await world.services.moments.restore(world.admin, [made["m1"]])
    await policies.apply()
    assert "m1" in await _titles(world, world.member)
    world.clock.advance(world.services.settings.retention_days * DAY_S)
    await policies.apply()
    sql = "SELECT deleted_at FROM moments WHERE id = $1"
    assert await world.services.database.fetchval(sql, made["m1"]) == world.clock.now()


async def test_a_preview_says_how_many_bytes_go(world: World) -> None:
    made = await _moments(world, ("old", "main"), ("older", "main"), ("new", "topic"))
    for title, size in (("old", 1000), ("older", 200), ("new", 7)):
        new = NewAsset("other", "a.txt", "text/plain", size, "api")
        begun = await world.services.uploads.begin(world.member, made[title], new)
        if title == "old":
            continue  # nothing arrived
        for each in await world.services.moment_assets.list(world.member, made[title]):
            assert each.id == begun.asset_id
            stored = await world.services.storage.put(
                each.file.bucket, each.file.key, bytes(size), content_type="text/plain"
            )
            await world.services.uploads.arrived(each.file.bucket, each.file.key, stored, title)
    rules = [Rule("main", max_age_days=1), Rule("nothing", max_age_days=1)]
    found = await world.services.policies.preview(world.admin, rules)
    assert [(each.rule.branch, each.bytes) for each in found] == [("main", 200), ("nothing", 0)]


async def test_a_moment_that_is_being_approved_stays(world: World) -> None:
    services = world.services
    made = await _moments(world, ("approved", "main"), ("gone", "main"))
    await services.policies.set_rules(world.admin, [Rule(max_age_days=1)])
    world.clock.advance(DAY_S)
    async with services.database.transaction():
        await services.reviews.decide(world.admin, made["approved"], "approved")
        elsewhere = contextvars.Context()  # in a transaction of its own
        await asyncio.create_task(services.policies.apply(), context=elsewhere)
    await services.policies.apply()
    assert await _titles(world, world.member) == ["approved"]


async def test_baselines_collected_and_public_moments_stay(world: World) -> None:
    services = world.services
    made = await _moments(world, *((name, "main") for name in ("approved", "shelf", "gone")))
    await services.reviews.decide(world.admin, made["approved"], "approved")
    shelf = await services.collections.create(world.member, NewCollection("Shelf"))
    await services.collections.add(world.member, shelf.id, [made["shelf"]])
    public = NewMoment("public", visibility="public")
    await services.moments.create(world.member, public)
    world.clock.advance(9 * DAY_S)
    await services.policies.set_rules(world.admin, [Rule(max_age_days=1)])
    await services.policies.apply()
    assert await _titles(world, world.member) == ["approved", "public", "shelf"]


async def test_only_admins_set_rules_that_make_sense(world: World) -> None:
    policies = world.services.policies
    with pytest.raises(Forbidden):
        await policies.set_rules(world.member, [Rule(max_age_days=1)])
    for bad in ([Rule()], [Rule("a*b", 1)], [Rule("x", 1), Rule("x", 2)], [Rule(keep_newest=0)]):
        with pytest.raises(BadFields):
            await policies.set_rules(world.admin, bad)
    await policies.set_rules(world.admin, [Rule("100%_", 1)])
    assert await policies.rules(world.stranger) == []
    assert Rule("100%_").pattern == r"100\%\_"
