"""Snapshots and clips: what is kept, what is refused and how, and access."""

import asyncio
import base64
from datetime import timedelta

import pytest

from domain.captures.models import (
    CaptureChange,
    Clip,
    NewClip,
    NewFrame,
    NewSnapshot,
    NewTrim,
    Notes,
)
from domain.captures.recordings import MISSED_FOR
from domain.core.errors import (
    BadFields,
    Conflict,
    Forbidden,
    LeftTheBuffer,
    MomentsError,
    NodeUnavailable,
    NotFound,
    StreamOffline,
    TooEarly,
    UnsupportedMedia,
)
from domain.core.settings import Settings
from domain.core.time import to_us
from domain.live.models import NewStream, Source
from domain.moments.models import MediaFile
from tests.fakes.media_node import picture
from tests.integration.domain.conftest import World
from tests.support.waiting import until


async def read(world: World, file: MediaFile) -> bytes:
    stream = await world.services.storage.open(file.bucket, file.key)
    return b"".join([chunk async for chunk in stream])


async def objects(world: World) -> int:
    """Return how many objects no row owns."""
    return int(await world.services.database.fetchval("SELECT count(*) FROM orphan"))


async def test_a_snapshot_is_the_frame_that_was_asked_for(world: World) -> None:
    stream = await world.stream()
    at = world.ago(7.25)
    notes = Notes(title="  Full   bloom ", note="red", labels=["flower", "flower", " "])
    made = await world.services.snapshots.create(
        world.member, NewSnapshot(stream.slug, at, notes=notes)
    )
    assert (made.timestamp, made.requested_timestamp) == (at, at)
    assert (made.title, made.labels, made.width, made.height) == (
        "Full bloom", ("flower",), 1280, 720,
    )  # fmt: skip
    assert made.stream is not None
    assert made.stream.id == stream.id
    assert made.created_by == world.member.user_id
    assert made.size_bytes == len(picture())
    assert made.url != made.thumbnail_url
    file = await world.services.snapshots.file(world.viewer, made.id)
    assert await read(world, file) == picture()
    assert file.file_name == "Full bloom.jpg"
    assert await objects(world) == 0


async def test_a_snapshot_without_a_stream_uses_the_only_stream(world: World) -> None:
    with pytest.raises(BadFields, match="no stream yet"):
        await world.services.snapshots.create(world.member, NewSnapshot())
    await world.stream("Garden")
    made = await world.services.snapshots.create(world.member, NewSnapshot())
    assert made.title.startswith("Garden 2026-11-21 11:59:59")
    await world.stream("Roof")
    with pytest.raises(BadFields, match="garden, roof"):
        await world.services.snapshots.create(world.member, NewSnapshot())


async def test_stills_outside_the_window_are_refused_by_the_nodes_clock(world: World) -> None:
    stream = await world.stream()
    with pytest.raises(LeftTheBuffer):
        await world.services.snapshots.create(world.member, NewSnapshot(stream.id, world.ago(121)))
    with pytest.raises(TooEarly):
        await world.services.snapshots.create(world.member, NewSnapshot(stream.id, world.ago(-1)))


async def test_frame_data_makes_a_snapshot(world: World) -> None:
    data = picture(64, 48, "PNG")
    text = base64.b64encode(data).decode()
    for frame_data in (f"data:image/png;base64,{text}", text):
        made = await world.services.snapshots.create_from_frame(
            world.member, NewFrame(frame_data, world.ago(3600))
        )
        assert (made.mime_type, made.width, made.height) == ("image/png", 64, 48)
        assert made.timestamp == world.ago(3600)
        assert made.stream is None


async def test_bytes_are_received_while_their_note_is_written_and_stored_after_it(
    world: World, settings: Settings
) -> None:
    storage, text = settings.home / "storage", base64.b64encode(picture()).decode()
    async with world.services.database.connection() as other:
        await other.execute("BEGIN; LOCK TABLE orphan IN EXCLUSIVE MODE")
        making = asyncio.create_task(
            world.services.snapshots.create_from_frame(world.member, NewFrame(text))
        )
        await until(lambda: [*storage.rglob("*.tmp")])
        assert not [*storage.rglob("*.jpg")]
        await other.execute("COMMIT")
        made = await making
    file = await world.services.snapshots.file(world.member, made.id)
    assert await read(world, file) == picture()
    assert await objects(world) == 0


