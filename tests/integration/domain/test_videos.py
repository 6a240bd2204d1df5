"""Videos from submission to deletion, with a fake media node that cuts."""

import asyncio
import hashlib
import json
from pathlib import Path

import pytest

from domain.core.errors import Conflict, NodeUnavailable, NotFound
from domain.moments.models import NewAsset, NewMoment
from domain.search.models import Query
from domain.videos.correcting import Correction, LineChange
from domain.videos.models import NewVideo, Submitted, Video, VideoCounts
from domain.videos.pipeline import MAX_ATTEMPTS
from tests.integration.domain.conftest import World
from tests.support.films import write_film, write_talk

CAPTIONS = b"""WEBVTT

00:00.200 --> 00:01.500
<v Ada>Is the lord of the universe <u>in</u>?

00:01.600 --> 00:03.500
Yes, he is in.
"""


async def put(world: World, moment_id: str, asset_id: str, data: bytes) -> None:
    """Send the bytes of an upload that has begun."""
    services = world.services
    assets = await services.moment_assets.list(world.member, moment_id)
    file = next(asset.file for asset in assets if asset.id == asset_id)
    stored = await services.storage.put(file.bucket, file.key, data, content_type=file.content_type)
    digest = hashlib.sha256(data).hexdigest()
    await services.uploads.arrived(file.bucket, file.key, stored, digest)


async def begun(world: World, data: bytes, mime_type: str = "video/mp4") -> Submitted:
    """Submit an upload without its bytes."""
    new = NewVideo(file_name="A talk.mp4", mime_type=mime_type, size_bytes=len(data))
    return await world.services.videos.submit(world.member, new)


async def submitted(world: World, data: bytes, captions: bytes | None = None) -> Video:
    """Upload a video, perhaps with a caption file beside it."""
    await world.beat()
    video = (await begun(world, data)).video
    [asset] = await world.services.moment_assets.list(world.member, video.moment_id)
    if captions is not None:
        new = NewAsset("other", "a.vtt", "text/vtt", len(captions), "api")
        beside = await world.services.uploads.begin(world.member, video.moment_id, new)
        await put(world, video.moment_id, beside.asset_id, captions)
    await put(world, video.moment_id, asset.id, data)
    return video


async def settled(world: World, video: Video) -> Video:
    """Run jobs until none is left."""
    await world.beat()  # by the database's clock it may have been long ago
    while await world.run_jobs():
        await world.beat()
    return await world.services.videos.get(world.member, video.id)


@pytest.fixture
def talk(tmp_path: Path) -> bytes:
    write_talk(tmp_path / "talk.mp4")
    return (tmp_path / "talk.mp4").read_bytes()


async def test_how_loud_an_older_video_is_becomes_known_when_somebody_looks(
    world: World, talk: bytes
) -> None:
    loudness, database = world.services.video_loudness, world.services.database
    video = await settled(world, await submitted(world, talk, CAPTIONS))
    levels = await loudness.levels(world.viewer, video.id)
    await database.execute("UPDATE videos SET loudness = NULL")
    assert await loudness.levels(world.viewer, video.id) is None
    await settled(world, video)
    assert await loudness.levels(world.viewer, video.id) == levels
    await database.execute("UPDATE videos SET loudness = NULL, audio_id = NULL, has_audio = false")
    assert await loudness.levels(world.viewer, video.id) == b""
    with pytest.raises(NotFound):
        await loudness.levels(world.stranger, video.id)


