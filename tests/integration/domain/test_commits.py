"""Commits are compared, approved, ignored, listed."""

from dataclasses import replace
from functools import partial

import pytest

from domain.commits.models import TimelineFilter
from domain.commits.visual import Region
from domain.core.errors import BadFields, Conflict, Forbidden, NotFound, Unauthenticated
from domain.moments.models import Cursor, Git, MomentChange, NewAsset, NewMoment
from tests.integration.domain.commit_captures import (
    NEW,
    OLD,
    OTHER,
    REPOSITORY,
    capture,
    hash_of,
    since,
)
from tests.integration.domain.conftest import World


async def test_a_commit_is_compared_with_the_newest_approved_ancestor(world: World) -> None:
    services = world.services
    first = await capture(world, 1, OLD)
    assert (await services.checks.build(world.viewer, first.id)).state == "new"
    await services.reviews.decide(world.member, first.id, "approved")
    second = await capture(world, 2, NEW, gitAncestors=since(1))
    build = await services.checks.build(world.viewer, second.id)
    assert (build.state, build.conclusion, build.baseline_id) == ("changed", "failure", first.id)
    assert build.url.endswith(f"/commits?before={first.id}&after={second.id}")
    assert build.summary == "1.7 % changed in 1 place"
    # Not approved: the third one's baseline is still the first.
    third = await capture(world, 3, OLD, gitAncestors=since(2, 1))
    build = await services.checks.build(world.viewer, third.id)
    assert (build.state, build.baseline_id) == ("passed", first.id)
    # Approval makes eligible and overwrites nothing.
    await services.reviews.decide(world.admin, second.id, "approved", note="As designed.")
    fourth = await capture(world, 4, NEW, branch="topic", gitAncestors=since(2, 1))
    assert (await services.checks.build(world.viewer, fourth.id)).baseline_id == second.id
    fifth = await capture(world, 5, OLD, branch="older", gitMergeBase=hash_of(1))
    build = await services.checks.build(world.viewer, fifth.id)
    assert (build.state, build.baseline_id) == ("passed", first.id)
    # Rejected: no longer anybody's baseline.
    await services.reviews.decide(world.member, second.id, "rejected")
    decisions = await services.reviews.decisions(world.viewer, second.id)
    assert [(d.verdict, d.note) for d in decisions] == [
        ("rejected", ""),
        ("approved", "As designed."),
    ]
    assert decisions[1].decided_by is not None
    assert decisions[1].decided_by.id == world.admin.user_id
    sixth = await capture(world, 6, OLD, gitAncestors=since(2, 1))
    assert (await services.checks.build(world.viewer, sixth.id)).baseline_id == first.id


async def test_an_incomplete_or_partial_capture_is_no_baseline(world: World) -> None:
    services = world.services
    first = await capture(world, 1, OLD)
    second = await capture(world, 2, OLD, partial=True)
    third = await capture(world, 3, OLD)
    for each in (first, second, third):
        await services.reviews.decide(world.member, each.id, "approved")
    late = NewAsset("screenshot", "late.png", "image/png", 100, "api")
    await services.uploads.begin(world.member, third.id, late)
    bundle = await services.commits.bundle(world.viewer, REPOSITORY, since(3, 2, 1), None)
    assert bundle.baseline_id == first.id
    assert [shot.name for shot in bundle.shots] == ["home.png"]


async def test_a_variant_is_accepted_beside_the_baseline(world: World) -> None:
    services = world.services
    first = await capture(world, 1, OLD)
    await services.reviews.decide(world.member, first.id, "approved")
    second = await capture(world, 2, OTHER, gitAncestors=since(1))
    await services.reviews.decide(world.member, second.id, "approved", variant_of=first.id)
    for number, picture, state in [(3, OTHER, "passed"), (4, OLD, "passed"), (5, NEW, "changed")]:
        moment = await capture(world, number, picture, gitAncestors=since(2, 1))
        build = await services.checks.build(world.viewer, moment.id)
        assert (build.state, build.baseline_id) == (state, first.id)