@pytest.mark.parametrize(
    "text", ["", "data:image/jpeg;base64,AAAA", "data:,", "é", "data:image/jpeg;base64,/9j/4AAQ..."]
)
async def test_frame_data_that_is_not_an_image_is_a_bad_field(world: World, text: str) -> None:
    with pytest.raises(BadFields) as caught:
        await world.services.snapshots.create_from_frame(world.member, NewFrame(text))
    assert "frame_data" in caught.value.fields


async def test_frame_data_of_an_unsupported_type_is_refused(world: World) -> None:
    with pytest.raises(UnsupportedMedia):
        await world.services.snapshots.create_from_frame(
            world.member, NewFrame("data:image/gif;base64,R0lGODlhAQABAAAAACw=")
        )


async def test_a_range_in_the_buffer_is_cut_at_once(world: World) -> None:
    stream = await world.stream()
    start = world.ago(30)
    made = await world.services.clips.create(world.member, NewClip(stream.id, start, 10_000))
    assert (made.status, made.start_ts, made.duration_ms) == ("ready", start, 10_000)
    assert made.end_ts == start + timedelta(seconds=10)
    assert made.preview_url
    assert made.url
    file = await world.services.clips.file(world.viewer, made.id)
    assert (await read(world, file)).startswith(f"clip {to_us(start)} ".encode())
    assert await objects(world) == 0


async def test_last_ms_is_limited_to_the_window(world: World) -> None:
    stream = await world.stream()
    world.live(stream.id, seconds=4)
    made = await world.services.clips.create(world.member, NewClip(last_ms=30_000))
    assert (made.duration_ms, made.end_ts) == (4000, world.clock.now())
    assert made.requested_start_ts == world.ago(30)


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (NewClip(), "start_ts"),
        (NewClip(last_ms=0), "last_ms"),
        (NewClip(last_ms=-5), "last_ms"),
        (NewClip(last_ms=120_001), "last_ms"),
        (NewClip(last_ms=1000, duration_ms=1000), "duration_ms"),
        (NewClip(duration_ms=5), "start_ts"),
    ],
)
async def test_invalid_ranges_are_bad_fields(world: World, wanted: NewClip, field: str) -> None:
    await world.stream()
    with pytest.raises(BadFields) as caught:
        await world.services.clips.create(world.member, wanted)
    assert field in caught.value.fields


@pytest.mark.parametrize("duration_ms", [0, -1, 120_001])
async def test_invalid_lengths_are_refused(world: World, duration_ms: int) -> None:
    await world.stream()
    with pytest.raises(BadFields) as caught:
        await world.services.clips.create(
            world.member, NewClip(start_ts=world.ago(9), duration_ms=duration_ms)
        )
    assert "duration_ms" in caught.value.fields


async def test_each_kind_of_range_outside_the_window_has_its_own_error(world: World) -> None:
    stream = await world.stream()
    clips = world.services.clips
    with pytest.raises(LeftTheBuffer, match="left the buffer"):
        await clips.create(world.member, NewClip(stream.id, world.ago(121), 5000))
    with pytest.raises(TooEarly, match="wait: true"):
        await clips.create(world.member, NewClip(stream.id, world.ago(-1), 5000))
    with pytest.raises(BadFields):
        await clips.create(world.member, NewClip(stream.id, world.ago(-90_000), 5, wait=True))
    world.node.windows[stream.id] = None
    with pytest.raises(StreamOffline):
        await clips.create(world.member, NewClip(stream.id, world.ago(5), 1000))
    assert await world.services.database.fetchval("SELECT count(*) FROM captures") == 0


async def test_a_missing_preview_is_made_later(world: World) -> None:
    stream = await world.stream()
    world.node.refuse_stills = True
    made = await world.services.clips.create(world.member, NewClip(stream.id, last_ms=1000))
    assert (made.status, made.preview_url) == ("ready", None)
    assert await world.run_jobs() == ["live.make_preview"]
    assert (await world.services.clips.get(world.member, made.id)).preview_url
    await world.services.work.handlers["live.make_preview"]({"clip_id": made.id})
    recorded = await world.services.clips.create(
        world.member, NewClip(stream.id, world.ago(5), 10_000)
    )
    world.node.end_recording(recorded.id)
    await world.run_jobs()
    assert (await world.services.clips.get(world.member, recorded.id)).preview_url
    assert await objects(world) == 0


