"""What a video's privacy means for the moments found in it, and for what people said of it."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from domain.core.errors import Conflict, Forbidden, NotFound
from domain.live.models import Stream, StreamChange
from domain.moments.models import Count, MomentChange, MomentFilter, NewMoment
from domain.profiles.models import PublicProfile
from domain.search.models import Query
from domain.videos.correcting import Correction
from domain.videos.models import Candidate, NewVideo
from tests.integration.domain.conftest import World
from tests.integration.domain.test_videos import CAPTIONS, settled, submitted
from tests.support.films import write_talk

PRIVATE = MomentChange(visibility="private")


async def test_found_moments_follow_a_video_that_becomes_private(
    world: World, tmp_path: Path
) -> None:
    services = world.services
    write_talk(tmp_path / "talk.mp4")
    video = await submitted(world, (tmp_path / "talk.mp4").read_bytes(), CAPTIONS)
    await settled(world, video)
    editing = services.video_editing
    hidden = (await editing.add(world.member, video.id, 0, 1500, "A secret")).moment
    public = (await editing.add(world.admin, video.id, 1600, 3000, "For everybody")).moment
    with pytest.raises(Forbidden):
        await editing.dismiss(world.member, video.id, public.id)
    await services.moments.update(world.member, public.id, MomentChange(visibility="public"))
    await editing.correct(world.member, video.id, Correction(names={0: "Ada"}))
    assert await editing.speaker_names(world.viewer) == ["Ada"]
    assert (await services.moments.get(world.viewer, hidden.id)).title == "A secret"

    await services.moments.update(world.member, video.moment_id, PRIVATE)

    with pytest.raises(NotFound):
        await services.moments.get(world.viewer, hidden.id)
    with pytest.raises(NotFound):
        await services.videos.clip_url(world.viewer, hidden.id)
    assert (await services.moments.get(world.viewer, public.id)).visibility == "public"
    assert (await services.moments.get(world.member, hidden.id)).title == "A secret"
    assert await editing.speaker_names(world.viewer) == []
    assert await editing.speaker_names(world.member) == ["Ada"]
    row = await editing._rows.by_id(video.id)
    assert row is not None
    assert await editing._transcripts.hotwords(row) == ["Ada"]
    assert await editing._transcripts.hotwords(replace(row, created_by=None)) == []


async def test_a_stage_that_runs_meanwhile_sees_that_the_video_became_private(
    world: World,
) -> None:
    services = world.services
    new = NewVideo(file_name="A talk.mp4", mime_type="video/mp4", size_bytes=9)
    video = (await services.videos.submit(world.member, new)).video
    stores = services.video_editing
    row = await stores._rows.by_id(video.id)
    assert row is not None
    await services.moments.update(world.member, video.moment_id, PRIVATE)
    candidate = Candidate(0, 1000, "A secret", None, (), "signals")
    async with services.database.transaction():
        await stores._found.replace(row, [candidate], None)
    [found] = await services.videos.moments(world.member, video.id)
    assert found.moment.visibility == "private"


async def found_in_clip(world: World, visibility: str, *titles: str) -> tuple[Stream, list[str]]:
    """Return a stream, and moments that were found in a clip of it."""
    services = world.services
    stream = await world.stream(visibility=visibility)
    new = NewVideo(file_name="A talk.mp4", mime_type="video/mp4", size_bytes=9)
    video = (await services.videos.submit(world.member, new)).video
    await services.database.execute(
        "UPDATE moments SET source_id = $1 WHERE id = $2", stream.id, video.moment_id
    )
    row = await services.video_editing._rows.by_id(video.id)
    assert row is not None
    async with services.database.transaction():
        return stream, [
            await services.video_editing._found.add(
                row, Candidate(0, 1000, title, None, (), "signals"), None
            )
            for title in titles
        ]


async def test_what_is_found_in_a_clip_of_a_private_stream_is_private(world: World) -> None:
    _, [found] = await found_in_clip(world, "private", "A secret")
    assert (await world.services.moments.get(world.member, found)).visibility == "private"


# Streams that were removed and that nobody owns any more; so many are not named in each query.
_REMOVED = """
INSERT INTO stream (id, organization_id, name, slug, kind, buffer_s, visibility, allow_capture,
    publish_key_version, created_at, updated_at, deleted_at)
