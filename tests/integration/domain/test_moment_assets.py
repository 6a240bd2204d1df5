"""A job checks, measures and previews uploaded files."""

import hashlib
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

from domain.core.errors import Forbidden, NotFound, UnsupportedMedia
from domain.moments.models import Asset, AssetType, NewAsset, NewMoment
from domain.moments.uploads import LIFETIME_S
from tests.integration.domain.conftest import World
from tests.support.films import write_film


def png(width: int = 900, height: int = 600) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(data, "PNG")
    return data.getvalue()


async def upload(
    world: World, data: bytes, mime_type: str, asset_type: AssetType = "screenshot"
) -> Asset:
    """Upload a file, let the jobs run, and return what became of it."""
    services = world.services
    moment = await services.moments.create(world.member, NewMoment("Build"))
    new = NewAsset(asset_type, "a file", mime_type, len(data), "api")
    begun = await services.uploads.begin(world.member, moment.id, new)
    [asset] = await services.moment_assets.list(world.member, moment.id)
    file = asset.file
    stored = await services.storage.put(file.bucket, file.key, data, content_type=mime_type)
    digest = hashlib.sha256(data).hexdigest()
    await services.uploads.arrived(file.bucket, file.key, stored, digest)
    assert "moments.process_asset" in await world.run_jobs()
    [asset] = await services.moment_assets.list(world.member, moment.id)
    assert asset.id == begun.asset_id
    return asset


async def test_an_image_is_measured_and_previewed(world: World) -> None:
    asset = await upload(world, png(), "image/png")
    assert asset.processing_status == "completed"
    assert asset.metadata == {"width": 900, "height": 600}
    assert asset.preview_url is not None
    assert asset.sha256 == hashlib.sha256(png()).hexdigest()


async def test_a_frame_of_a_recording_becomes_a_picture(world: World, tmp_path: Path) -> None:
    write_film(tmp_path / "a.mp4", "libx264")
    await world.beat()
    video = await upload(world, (tmp_path / "a.mp4").read_bytes(), "video/mp4", "screen_recording")
    frames = world.services.frames
    await frames.ask(world.member, video.moment_id, video.id, 800)
    await frames.ask(world.member, video.moment_id, video.id, 800)  # two presses
    assert (await world.run_jobs()).count("videos.frame") == 1
    await world.run_jobs()
    [_, picture] = await world.services.moment_assets.list(world.member, video.moment_id)
    assert (picture.file.file_name, picture.file.content_type) == (
        "a file 0.00.800.png",
        "image/png",
    )
    assert (picture.metadata["width"], picture.processing_status) == (320, "completed")
    assert picture.preview_url is not None
    with pytest.raises(Forbidden):
        await frames.ask(world.viewer, video.moment_id, video.id, 0)
    with pytest.raises(NotFound):
        await frames.ask(world.stranger, video.moment_id, video.id, 0)
    with pytest.raises(NotFound):  # a picture has no frames
        await frames.ask(world.member, video.moment_id, picture.id, 0)


async def test_a_log_shows_its_beginning(world: World) -> None:
    asset = await upload(world, b"line\n" * 2000, "text/plain", "log_file")
    assert asset.metadata["preview"].startswith("line\nline")
    assert asset.metadata["previewIsWhole"] is False


async def test_a_video_is_previewed_or_kept_as_it_is(world: World) -> None:
    await world.beat()
    mp4 = b"\0\0\0\x18ftypisom" + bytes(64)
    seen = await upload(world, mp4, "video/mp4", "screen_recording")
    assert seen.metadata == {"width": 1280, "height": 720, "durationMs": 1234}
    assert seen.preview_url is not None
    world.node.refuse = UnsupportedMedia("The codec is not one that can be read here.")
    kept = await upload(world, b"\x1a\x45\xdf\xa3" + bytes(64), "video/webm", "screen_recording")
    assert (kept.processing_status, kept.preview_url) == ("completed", None)
    assert kept.metadata["note"].startswith("The codec")


@pytest.mark.parametrize(
    ("data", "declared"),
    [
        (b"<script>alert(1)</script>", "image/png"),
        (png(), "text/plain"),
        (png(), "video/mp4"),
        (b"MZ\x90\x00", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n broken", "image/png"),
        (b"PK\x03\x04", "text/plain"),
    ],
)
async def test_a_file_of_another_type_than_declared_fails_with_a_reason(
    world: World, data: bytes, declared: str
) -> None:
    asset = await upload(world, data, declared)
    assert asset.processing_status == "failed"
    assert asset.processing_error
    assert asset.processing_error.endswith(".")
    notices = await world.services.notices.list(world.member)
    assert asset.processing_error in {each.detail for each in notices}


@pytest.mark.parametrize("tail", [b"<script>alert(1)</script>", b"PK\x03\x04a.exe"])
async def test_what_follows_a_picture_is_not_in_its_preview(world: World, tail: bytes) -> None:
    asset = await upload(world, png() + tail, "image/png")
    assert (asset.processing_status, asset.file.content_type) == ("completed", "image/png")
    previews = await world.services.database.fetch(
        "SELECT gcs_bucket, gcs_path, mime_type FROM moment_assets WHERE purpose = 'preview'"
    )
    for preview in previews:
        stored = await world.services.storage.open(preview["gcs_bucket"], preview["gcs_path"])
        assert tail not in b"".join([piece async for piece in stored])
        assert preview["mime_type"].startswith("image/")
    assert previews


async def _pieces() -> AsyncIterator[bytes]:
    yield b"PK"


async def test_uploads_that_never_arrive_expire(world: World) -> None:
    services = world.services
    moment = await services.moments.create(world.member, NewMoment("Build"))
    new = NewAsset("other", "a", "application/zip", 5, "api")
    await services.uploads.begin(world.member, moment.id, new)
    [asset] = await services.moment_assets.list(world.member, moment.id)
    bucket, key = asset.file.bucket, asset.file.key
    assert await services.moment_assets.arriving(world.member) == [], "not begun"
    await services.storage.append(bucket, key, 0, _pieces(), content_type="application/zip")
    [(arriving, received)] = await services.moment_assets.arriving(world.member)
    assert (arriving.file.key, received > 0) == (key, True)
    assert await services.moment_assets.arriving(world.admin) == [], "another person's"
    assert await services.uploads.sweep() == 0
    world.clock.advance(timedelta(seconds=2 * LIFETIME_S + 1).total_seconds())
    assert await services.uploads.sweep() == 1
    with pytest.raises(NotFound):
        await services.uploads.expect(bucket, key)
    await services.moment_retention.purge()
    assert await services.storage.received(bucket, key) is None