async def test_a_clip_is_added_to_the_given_moment(world: World) -> None:
    stream = await world.stream()
    first = await world.services.clips.create(world.member, NewClip(stream.id, last_ms=1000))
    notes = Notes(moment_id=first.moment_id)
    second = await world.services.snapshots.create(world.member, NewSnapshot(notes=notes))
    assert second.moment_id == first.moment_id
    assert (await world.services.clips.get_by_moment(world.viewer, first.moment_id)).id == first.id
    with pytest.raises(NotFound):
        await world.services.snapshots.create(
            world.member, NewSnapshot(notes=Notes(moment_id="moment_nothing"))
        )


async def recording(world: World) -> Clip:
    stream = await world.stream()
    made = await world.services.clips.create(world.member, NewClip(stream.id, world.ago(5), 10_000))
    assert made.status == "recording"
    return made


async def test_a_range_that_ends_in_the_future_is_recorded_then_ready(world: World) -> None:
    made = await recording(world)
    assert made.preview_url
    assert made.url is None
    with pytest.raises(Conflict, match="not ready"):
        await world.services.clips.file(world.member, made.id)
    assert await world.run_jobs() == ["live.finish_recording"]
    assert (await world.services.clips.get(world.member, made.id)).status == "recording"
    world.node.end_recording(made.id)
    await world.run_jobs()
    ready = await world.services.clips.get(world.member, made.id)
    assert (ready.status, ready.error, ready.duration_ms) == ("ready", None, 10_000)
    assert world.node.recordings == {}
    assert await objects(world) == 0
    assert await world.run_jobs() == []


async def test_a_future_range_is_recorded_with_wait(world: World) -> None:
    stream = await world.stream()
    made = await world.services.clips.create(
        world.member, NewClip(stream.id, world.ago(-60), 10_000, wait=True)
    )
    assert made.status == "recording"


async def test_after_a_node_crash_the_clip_is_shorter_and_says_so(world: World) -> None:
    made = await recording(world)
    await world.node.stop()
    await world.run_jobs()
    assert (await world.services.clips.get(world.member, made.id)).status == "recording"
    await world.node.start()
    world.node.end_recording(made.id, to_us(world.ago(2)))
    await world.run_jobs()
    ready = await world.services.clips.get(world.member, made.id)
    assert (ready.status, ready.duration_ms) == ("ready", 3000)
    assert ready.error == "The node stopped while it was recording"


async def test_a_clip_of_a_lost_node_fails_and_can_be_retried(
    world: World,
) -> None:
    made = await recording(world)
    await world.node.stop()
    await world.run_jobs()
    world.clock.advance(MISSED_FOR.total_seconds() + 1)
    await world.run_jobs()
    failed = await world.services.clips.get(world.member, made.id)
    assert failed.status == "failed"
    assert "minute" in (failed.error or "")
    [notice] = await world.services.notices.list(world.member)
    assert (notice.detail, notice.href) == (failed.error, f"/library/{failed.moment_id}")
    assert [each.id for each in await world.services.gallery.unfinished(world.member)] == [made.id]
    assert await world.services.gallery.unfinished(world.owner) == (), "not theirs"
    with pytest.raises(Conflict, match="failed"):
        await world.services.clips.file(world.member, made.id)
    await world.node.start()
    world.node.end_recording(made.id)
    await world.services.clips.retry(world.member, made.id)
    await world.run_jobs()
    assert (await world.services.clips.get(world.member, made.id)).status == "ready"
    with pytest.raises(Conflict):
        await world.services.clips.retry(world.member, made.id)


async def test_a_node_that_returns_late_still_delivers_its_recording(world: World) -> None:
    made = await recording(world)
    await world.node.stop()
    await world.run_jobs()
    world.clock.advance(MISSED_FOR.total_seconds() + 1)
    await world.run_jobs()
    assert (await world.services.clips.get(world.member, made.id)).status == "failed"
    await world.node.start()
    world.node.end_recording(made.id)
    await world.beat()
    assert await world.services.work.handlers["live.resume_clips"]({}) == 1
    await world.run_jobs()
    assert (await world.services.clips.get(world.member, made.id)).status == "ready"