SELECT 'removed' || n, id, '', 'removed' || n, 'push', 120, 'private', true, 1, $2, $2, $2
FROM organization, generate_series(1, $1) n
WHERE id = (SELECT organization_id FROM membership WHERE user_id = $3)
"""


@pytest.mark.parametrize("removed", [0, 300])
async def test_found_moments_follow_a_stream_that_becomes_private_and_public(
    world: World, removed: int
) -> None:
    services, streams = world.services, world.services.streams
    await services.database.execute(_REMOVED, removed, world.clock.now(), world.member.user_id)
    stream, found = await found_in_clip(
        world, "organization", "The otter dives", "The otter dives again", "An otter that is gone"
    )
    secret, public, binned = found
    change = MomentChange(visibility="public", tags=["river"])
    slug = (await services.moments.update(world.member, public, change)).slug
    await services.moments.update(world.member, secret, MomentChange(tags=["river"]))
    await services.moments.delete(world.member, [binned])
    near = await services.moments.create(world.owner, NewMoment("The otter", tags=["river"]))
    await services.profiles.save(world.member, "mira", "")
    await services.work.handlers["search.vectors"]({})
    await world.index()
    assert slug is not None
    before = await seen(world, near.id, slug)
    open_to_all = ("page", "profile", "sitemap")
    assert before == {
        name: {public} if name in open_to_all else {secret, public} for name in before
    }

    await streams.update(world.admin, stream.id, StreamChange(visibility="private"))

    after = await seen(world, near.id, slug)
    assert after == {name: set() for name in before}
    for moment_id in (secret, public):
        with pytest.raises(NotFound):
            await services.moments.get(world.viewer, moment_id)
        assert (await services.moments.get(world.owner, moment_id)).id == moment_id
    with pytest.raises(Conflict):
        await services.moments.update(world.member, secret, MomentChange(visibility="public"))
    await services.moments.update(world.member, secret, MomentChange(title="A secret otter"))
    audience = await services.database.fetchval(
        "SELECT audience FROM event ORDER BY id DESC LIMIT 1"
    )
    assert set(audience) == {world.member.user_id, world.owner.user_id}

    await streams.update(world.admin, stream.id, StreamChange(visibility="organization"))
    await world.index()
    assert await seen(world, near.id, slug) == before


async def seen(world: World, near: str, slug: str) -> dict[str, set[str | None]]:
    """Return the found moments that a viewer sees in each place, and anybody on each page."""
    services, viewer = world.services, world.viewer
    page = await services.moments.list(viewer, MomentFilter(kinds=("clip",)))
    counts = await services.moments.counts(viewer, MomentFilter())
    assert page.total == counts["clip"] == Count(len(page.items))
    words = await services.search.find(viewer, Query("otter", match="words"))
    meaning = await services.search.find(viewer, Query("an otter swims"))
    assert meaning.match == "meaning"
    alike = await services.discover.similar(viewer, near)
    profile = await services.profiles.public("mira")
    assert isinstance(profile, PublicProfile)
    assert profile.total == len(profile.moments)
    opened = []
    with suppress(NotFound):
        await services.moment_pages.view(slug)
        opened.append(f"/m/{slug}")
    listed = {moment.id for moment in page.items}
    by_path = {f"/m/{each.slug}": each.id for each in profile.moments}
    places: dict[str, set[str | None]] = {
        "list": {*listed},
        "words": {hit.moment_id for hit in words.hits},
        "meaning": {hit.moment_id for hit in meaning.hits},
        "alike": {each.id for each in alike},
        "page": {by_path[path] for path in opened},
        "profile": {*by_path.values()},
        "sitemap": {by_path[path] for path in await services.moment_pages.listed(9)},
    }
    return {name: ids - {near} for name, ids in places.items()}