async def test_an_upload_goes_through_every_stage_and_leaves_nothing(
    world: World, talk: bytes
) -> None:
    services = world.services
    video = await submitted(world, talk, CAPTIONS)
    assert (video.status, video.title) == ("queued", "A talk")
    video = await settled(world, video)
    assert [(s.name, s.status, s.attempts) for s in video.stages] == [
        (name, "completed", 1) for name in ("ingest", "audio", "transcript", "moments", "clips")
    ], video.stages
    assert (video.status, video.width, video.has_audio) == ("completed", 320, True)
    [notice] = await services.notices.list(world.member)
    assert (notice.kind, notice.href) == ("video", f"/videos/{video.id}")
    assert notice.title == "“A talk” is ready"
    assert abs((video.duration_ms or 0) - 4000) < 100
    assert video.poster_url
    levels = await services.video_loudness.levels(world.viewer, video.id)
    assert levels is not None
    assert max(levels) > 100
    transcript = await services.videos.transcript(world.viewer, video.id)
    assert transcript.source == "file"
    assert [line.text for line in transcript.lines] == [
        "Is the lord of the universe in?",
        "Yes, he is in.",
    ]
    assert [transcript.name_of(line.speaker) for line in transcript.lines] == ["Ada", None]
    await world.index()
    asked = Query("lord universe", match="words", kinds=["line"])
    [said] = (await services.search.find(world.viewer, asked)).hits
    assert (said.moment_id, said.start_s) == (video.moment_id, transcript.lines[0].start_ms / 1000)
    assert said.href == f"/videos/{video.id}?t={said.start_s:g}"
    moment = await services.moments.get(world.member, video.moment_id)
    assert moment.kind == "video"
    assert [line.text for line in moment.insight.speakers] == [
        line.text for line in transcript.lines
    ]
    with pytest.raises(NotFound):
        await services.videos.get(world.stranger, video.id)
    counts = await services.videos.counts(world.viewer)
    assert counts == VideoCounts(1, 0, 0, video.duration_ms or 0)
    assert (await services.videos.list(world.viewer, progress="failed")).total == 0
    assert (await services.videos.counts(world.stranger)).total == 0
    assert [*await services.videos.of_moments(world.viewer, [moment.id])] == [moment.id]
    assert not await services.videos.of_moments(world.stranger, [moment.id])

    await services.videos.delete(world.member, video.id)
    await world.run_jobs()
    await world.index()
    with pytest.raises(NotFound):
        await services.moments.get(world.member, video.moment_id)
    storage = services.settings.home / "storage"
    assert [path for path in storage.rglob("*") if path.is_file()] == []
    for table in ("videos", "video_stages", "transcripts", "moment_assets", "orphan", "job"):
        assert await services.database.fetchval(f"SELECT count(*) FROM {table}") == 0, table


async def test_a_video_longer_than_the_limit_is_refused(world: World, tmp_path: Path) -> None:
    write_film(tmp_path / "long.mp4", "mpeg4", last_at_s=10 * 3600)
    data = (tmp_path / "long.mp4").read_bytes()
    video = await settled(world, await submitted(world, data))
    assert (video.status, video.error) == (
        "failed",
        "The video is 10.0 hours long; the limit is 4 hours. Cut it first.",
    )


async def test_a_video_waits_for_its_bytes(world: World, talk: bytes) -> None:
    video = (await begun(world, talk)).video
    with pytest.raises(Conflict, match="has not arrived"):
        await world.services.videos.start(world.member, video.id)
    assert await world.run_jobs() == []


async def test_a_file_of_another_type_fails_with_the_reason(world: World) -> None:
    video = await settled(world, await submitted(world, b"<html>not a video</html>" * 20))
    assert video.status == "failed"
    assert video.stages[0].error
    assert "not a readable video" in video.stages[0].error
    told = {each.kind: each for each in await world.services.notices.list(world.member)}
    assert told["video"].title == "“A talk” could not be processed"
    assert told["video"].detail == video.error


async def test_cancel_then_retry_continues_where_it_stopped(world: World, talk: bytes) -> None:
    services = world.services
    video = await submitted(world, talk)
    while (await services.videos.get(world.member, video.id)).stages[1].status != "completed":
        await world.run_jobs()
    cancelled = await services.videos.cancel(world.member, video.id)
    assert [stage.status for stage in cancelled.stages] == ["completed"] * 2 + ["cancelled"] * 3
    await world.run_jobs()
    assert (await services.videos.get(world.member, video.id)).status == "cancelled"
    with pytest.raises(Conflict):
        await services.videos.cancel(world.member, video.id)
    await services.videos.retry(world.member, video.id)
    done = await settled(world, video)
    assert (done.status, done.stages[1].attempts) == ("completed", 1)
    transcript = await services.videos.transcript(world.member, video.id)
    assert (transcript.source, transcript.lines) == ("none", ())
    assert transcript.reason
    assert transcript.reason.endswith(".")


