"""Captures of commits, for the tests of several services."""

import hashlib
from collections.abc import Sequence

from domain.accounts.models import Caller
from domain.moments.models import Git, Moment, NewAsset, NewMoment
from tests.integration.domain.conftest import World
from tests.unit.commits.pictures import disc, page, png

REPOSITORY = "git@example.org:acme/web-shop.git"
OLD = png(page())
NEW = png(disc(page(), 300, 200, 30))
OTHER = png(disc(page(), 100, 200, 40))


def hash_of(number: int) -> str:
    """Return the hash of a commit."""
    return hashlib.sha1(str(number).encode(), usedforsecurity=False).hexdigest()


async def capture(
    world: World,
    number: int,
    data: bytes | None,
    *,
    branch: str = "main",
    caller: Caller | None = None,
    **metadata: object,
) -> Moment:
    """Capture a commit; its number orders it."""
    services, caller = world.services, caller or world.member
    world.clock.advance(60)
    new = NewMoment(
        f"Commit {number}",
        git=Git(branch=branch, commit_hash=hash_of(number), author="Ada"),
        metadata={"repository": REPOSITORY, **metadata},
    )
    moment = await services.moments.create(caller, new)
    if data is not None:
        await upload(world, caller, moment.id, data)
        await world.run_jobs()  # process
        await world.run_jobs()  # check
    return moment


async def upload(world: World, caller: Caller, moment_id: str, data: bytes) -> None:
    """Upload the picture of a capture."""
    services = world.services
    new = NewAsset("screenshot", "home.png", "image/png", len(data), "api")
    begun = await services.uploads.begin(caller, moment_id, new)
    for asset in await services.moment_assets.list(caller, moment_id):
        if asset.id == begun.asset_id:
            file = asset.file
            stored = await services.storage.put(
                file.bucket, file.key, data, content_type="image/png"
            )
            digest = hashlib.sha256(data).hexdigest()
            await services.uploads.arrived(file.bucket, file.key, stored, digest)


def since(*numbers: int) -> Sequence[str]:
    """Return the hashes of commits."""
    return [hash_of(number) for number in numbers]
