"""What the storage page shows: the bytes in use, and the organisation's parked jobs."""

import pytest

from domain.core.errors import Forbidden, NotFound
from domain.moments.models import Usage
from tests.integration.domain.conftest import World
from tests.integration.domain.test_moment_assets import png, upload


async def test_bytes_in_use_are_counted_with_previews(world: World) -> None:
    assets = world.services.moment_assets
    assert await assets.usage(world.viewer) == Usage(0, 0)
    data = png()
    await upload(world, data, "image/png")
    used = await assets.usage(world.viewer)
    assert used.files == 1
    assert used.size_bytes > len(data)
    assert await assets.usage(world.stranger) == Usage(0, 0)


async def test_parked_jobs_are_their_organisation_s_admins_alone(world: World) -> None:
    services = world.services
    jobs = services.parked_jobs
    for name, organization_id in (("a", world.owner.organization_id), ("b", None)):
        await services.queue.enqueue(name, {}, organization_id=organization_id)
    await services.database.execute("UPDATE job SET state = 'parked'")
    [job] = await jobs.list(world.admin)
    assert job.name == "a"
    assert await jobs.list(world.stranger) == []
    with pytest.raises(Forbidden):
        await jobs.list(world.member)
    with pytest.raises(NotFound):
        await jobs.retry(world.stranger, job.id)
    with pytest.raises(Forbidden):
        await jobs.discard(world.member, job.id)
    await jobs.retry(world.admin, job.id)
    assert await jobs.list(world.admin) == []
    with pytest.raises(NotFound):
        await jobs.discard(world.admin, job.id)
    assert [each.name for each in await services.queue.parked()] == ["b"]