async def test_a_change_is_ignored_until_it_is_undone(world: World) -> None:
    services = world.services
    first = await capture(world, 1, OLD)
    await services.reviews.decide(world.member, first.id, "approved")
    second = await capture(world, 2, NEW, gitAncestors=since(1))
    [pair] = (await services.commits.with_baseline(world.viewer, second.id)).pairs
    assert pair.comparison is not None
    mask = pair.comparison.mask or ""
    with pytest.raises(Forbidden):
        await services.reviews.ignore(world.viewer, second.id, pair.name, mask)
    ignored = await services.reviews.ignore(world.member, second.id, pair.name, mask)
    again = await services.reviews.ignore(world.member, second.id, pair.name, mask)
    assert again.id == ignored.id
    await world.run_jobs()
    assert (await services.checks.build(world.viewer, second.id)).state == "passed"
    third = await capture(world, 3, OTHER, gitAncestors=since(1))
    assert (await services.checks.build(world.viewer, third.id)).state == "changed"
    with pytest.raises(NotFound):
        await services.reviews.stop_ignoring(world.stranger, ignored.id)
    await services.reviews.stop_ignoring(world.member, ignored.id)
    await world.run_jobs()
    assert (await services.checks.build(world.viewer, second.id)).state == "changed"
    assert await services.reviews.ignored(world.viewer, REPOSITORY) == []


async def test_vms_viewers_and_strangers_decide_nothing(world: World) -> None:
    services = world.services
    vm = await services.vms.register(world.owner, "build-3")
    of_vm = await services.vms.authenticate(vm.vm.id, vm.token)
    new = NewMoment("Commit", git=Git(commit_hash=hash_of(1)))
    moment = await services.moments.create_by_vm(of_vm, new)
    assert (await services.checks.build_for_vm(of_vm, moment.id)).state == "pending"
    with pytest.raises(Unauthenticated):
        await services.reviews.decide(of_vm, moment.id, "approved")
    with pytest.raises(Forbidden):
        await services.reviews.decide(world.viewer, moment.id, "approved")
    with pytest.raises(NotFound):
        await services.reviews.decide(world.stranger, moment.id, "approved")
    with pytest.raises(NotFound):
        await services.commits.compare(world.stranger, moment.id, moment.id)
    other = await capture(world, 2, None)
    with pytest.raises(NotFound):
        await services.checks.build_for_vm(of_vm, other.id)
    note = await services.moments.create(world.member, NewMoment("A note"))
    with pytest.raises(Conflict, match="Only captures of commits"):
        await services.reviews.decide(world.member, note.id, "approved")


async def test_limits_are_measured_and_chosen(world: World) -> None:
    services = world.services
    first, second = await capture(world, 1, OLD), await capture(world, 2, NEW)
    found = await services.commits.calibrate(world.member, first.id, second.id, None)
    assert "too much" in found.advice
    with pytest.raises(BadFields):
        await services.reviews.set_settings(world.member, REPOSITORY, {"fineShare": 2})
    region = {"x": 260, "y": 160, "width": 80, "height": 80}
    await services.reviews.set_settings(world.member, REPOSITORY, {"ignore": [region]})
    change = await services.commits.compare(world.viewer, first.id, second.id)
    assert change.verdict == "unchanged"
    drawn = await services.commits.drawing(world.viewer, first.id, second.id, "home.png")
    assert drawn.startswith(b"\x89PNG")


async def test_equal_pairs_are_compared_once(world: World) -> None:
    first, second = await capture(world, 1, OLD), await capture(world, 2, NEW)
    third = await capture(world, 3, OLD)
    for after in (second, third):
        await world.services.commits.compare(world.viewer, first.id, after.id)
    rows = await world.services.database.fetch("SELECT * FROM picture_comparisons")
    assert len(rows) == 2  # old to new, and back
    world.clock.advance(181 * 24 * 3600)
    await world.services.work.handlers["commits.purge"]({})
    assert not await world.services.database.fetch("SELECT * FROM picture_comparisons")


