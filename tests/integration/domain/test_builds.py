"""Builds whose files fail, never arrive or are cancelled."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from domain.moments.models import Asset, Moment, NewAsset
from tests.integration.domain.commit_captures import OLD, capture, upload
from tests.integration.domain.conftest import World


async def _begun(world: World, number: int, *names: str) -> tuple[Moment, Sequence[Asset]]:
    """Begin a capture's uploads, of which nothing arrives yet."""
    moment = await capture(world, number, None)
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


async def test_a_log_that_arrives_last_ends_the_wait_too(world: World) -> None:
    services = world.services
    moment, [log] = await _begun(world, 1, "app.log")
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
    assert (await services.checks.build(world.viewer, moment.id)).state == "new"