async def test_a_recording_that_the_node_lost_fails_with_an_explanation(world: World) -> None:
    made = await recording(world)
    world.node.recordings.clear()
    await world.run_jobs()
    failed = await world.services.clips.get(world.member, made.id)
    assert (failed.status, "lost" in (failed.error or "")) == ("failed", True)


async def test_finishing_twice_stores_once(world: World) -> None:
    made = await recording(world)
    world.node.end_recording(made.id)
    await world.services.work.handlers["live.finish_recording"]({"clip_id": made.id})
    await world.services.work.handlers["live.finish_recording"]({"clip_id": made.id})
    assert (
        await world.services.database.fetchval(
            "SELECT count(*) FROM moment_assets WHERE purpose = 'media'"
        )
        == 1
    )


async def test_a_lost_job_is_enqueued_again(world: World) -> None:
    made = await recording(world)
    await world.services.database.execute("DELETE FROM job")
    world.clock.advance(120)
    world.node.end_recording(made.id)
    assert await world.services.work.handlers["live.resume_clips"]({}) == 1
    await world.run_jobs()
    assert (await world.services.clips.get(world.member, made.id)).status == "ready"


async def test_an_interrupted_cut_is_an_error_and_leaves_nothing(world: World) -> None:
    stream = await world.stream()
    world.node.break_off = True
    with pytest.raises(NodeUnavailable):
        await world.services.clips.create(world.member, NewClip(stream.id, last_ms=1000))
    world.node.break_off = False
    assert await world.services.database.fetchval("SELECT count(*) FROM captures") == 0
    await world.services.database.execute("UPDATE orphan SET due_at = now()")
    await world.services.work.handlers["moments.purge"]({})
    assert await objects(world) == 0


async def test_an_unreachable_node_is_a_clear_error(world: World) -> None:
    stream = await world.stream()
    await world.node.stop()
    with pytest.raises(NodeUnavailable):
        await world.services.clips.create(world.member, NewClip(stream.id, last_ms=1000))
    await world.services.database.execute("UPDATE media_node SET heartbeat_at = 'epoch'")
    other = await world.services.streams.create(world.owner, NewStream("Late", Source("demo")))
    with pytest.raises(NodeUnavailable, match="No media node"):
        await world.services.snapshots.create(world.member, NewSnapshot(other.id))


async def test_objects_of_a_failed_transaction_are_swept(world: World) -> None:
    stream = await world.stream()
    with pytest.raises(RuntimeError, match="crash"):
        async with world.services.database.transaction():
            await world.services.clips.create(world.member, NewClip(stream.id, last_ms=1000))
            raise RuntimeError("crash")
    rows = await world.services.database.fetch("SELECT place, key FROM orphan")
    assert len(rows) == 2
    await world.services.database.execute("UPDATE orphan SET due_at = now()")
    await world.services.work.handlers["moments.purge"]({})
    assert await objects(world) == 0
    for row in rows:
        with pytest.raises(NotFound):
            await world.services.storage.stat(row["place"], row["key"])


async def test_a_trim_is_a_new_clip_of_a_sub_range(world: World) -> None:
    stream = await world.stream()
    start = world.ago(30)
    whole = await world.services.clips.create(world.member, NewClip(stream.id, start, 10_000))
    trim = await world.services.clips.trim(world.member, whole.id, NewTrim(2500, 4000))
    assert (trim.status, trim.parent_id) == ("processing", whole.id)
    assert trim.moment_id != whole.moment_id
    await world.run_jobs()
    ready = await world.services.clips.get(world.member, trim.id)
    assert (ready.status, ready.duration_ms) == ("ready", 1500)
    assert ready.start_ts == start + timedelta(milliseconds=2500)
    assert ready.preview_url
    for bad in (NewTrim(-1, 5), NewTrim(5, 5), NewTrim(0, 10_001)):
        with pytest.raises(BadFields):
            await world.services.clips.trim(world.member, whole.id, bad)