async def test_what_a_person_makes_of_a_video_is_cut_and_never_overwritten(
    world: World, talk: bytes
) -> None:
    services = world.services
    editing = services.video_editing
    video = await settled(world, await submitted(world, talk, CAPTIONS))
    made = await editing.add(world.member, video.id, 500, 1700)
    assert made.moment.title == "Is the lord of the universe in?"
    assert [line.text for line in made.moment.insight.speakers] == [made.moment.title]
    await settled(world, video)
    [found] = await services.videos.moments(world.member, video.id)
    assert (found.clip_status, found.origin, found.is_edited) == ("ready", "person", True)
    assert await services.videos.clip_url(world.viewer, found.moment.id)

    refined = await editing.refine(world.member, video.id, found.moment.id)
    assert (refined.start_ms, refined.end_ms, refined.clip_status) == (100, 3750, "waiting")
    await settled(world, video)
    files = await services.moment_assets.list(world.member, found.moment.id)
    assert len(files) == 1
    assert "POST /control/files/cuts" in world.node.calls

    await services.vertical_exports.request(world.member, video.id, found.moment.id, crop=0.3)
    await settled(world, video)
    [found] = await services.videos.moments(world.member, video.id)
    assert (found.vertical_status, found.vertical_crop) == ("ready", 0.3)
    assert found.vertical_error is None
    names = [
        f.file.file_name for f in await services.moment_assets.list(world.member, found.moment.id)
    ]
    assert names[1].endswith("(vertical).mp4")

    change = Correction([LineChange(0, "Is the lord of the manor in?")], {0: "Ada"})
    await editing.correct(world.member, video.id, change)
    await services.videos.start(world.member, video.id, "transcript")
    await settled(world, video)
    transcript = await services.videos.transcript(world.member, video.id)
    assert [line.text for line in transcript.lines] == [
        "Is the lord of the manor in?",
        "Yes, he is in.",
    ]
    [found] = await services.videos.moments(world.member, video.id)
    assert found.moment.insight.speakers[0].text == "Is the lord of the manor in?"
    await editing.dismiss(world.member, video.id, found.moment.id)
    await editing.generate(world.member, video.id, "the funny parts")
    assert (await settled(world, video)).status == "completed"
    assert await services.videos.moments(world.member, video.id) == ()


async def test_a_stage_that_is_interrupted_begins_again_and_does_nothing_twice(
    world: World, talk: bytes
) -> None:
    """A cancelled job leaves what a killed worker leaves: its last committed transaction."""
    services = world.services
    video = await submitted(world, talk, CAPTIONS)
    await world.run_jobs()  # the check of the files
    run_stage = services.work.handlers["videos.stage"]
    while rows := await services.database.fetch(
        "DELETE FROM job WHERE name = 'videos.stage' RETURNING args"
    ):
        args = json.loads(rows[0]["args"])
        for patience_s in (0.001, 0.03, 0.3):
            task = asyncio.ensure_future(run_stage(args))
            await asyncio.wait({task}, timeout=patience_s)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await run_stage(args)
    done = await services.videos.get(world.member, video.id)
    assert [stage.status for stage in done.stages] == ["completed"] * 5, done.stages
    files = await services.database.fetch(
        "SELECT purpose, count(*) FROM moment_assets WHERE moment_id = $1 GROUP BY purpose"
        " ORDER BY purpose",
        video.moment_id,
    )
    assert list(map(tuple, files)) == [("derived", 2), ("media", 2), ("preview", 1)]
    assert list((services.settings.home / "videos").iterdir()) == []


async def test_a_stage_whose_worker_dies_each_time_fails_in_the_end(
    world: World, talk: bytes
) -> None:
    services = world.services
    video = await submitted(world, talk)
    await world.run_jobs()
    await services.database.execute(
        "UPDATE video_stages SET attempts = $1 WHERE video_id = $2", MAX_ATTEMPTS, video.id
    )
    done = await settled(world, video)
    assert (done.status, done.stages[0].status) == ("failed", "failed")
    assert "interrupted too often" in (done.error or "")