async def test_new_limits_apply_to_captures_that_were_checked(world: World) -> None:
    services = world.services
    first = await capture(world, 1, OLD)
    await services.reviews.decide(world.member, first.id, "approved")
    second = await capture(world, 2, NEW, gitAncestors=since(1))
    third = await capture(world, 3, NEW, gitAncestors=since(1))
    whole = Region(0, 0, 10_000, 10_000)
    for region, state in ((whole, "passed"), (None, "changed")):
        ignored = (region,) if region else ()
        await services.reviews.edit_settings(
            world.member, REPOSITORY, partial(replace, ignore=ignored)
        )
        await world.run_jobs()
        for each in (second, third):
            assert (await services.checks.build(world.viewer, each.id)).state == state


async def test_an_approval_checks_open_captures_again(world: World) -> None:
    services = world.services
    first = await capture(world, 1, OLD)
    second = await capture(world, 2, NEW, gitAncestors=since(1))
    assert (await services.checks.build(world.viewer, second.id)).state == "new"
    await services.reviews.decide(world.member, first.id, "approved")
    await world.run_jobs()
    assert (await services.checks.build(world.viewer, second.id)).state == "changed"


async def test_what_no_index_can_hold_is_refused(world: World) -> None:
    moments = world.services.moments
    wide = "".join(map(chr, range(0x10400, 0x10400 + 2000)))  # four bytes each
    for repository in (wide, {"name": wide}, [wide]):
        new = NewMoment("Commit", metadata={"repository": repository}, kind="commit")
        with pytest.raises(BadFields) as caught:
            await moments.create(world.member, new)
        assert "repository" in caught.value.fields["metadata"]
    git = Git(branch=wide[:500], commit_hash=wide[:500], author=wide[:500])
    longest = NewMoment("Commit", metadata={"repository": wide[:100]}, git=git, kind="commit")
    moment = await moments.create(world.member, longest)
    await world.services.reviews.ignore(world.member, moment.id, wide[:255], "m1-" + "0" * 32)
    await world.services.reviews.set_settings(world.member, wide[:100], {})
    with pytest.raises(BadFields):
        await world.services.reviews.set_settings(world.member, wide, {})


async def test_a_private_capture_is_compared_with_by_its_creator_alone(world: World) -> None:
    services = world.services
    first = await capture(world, 1, OLD)
    private = await capture(world, 2, OTHER)
    for each in (first, private):
        await services.reviews.decide(world.member, each.id, "approved")
    change = MomentChange(visibility="private")
    await services.moments.update(world.member, private.id, change)
    third = await capture(world, 3, NEW)
    build = await services.checks.build(world.viewer, third.id)
    assert build.baseline_id == first.id
    [newest, *_] = await services.timeline.page(world.viewer, TimelineFilter(limit=1))
    assert (newest.id, newest.previous_id) == (third.id, first.id)


async def test_a_timeline_is_read_page_by_page(world: World) -> None:
    services = world.services
    pictures = [OLD, NEW, NEW]
    made = [await capture(world, n, picture) for n, picture in enumerate(pictures)]
    private = await capture(world, 7, None, branch="secret")
    await services.database.execute(
        "UPDATE moments SET visibility = 'private' WHERE id = $1", private.id
    )
    wanted = TimelineFilter(repository=REPOSITORY, limit=2)
    page_1 = await services.timeline.page(world.viewer, wanted)
    last = page_1[-1]
    page_2 = await services.timeline.page(world.viewer, wanted, Cursor(last.created_at, last.id))
    items = [*page_1, *page_2]
    assert [item.id for item in items] == [moment.id for moment in reversed(made)]
    assert [item.previous_share and round(item.previous_share, 3) for item in items] == [
        0, 0.017, None,
    ]  # fmt: skip
    assert all(item.picture_url for item in items)
    assert (await services.timeline.total(world.viewer, wanted)).value == 3
    axes = await services.timeline.axes(world.viewer, REPOSITORY)
    assert [(axis.value, axis.count) for axis in axes.branches] == [("main", 3)]
    assert await services.timeline.page(world.stranger, wanted) == []
    found = await services.checks.builds(world.viewer, hash_of(1), REPOSITORY)
    assert [build.moment_id for build in found] == [made[1].id]
