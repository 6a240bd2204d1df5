"""Moments out of one organisation and into another, on a real database and store."""

import asyncio
import json
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from domain.core.errors import BadInput, Forbidden, NotFound
from domain.moments.models import Git, MomentFilter, NewAsset, NewMoment
from tests.integration.domain.conftest import World
from webapp.api.moment_report import report

SCRIPT = "<script>alert(1)</script>"
DIFF = f"--- a/x\n+++ b/{SCRIPT}\n@@ -1 +1 @@\n-old\n+{SCRIPT}\n"


async def _saved(path: Path, body: AsyncIterator[bytes]) -> Path:
    data = b"".join([chunk async for chunk in body])
    await asyncio.to_thread(path.write_bytes, data)
    return path


async def _commit(world: World) -> str:
    """Make a moment with a log and a file of its own."""
    services = world.services
    git = Git(branch="main", commit_hash="7be20aa", commit_message=SCRIPT, diff=DIFF)
    new = NewMoment(SCRIPT, tags=["release"], git=git, visibility="organization")
    moment = await services.moments.create(world.member, new)
    for name, kind, data in (
        (f"{SCRIPT}.log".replace("/", ""), "log_file", SCRIPT.encode()),
        ("notes.txt", "other", b"abc"),
    ):
        asset = NewAsset(kind, name, "text/plain", len(data), "api")  # type: ignore[arg-type]
        upload = await services.uploads.begin(world.member, moment.id, asset)
        bucket = await services.storage.ensure_bucket(moment.organization_id)
        stored = await services.storage.put(bucket, upload.path, data, content_type="text/plain")
        await services.uploads.arrived(bucket, upload.path, stored, "")
    await world.run_jobs()
    return moment.id


async def test_an_archive_is_imported_once(world: World, tmp_path: Path) -> None:
    services, transfer = world.services, world.services.moment_transfer
    moment_id = await _commit(world)
    made = await transfer.export(world.viewer, [moment_id])
    path = await _saved(tmp_path / "a.zip", made.body)
    done = await transfer.load(world.member, path)
    assert (done.saved, done.known, done.failed) == (0, 1, [])  # it is here
    done = await transfer.load(world.stranger, path)
    assert (done.saved, done.known) == (1, 0)
    done = await transfer.load(world.stranger, path)
    assert (done.saved, done.known) == (0, 1)
    [copy] = (await services.moments.list(world.stranger, MomentFilter())).items
    assert (copy.title, copy.tags, copy.git.diff) == (SCRIPT, ("release",), DIFF)
    assert copy.metadata["importedFrom"]["id"] == moment_id
    await world.run_jobs()
    log, notes = await services.moment_assets.list(world.stranger, copy.id)
    assert (log.processing_status, log.metadata["preview"]) == ("completed", SCRIPT)
    assert (notes.file.file_name, notes.file.size_bytes) == ("notes.txt", 3)


async def test_an_import_that_was_cut_short_goes_on(world: World, tmp_path: Path) -> None:
    services, transfer = world.services, world.services.moment_transfer
    made = await transfer.export(world.member, [await _commit(world)])
    path = await _saved(tmp_path / "a.zip", made.body)
    await transfer.load(world.stranger, path)
    [copy] = (await services.moments.list(world.stranger, MomentFilter())).items
    _, notes = await services.moment_assets.list(world.stranger, copy.id)
    await services.database.execute("DELETE FROM moment_assets WHERE id = $1", notes.id)
    await services.database.execute("UPDATE imported_moments SET is_complete = false")
    assert (await transfer.load(world.stranger, path)).saved == 1
    assert len(await services.moment_assets.list(world.stranger, copy.id)) == 2
    assert len((await services.moments.list(world.stranger, MomentFilter())).items) == 1


@pytest.mark.parametrize(
    "at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2024-01-01T00:00:00"]
)
async def test_any_date_is_imported(world: World, tmp_path: Path, at: str) -> None:
    moment = {"id": "moment_1", "title": "Old", "createdAt": at}
    manifest = {"version": 1, "origin": "http://b.example", "moments": [moment]}
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("moments.json", json.dumps(manifest))
    assert (await world.services.moment_transfer.load(world.member, tmp_path / "a.zip")).saved == 1


async def test_a_report_is_one_file_in_which_nothing_runs(world: World) -> None:
    reporting = world.services.reporting
    found = await reporting.of(world.viewer, [await _commit(world)])
    parts = [part async for part in report(reporting, found, "Report", "http://a.example")]
    text = b"".join(parts).decode()
    assert SCRIPT not in text
    assert text.count("&lt;script&gt;") >= 5  # title, message, diff, file's name and text
    assert "default-src 'none'" in text
    assert "http://" not in text.replace("http://a.example", "")


async def test_nothing_of_others_leaves_and_viewers_import_nothing(
    world: World, tmp_path: Path
) -> None:
    transfer, moment_id = world.services.moment_transfer, await _commit(world)
    with pytest.raises(NotFound):
        await transfer.export(world.stranger, [moment_id])
    with pytest.raises(NotFound):
        await world.services.reporting.of(world.stranger, [moment_id])
    with pytest.raises(Forbidden):
        await transfer.may_import(world.viewer)
    path = tmp_path / "a.zip"
    path.write_bytes(b"no zip")
    with pytest.raises(BadInput):
        await transfer.load(world.member, path)