async def test_titles_notes_and_labels_change_and_the_moment_follows(world: World) -> None:
    stream = await world.stream()
    made = await world.services.clips.create(world.member, NewClip(stream.id, last_ms=1000))
    changed = await world.services.clips.update(
        world.member, made.id, CaptureChange("New", "note", ["a", "b"])
    )
    assert (changed.title, changed.note, changed.labels) == ("New", "note", ("a", "b"))
    same = await world.services.clips.update(world.member, made.id, CaptureChange(note=""))
    assert (same.title, same.note) == ("New", "")
    [moment] = await world.services.database.fetch("SELECT * FROM moments")
    assert (moment["title"], moment["tags"]) == ("New", ["a", "b"])
    for bad in (CaptureChange("x" * 201), CaptureChange(labels=["x" * 51]), CaptureChange("a\0b")):
        with pytest.raises(BadFields):
            await world.services.clips.update(world.member, made.id, bad)


async def test_viewers_can_see_captures_but_not_make_them(world: World) -> None:
    stream = await world.stream()
    made = await world.services.clips.create(world.member, NewClip(stream.id, last_ms=1000))
    clips, snapshots = world.services.clips, world.services.snapshots
    assert (await clips.get(world.viewer, made.id)).id == made.id
    for refused in (
        clips.create(world.viewer, NewClip(stream.id, last_ms=1000)),
        snapshots.create(world.viewer, NewSnapshot(stream.id)),
        clips.update(world.viewer, made.id, CaptureChange("x")),
        clips.delete(world.viewer, made.id),
        clips.trim(world.viewer, made.id, NewTrim(0, 1)),
        clips.retry(world.viewer, made.id),
    ):
        with pytest.raises(Forbidden):
            await refused


async def test_members_delete_their_own_and_admins_all(world: World) -> None:
    stream = await world.stream()
    theirs = await world.services.clips.create(world.owner, NewClip(stream.id, last_ms=1000))
    own = await world.services.clips.create(world.member, NewClip(stream.id, last_ms=1000))
    with pytest.raises(Forbidden):
        await world.services.clips.delete(world.member, theirs.id)
    await world.services.clips.delete(world.member, own.id)
    await world.services.clips.delete(world.admin, theirs.id)
    for clip in (own, theirs):
        with pytest.raises(NotFound):
            await world.services.clips.get(world.owner, clip.id)


async def test_another_organisations_ids_do_not_exist(world: World) -> None:
    stream = await world.stream()
    clip = await world.services.clips.create(world.member, NewClip(stream.id, last_ms=1000))
    snap = await world.services.snapshots.create(world.member, NewSnapshot(stream.id))
    clips, snapshots, other = world.services.clips, world.services.snapshots, world.stranger
    calls = [
        clips.create(other, NewClip(stream.id, last_ms=1000)),
        clips.create(other, NewClip(stream.slug, last_ms=1000)),
        snapshots.create(other, NewSnapshot(stream.slug)),
        snapshots.create_from_frame(
            other,
            NewFrame(
                base64.b64encode(picture(8, 8)).decode(), notes=Notes(moment_id=clip.moment_id)
            ),
        ),
        clips.get(other, clip.id),
        clips.get_by_moment(other, clip.moment_id),
        clips.update(other, clip.id, CaptureChange("x")),
        clips.delete(other, clip.id),
        clips.trim(other, clip.id, NewTrim(0, 1)),
        clips.retry(other, clip.id),
        clips.file(other, clip.id),
        clips.url(other, clip.id),
        snapshots.get(other, snap.id),
        snapshots.update(other, snap.id, CaptureChange("x")),
        snapshots.delete(other, snap.id),
        snapshots.file(other, snap.id),
        clips.get(other, snap.id),
        snapshots.get(world.owner, clip.id),
    ]
    for call in calls:
        with pytest.raises(NotFound):
            await call


async def test_only_the_creator_and_admins_see_a_private_streams_captures(world: World) -> None:
    stream = await world.stream("Study", visibility="private")
    clip = await world.services.clips.create(world.owner, NewClip(stream.id, last_ms=1000))
    for caller in (world.member, world.viewer):
        with pytest.raises(NotFound):
            await world.services.clips.get(caller, clip.id)
        with pytest.raises(NotFound):
            await world.services.streams.get(caller, stream.id)
    assert (await world.services.clips.get(world.admin, clip.id)).id == clip.id


async def test_a_full_store_is_a_clear_error(world: World) -> None:
    stream = await world.stream()
    folder = world.services.settings.home / "storage"
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_bytes(b"not a folder")
    with pytest.raises(MomentsError):
        await world.services.clips.create(world.member, NewClip(stream.id, last_ms=1000))
    assert await world.services.database.fetchval("SELECT count(*) FROM captures") == 0
