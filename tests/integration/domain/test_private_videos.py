"""What a video's privacy means for the moments found in it, and for what people said of it."""

from dataclasses import replace
from pathlib import Path

import pytest

from domain.core.errors import Forbidden, NotFound
from domain.moments.models import MomentChange
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


async def test_what_is_found_in_a_clip_of_a_private_stream_is_private(world: World) -> None:
    services = world.services
    stream = await world.stream(visibility="private")
    new = NewVideo(file_name="A talk.mp4", mime_type="video/mp4", size_bytes=9)
    video = (await services.videos.submit(world.member, new)).video
    await services.database.execute(
        "UPDATE moments SET source_id = $1 WHERE id = $2", stream.id, video.moment_id
    )
    stores = services.video_editing
    row = await stores._rows.by_id(video.id)
    assert row is not None
    candidate = Candidate(0, 1000, "A secret", None, (), "signals")
    async with services.database.transaction():
        await stores._found.replace(row, [candidate], None)
    [found] = await services.videos.moments(world.member, video.id)
    assert found.moment.visibility == "private"
