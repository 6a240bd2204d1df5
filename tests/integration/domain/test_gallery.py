"""The gallery: search, counts, the bin, archives, and purging."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import replace

import pytest

from domain.captures.models import (
    Clip,
    GalleryCounts,
    GalleryFilter,
    NewClip,
    NewSnapshot,
    Notes,
    Snapshot,
)
from domain.captures.tables import Captures
from domain.core.errors import BadFields, Conflict, Forbidden, NotFound
from domain.moments.models import Count, Cursor
from domain.sharing.models import NewShare
from tests.fakes.media_node import picture
from tests.integration.domain.conftest import World


async def clip(world: World, title: str = "", labels: Sequence[str] = (), **more: object) -> Clip:
    notes = Notes(title=title, labels=labels, note=str(more.get("note", "")))
    stream = more.get("stream", "garden")
    return await world.services.clips.create(
        world.member, NewClip(str(stream), last_ms=1000, notes=notes)
    )


async def titles(world: World, **wanted: object) -> list[str]:
    page = await world.services.gallery.list(world.viewer, GalleryFilter(**wanted))  # type: ignore[arg-type]
    assert page.total.value == len(page.items)
    return [item.title for item in page.items]


async def test_pages_of_a_label_miss_nothing(world: World) -> None:
    stream = await world.stream("Garden")
    made: list[Snapshot] = []
    for number in range(24):
        # Most come at once and a few much later; two join moments that are old by then.
        world.clock.advance(864_000 if number == 18 else 1)
        moment_id = made[number - 18].moment_id if number in {19, 22} else None
        notes = Notes(labels=["x"], moment_id=moment_id)
        new = NewSnapshot(stream.id, world.ago(5), notes=notes)
        world.live(stream.id)
        made.append(await world.services.snapshots.create(world.member, new))
    other = await world.services.snapshots.create(world.member, NewSnapshot(stream.id))
    names = [column._meta.name for column in Captures._meta.columns]
    copied = ", ".join("'snap_' || n" if name == "id" else name for name in names)
    await world.services.database.execute(
        f"INSERT INTO captures ({', '.join(names)}) SELECT {copied} FROM captures,"
        f" generate_series(1, 1000) n WHERE id = '{other.id}'"
    )
    await world.services.database.execute("ANALYZE captures")
    for wanted in (GalleryFilter(labels=["x"]), GalleryFilter(q="x")):
        found: list[str] = []
        page = await world.services.gallery.list(world.viewer, replace(wanted, limit=1))
        while page.items:
            last = page.items[-1]
            found.append(last.id)
            after = Cursor(last.created_at, last.id)
            page = await world.services.gallery.list(
                world.viewer, replace(wanted, limit=1, after=after)
            )
        assert found == [each.id for each in reversed(made)]


async def test_filters_must_all_hold(world: World) -> None:
    garden = await world.stream("Garden")
    roof = await world.stream("Roof")
    await clip(world, "Full bloom", ["flower", "red"])
    await clip(world, "First lights", ["city"], stream="roof", note="over the Münster")
    snap = await world.services.snapshots.create(
        world.owner, NewSnapshot(garden.id, world.ago(60), notes=Notes("Bud", labels=["flower"]))
    )
    assert await titles(world) == ["Bud", "First lights", "Full bloom"]
    assert await titles(world, kind="clip") == ["First lights", "Full bloom"]
    assert await titles(world, labels=["flower"]) == ["Bud", "Full bloom"]
    assert await titles(world, labels=["flower", "red"]) == ["Full bloom"]
    assert await titles(world, streams=["roof"]) == ["First lights"]
    assert await titles(world, streams=["cellar"]) == []
    assert await titles(world, streams=[roof.id, garden.slug]) == await titles(world)
    assert await titles(world, created_by=world.owner.user_id) == ["Bud"]
    assert await titles(world, status="ready", kind="snapshot") == ["Bud"]
    assert await titles(world, end=world.ago(30)) == ["Bud"]
    assert await titles(world, start=world.ago(30)) == ["First lights", "Full bloom"]
    assert await titles(world, shared=True) == []
    await world.services.sharing.share(world.member, [snap.id], NewShare(expires_in_s=60))
    assert await titles(world, shared=True) == ["Bud"]
    assert await titles(world, shared=False, labels=["flower"]) == ["Full bloom"]
    world.clock.advance(61)
    assert await titles(world, shared=True) == []


@pytest.mark.parametrize(
    ("q", "found"),
    [("bloo", 1), ("BLOOM full", 1), ("red", 1), ("garden", 1), ("noted", 1),
     ("bloom city", 0), ("' & | ! :* (", 1), ("full | nothing", 0), ("%", 1)],
)  # fmt: skip
async def test_search_matches_whole_words_and_prefixes(world: World, q: str, found: int) -> None:
    await world.stream("Garden")
    await clip(world, "Full bloom", ["red"], note="noted")
    assert await titles(world, q=q) == ["Full bloom"] * found


async def test_each_tab_has_its_count(world: World) -> None:
    await world.stream("Garden")
    first, second = await clip(world, "a"), await clip(world, "b", ["x"])
    await world.services.snapshots.create(world.member, NewSnapshot())
    await world.services.sharing.share(world.member, [first.id], NewShare())
    await world.services.clips.delete(world.member, second.id)
    counts = await world.services.gallery.counts(world.viewer, GalleryFilter(kind="clip"))
    assert counts == GalleryCounts(Count(1), Count(1), Count(1), Count(1))
    some = await world.services.gallery.counts(world.viewer, GalleryFilter(labels=["x"]))
    assert (some.clips, some.deleted) == (Count(0), Count(1))
    assert await world.services.gallery.labels(world.viewer) == []


async def test_labels_are_counted(world: World) -> None:
    await world.stream("Garden")
    for labels in (["a", "b"], ["b"]):
        await clip(world, labels=labels)
    assert await world.services.gallery.labels(world.viewer) == [("b", 2), ("a", 1)]
    assert await world.services.gallery.labels(world.stranger) == []


async def test_pages_are_newest_first(world: World) -> None:
    await world.stream("Garden")
    made = [await clip(world, str(number)) for number in range(5)]
    page = await world.services.gallery.list(world.viewer, GalleryFilter(limit=2, offset=1))
    assert [item.id for item in page.items] == [made[3].id, made[2].id]
    assert page.total.value == 5
    after = Cursor(made[3].created_at, made[3].id)
    page = await world.services.gallery.list(world.viewer, GalleryFilter(limit=2, after=after))
    assert [item.id for item in page.items] == [made[2].id, made[1].id]
    assert page.total.value == 5


async def test_several_are_deleted_and_restored_at_once(world: World) -> None:
    await world.stream("Garden")
    one, two = await clip(world, "one"), await clip(world, "two")
    gallery = world.services.gallery
    assert await gallery.delete(world.member, [one.id, two.id, one.id]) == 2
    assert await gallery.delete(world.member, [one.id]) == 0
    assert await titles(world) == []
    assert await titles(world, deleted=True) == ["two", "one"]
    moments = "SELECT count(*) FROM moments WHERE deleted_at IS NULL"
    assert await world.services.database.fetchval(moments) == 0
    assert await gallery.restore(world.member, [one.id]) == 1
    assert await titles(world) == ["one"]
    assert await world.services.database.fetchval(moments) == 1


async def test_bulk_actions_are_all_or_nothing(world: World) -> None:
    await world.stream("Garden")
    own = await clip(world, "own")
    theirs = await world.services.clips.create(world.owner, NewClip(last_ms=1000))
    gallery = world.services.gallery
    for caller, ids, error in (
        (world.member, [own.id, theirs.id], Forbidden),
        (world.member, [own.id, "clip_nothing"], NotFound),
        (world.stranger, [own.id], NotFound),
        (world.viewer, [own.id], Forbidden),
        (world.member, [], BadFields),
        (world.member, ["x"] * 501, BadFields),
    ):
        with pytest.raises(error):
            await gallery.delete(caller, ids)
        with pytest.raises(error):
            await gallery.restore(caller, ids) if error is not Forbidden else await gallery.delete(
                caller, ids
            )
    assert len(await titles(world)) == 2
    for ids, error in (([own.id], NotFound), ([], BadFields)):
        with pytest.raises(error):
            await gallery.archive(world.stranger, ids)


async def test_an_archive_is_a_zip_with_safe_and_unique_names(world: World) -> None:
    await world.stream("Garden")
    snaps = [
        await world.services.snapshots.create(world.member, NewSnapshot(notes=Notes(title)))
        for title in ("Bud", "bud", "../../etc/passwd")
    ]
    clips = [await clip(world, "Bloom")]
    ids = [item.id for item in (*snaps, *clips)]
    made = await world.services.gallery.archive(world.viewer, ids)
    data = b"".join([chunk async for chunk in made.body])
    assert made.file_name == "Moments 2026-11-21 12.00.zip"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [
            "Bud.jpg", "bud (2).jpg", "-..-etc-passwd.jpg", "Bloom.mp4",
        ]  # fmt: skip
        assert archive.read("Bud.jpg") == picture()


async def test_unfinished_captures_are_not_archived(world: World) -> None:
    stream = await world.stream("Garden")
    made = await world.services.clips.create(world.member, NewClip(stream.id, world.ago(1), 5000))
    with pytest.raises(Conflict):
        await world.services.gallery.archive(world.member, [made.id])


async def test_deleted_captures_are_purged_after_the_retention_period(world: World) -> None:
    await world.stream("Garden")
    gone, kept = await clip(world, "gone"), await clip(world, "kept")
    files = await world.services.clips.file(world.member, gone.id)
    await world.services.clips.delete(world.member, gone.id)
    world.clock.advance(29 * 86_400)
    assert await world.services.work.handlers["moments.purge"]({}) == 0
    world.clock.advance(2 * 86_400)
    assert await world.services.work.handlers["moments.purge"]({}) == 1
    with pytest.raises(NotFound):
        await world.services.storage.stat(files.bucket, files.key)
    for table in ("captures", "moments"):
        assert await world.services.database.fetchval(f"SELECT count(*) FROM {table}") == 1
    assert await world.services.database.fetchval("SELECT count(*) FROM moment_assets") == 2
    other = await world.services.clips.file(await world.signed_in(), kept.id)
    assert (await world.services.storage.stat(other.bucket, other.key)).size == other.size_bytes
    assert await world.services.work.handlers["moments.purge"]({}) == 0


async def test_an_interrupted_purge_continues(world: World) -> None:
    await world.stream("Garden")
    gone = await clip(world)
    file = await world.services.clips.file(world.member, gone.id)
    await world.services.clips.delete(world.member, gone.id)
    world.clock.advance(31 * 86_400)
    retention = world.services.moment_retention
    assert await retention.purge_batch() == 1  # and then the worker was killed
    assert (await world.services.storage.stat(file.bucket, file.key)).size
    await world.services.work.handlers["moments.purge"]({})
    with pytest.raises(NotFound):
        await world.services.storage.stat(file.bucket, file.key)


def kinds(items: Sequence[Snapshot | Clip]) -> set[str]:
    return {item.kind for item in items}


async def test_snapshots_and_clips_are_listed_together(world: World) -> None:
    await world.stream("Garden")
    await clip(world)
    await world.services.snapshots.create(world.member, NewSnapshot())
    page = await world.services.gallery.list(world.viewer, GalleryFilter())
    assert kinds(page.items) == {"clip", "snapshot"}