async def test_exports_are_listed_while_they_are_made_and_failures_told(
    world: World, talk: bytes
) -> None:
    services = world.services
    video = await settled(world, await submitted(world, talk, CAPTIONS))
    found = await services.video_editing.add(world.member, video.id, 500, 1700)
    await world.beat()
    await settled(world, video)
    await services.vertical_exports.request(world.member, video.id, found.moment.id)
    [export] = await services.vertical_exports.unfinished(world.member)
    assert (export.moment_id, export.video_id) == (found.moment.id, video.id)
    for other in (world.admin, world.stranger):
        assert await services.vertical_exports.unfinished(other) == []
    await services.database.execute(
        "UPDATE video_moments SET asset_id = NULL WHERE moment_id = $1", found.moment.id
    )
    await world.run_jobs()
    assert await services.vertical_exports.unfinished(world.member) == []
    title = f"The export of “{found.moment.title}” failed"
    assert title in [each.title for each in await services.notices.list(world.member)]
    await services.database.execute(
        "UPDATE video_moments SET clip_status = 'failed', clip_error = 'It is damaged.'"
    )
    with pytest.raises(Conflict, match="It is damaged"):
        await services.vertical_exports.request(world.member, video.id, found.moment.id)


async def test_organisations_take_turns(world: World) -> None:
    """Twenty submissions of one do not keep another waiting, nor every worker busy."""
    services = world.services
    for number in range(20):
        new = NewVideo(url=f"https://media.example.org/{number}.mp4")
        await services.videos.submit(world.member, new)
    theirs = (
        await services.videos.submit(world.stranger, NewVideo(url="https://media.example.org/x"))
    ).video
    order: list[str] = []
    while rows := await services.database.fetch(
        "DELETE FROM job WHERE name = 'videos.stage' RETURNING args"
    ):
        assert len(rows) <= 2  # fetches at a time; the other job slots stay free
        for row in rows:
            args = json.loads(row["args"])
            order.append(args["video_id"])
            caller = world.stranger if args["video_id"] == theirs.id else world.member
            await services.videos.cancel(caller, args["video_id"])
    assert len(order) == 21
    assert order.index(theirs.id) <= 2


async def test_what_is_down_postpones_a_stage(world: World, talk: bytes) -> None:
    services = world.services
    video = await settled(world, await submitted(world, talk, CAPTIONS))
    world.node.refuse = NodeUnavailable("The media node is restarting. Try again.")
    await services.video_editing.add(world.member, video.id, 500, 1700)
    await world.run_jobs()
    waiting = await services.videos.get(world.member, video.id)
    assert (waiting.status, waiting.stages[-1].status) == ("running", "queued")
    world.node.refuse = None
    world.clock.advance(600)
    await world.beat()
    done = await settled(world, video)
    assert (done.status, done.stages[-1].status) == ("completed", "completed")


async def test_a_file_of_a_moment_is_understood_without_being_listed(
    world: World, talk: bytes
) -> None:
    services = world.services
    await world.beat()
    moment = await services.moments.create(world.member, NewMoment("A clip"))
    for data, name, kind in ((CAPTIONS, "a.vtt", "text/vtt"), (talk, "a.mp4", "video/mp4")):
        new = NewAsset("other", name, kind, len(data), "api")
        begun = await services.uploads.begin(world.member, moment.id, new)
        await put(world, moment.id, begun.asset_id, data)
    await world.run_jobs()
    for _ in range(2):  # a job may run twice
        await services.videos.understand({"asset_id": begun.asset_id})
    while await world.run_jobs():
        pass
    told = await services.moments.get(world.member, moment.id)
    assert [line.text for line in told.insight.speakers] == [
        "Is the lord of the universe in?",
        "Yes, he is in.",
    ]
    assert (await services.videos.list(world.member)).total == 0
    made = await services.videos.submit(world.member, NewVideo(moment_id=moment.id))
    assert (await settled(world, made.video)).status == "completed"
    assert (await services.videos.list(world.member)).total == 1
    with pytest.raises(Conflict, match="already"):
        await services.videos.submit(world.member, NewVideo(moment_id=moment.id))
    await services.videos.delete(world.member, made.video.id)
    assert len(await services.moment_assets.list(world.member, moment.id)) == 2
