"""Builds whose files fail, never arrive, are cancelled or no pictures."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from domain.commits.models import TimelineFilter
from domain.moments.models import Asset, Moment, NewAsset, ProcessingStatus
from tests.integration.domain.commit_captures import OLD, capture, upload
from tests.integration.domain.conftest import World


async def _begun(world: World, number: int, *names: str) -> tuple[Moment, Sequence[Asset]]:
    """Begin the uploads of an agent's capture, of which nothing arrives yet."""
    moment = await capture(world, number, None, agent={"masked": 0})
    for name in names:
        new = NewAsset("screenshot", name, "image/png", len(OLD), "api")
        if name.endswith(".log"):
            new = replace(new, asset_type="log_file", mime_type="text/plain")
        await world.services.uploads.begin(world.member, moment.id, new)
    return moment, await world.services.moment_assets.list(world.member, moment.id)


async def test_a_picture_that_never_arrives_fails_its_build(world: World) -> None:
    services = world.services
    moment, _ = await _begun(world, 1, "home.png", "menu.png")
    await upload(world, world.member, moment.id, OLD)
    while await world.run_jobs():
        pass
    assert (await services.checks.build(world.viewer, moment.id)).state == "pending"
    world.clock.advance(3 * 24 * 3600)
    assert await services.uploads.sweep() == 2
    while await world.run_jobs():
        pass
    build = await services.checks.build(world.viewer, moment.id)
    assert (build.state, build.conclusion) == ("failed", "failure")
    assert build.summary == (
        "home.png: The file never arrived, because its upload was interrupted."
        " Capture the commit again. Files that failed: 2."
    )
    assert await services.uploads.sweep() == 0
    files = await services.moment_assets.list(world.viewer, moment.id)
    assert sorted(each.processing_status for each in files) == ["completed", "failed", "failed"]


async def test_a_file_that_cannot_be_read_fails_its_build(world: World) -> None:
    moment = await capture(world, 1, b"no picture")
    build = await world.services.checks.build(world.viewer, moment.id)
    assert build.state == "failed"
    assert build.summary.startswith("home.png: ")


@pytest.mark.parametrize(("names", "state"), [(("home.png",), "failed"), (("app.log",), "new")])
async def test_a_cancelled_upload_ends_the_wait_for_it(
    world: World, names: Sequence[str], state: str
) -> None:
    services = world.services
    moment, [asset] = await _begun(world, 1, *names)
    if state == "new":
        await upload(world, world.member, moment.id, OLD)
    while await world.run_jobs():
        pass
    assert (await services.checks.build(world.viewer, moment.id)).state == "pending"
    await services.uploads.abandon(asset.file.bucket, asset.file.key)
    await world.run_jobs()
    build = await services.checks.build(world.viewer, moment.id)
    assert build.state == state
    assert "No file arrived" in build.summary or state == "new"


@pytest.mark.parametrize("has_picture", [True, False])
async def test_a_log_that_arrives_last_ends_the_wait_too(
    world: World, *, has_picture: bool
) -> None:
    services = world.services
    baseline = await capture(world, 0, OLD)
    await services.reviews.decide(world.member, baseline.id, "approved")
    moment, [log] = await _begun(world, 1, "app.log")
    if has_picture:
        await upload(world, world.member, moment.id, OLD)
    while await world.run_jobs():
        pass
    text = b"x" * len(OLD)
    stored = await services.storage.put(
        log.file.bucket, log.file.key, text, content_type="text/plain"
    )
    await services.uploads.arrived(log.file.bucket, log.file.key, stored, "0" * 64)
    while await world.run_jobs():
        pass
    build = await services.checks.build(world.viewer, moment.id)
    assert (build.state, build.conclusion) == ("passed" if has_picture else "empty", "success")
    assert "nothing to compare" in build.summary or has_picture
    [newest, *_] = await services.timeline.page(world.viewer, TimelineFilter(limit=1))
    assert newest.previous_share == (0 if has_picture else None)


async def test_an_agent_that_died_before_it_named_its_files_fails_its_build(world: World) -> None:
    services = world.services
    moment, _ = await _begun(world, 1)
    by_hand = await capture(world, 2, None)

    async def builds() -> Sequence[tuple[str, str]]:
        found = [await services.checks.build(world.viewer, m.id) for m in (moment, by_hand)]
        return [(build.state, build.conclusion) for build in found]

    assert await builds() == [("pending", "pending"), ("pending", "pending")]
    delay = await services.database.fetchval(
        "SELECT extract(epoch FROM run_at - created_at)::int FROM job WHERE key = $1"
        " AND name = 'commits.check'",
        moment.id,
    )
    assert delay == 3600
    while await world.run_jobs():
        pass
    assert await builds() == [("failed", "failure"), ("empty", "success")]
    build = await services.checks.build(world.viewer, moment.id)
    assert build.summary == "No file arrived. Capture the commit again."
    # It went on after all.
    await upload(world, world.member, moment.id, OLD)
    while await world.run_jobs():
        pass
    assert await builds() == [("new", "success"), ("empty", "success")]


async def test_a_status_that_is_set_by_hand_asks_for_a_new_check(world: World) -> None:
    services = world.services
    moment, [menu] = await _begun(world, 1, "menu.png")
    await upload(world, world.member, moment.id, OLD)
    while await world.run_jobs():
        pass
    cases: Sequence[tuple[ProcessingStatus, str]] = (("failed", "failed"), ("completed", "new"))
    for status, state in cases:
        await services.uploads.set_status(
            world.member, menu.id, status, error="It is damaged.", metadata={}
        )
        while await world.run_jobs():
            pass
        build = await services.checks.build(world.viewer, moment.id)
        assert build.state == state
        assert (build.summary == "menu.png: It is damaged.") is (status == "failed")
