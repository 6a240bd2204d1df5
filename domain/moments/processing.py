"""Processes uploaded files: checks size and type, then measures and previews them."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from domain.accounts.notices import News, Notifier
from domain.core.errors import BadInput, MomentsError, Unavailable, UnsupportedMedia
from domain.core.log import get_logger
from domain.infra import images
from domain.infra.base import Base
from domain.infra.indexing import index_later
from domain.infra.storage import Storage
from domain.moments.assets import Assets, NewFile, Shape
from domain.moments.events import MomentEvents
from domain.moments.models import MediaFile
from domain.moments.records import MomentRecords
from domain.moments.sniff import HEAD_BYTES, mismatch
from domain.moments.tables import MomentAssets

log = get_logger(__name__)

PREVIEW_WIDTH: Final = 640
PREVIEW_CHARS: Final = 4000
_TEXT_BYTES: Final = 64 * 1024
_LOCK: Final = "SELECT 1 FROM moments WHERE id = $1 FOR UPDATE"
_NEVER: Final = (
    "The file never arrived, because its upload was interrupted. Capture the commit again."
)
_TEXTS: Final = frozenset({"log_file", "config_file"})


@dataclass(frozen=True, slots=True)
class Measured:
    """A file's analysis, and a small image of it if there is one."""

    metadata: dict[str, Any] = field(default_factory=dict)
    preview: bytes | None = None  # JPEG


# Returns the words in a picture.
ReadWords = Callable[[bytes], Awaitable[str]]
Measure = Callable[[MediaFile], Awaitable[Measured]]
# A package's part in the transaction that ends a file's processing: its id, and why it failed.
OnProcessed = Callable[[str, str | None], Awaitable[None]]


class AssetProcessing:
    """The worker's jobs for uploaded files."""

    def __init__(  # noqa: PLR0913 (what it joins)
        self,
        base: Base,
        assets: Assets,
        records: MomentRecords,
        events: MomentEvents,
        notifier: Notifier,
        *,
        measure_video: Measure,
        on_processed: Sequence[OnProcessed],
        read_words: ReadWords | None,
    ) -> None:
        self._database = base.database
        self._queue = base.queue
        self._read_words = read_words
        self._clock = base.clock
        self._storage = base.storage
        self._assets = assets
        self._records = records
        self._events = events
        self._notifier = notifier
        self._measure_video = measure_video
        self._on_processed = on_processed

    async def process(self, asset_id: str) -> None:
        """Check, measure and preview one file; idempotent.

        Raises:
            Unavailable: The store or a media node is down; the queue retries.
        """
        async with self._database.transaction():
            row = await MomentAssets.objects().get(MomentAssets.id == asset_id)
        if row is None or row.processing_status != "processing":
            return
        try:
            measured = await self._examine(row)
        except Unavailable:
            raise
        except MomentsError as error:
            await self._finish(row, "failed", {}, error.message)
            return
        preview_id = await self._preview(row, measured.preview)
        await self._finish(row, "completed", measured.metadata, None, preview_id)

    async def _examine(self, row: MomentAssets) -> Measured:
        if not row.generation:
            raise UnsupportedMedia(_NEVER)
        file = MediaFile(
            row.gcs_bucket, row.gcs_path, row.mime_type, row.file_size_bytes, row.file_name
        )
        size = (await self._storage.stat(file.bucket, file.key)).size
        if size != file.size_bytes:
            message = (
                f"The file has {size} bytes, but {file.size_bytes} were declared. Upload it again."
            )
            raise UnsupportedMedia(message)
        head = await read_start(self._storage, file, HEAD_BYTES)
        if problem := mismatch(file.content_type, head):
            raise UnsupportedMedia(problem)
        if file.content_type in {"image/png", "image/jpeg", "image/webp"}:
            return await self._image(file)
        if file.content_type.startswith("video/"):
            return await self._video(file)
        if file.content_type.startswith("text/") or row.asset_type in _TEXTS:
            return await self._text(file)
        return Measured()

    async def _image(self, file: MediaFile) -> Measured:
        if file.size_bytes > images.MAX_BYTES:
            return Measured({"note": "The image is too large for a preview."})
        data = await read_start(self._storage, file, file.size_bytes)
        info = await images.inspect(data, declared_type=file.content_type)
        metadata: dict[str, Any] = dict(Shape(info.width, info.height).metadata())
        if self._read_words is not None and (words := await self._read_words(data)):
            metadata["text"] = words
        return Measured(metadata, await images.thumbnail(data, PREVIEW_WIDTH))

    async def _video(self, file: MediaFile) -> Measured:
        """Measure a video; keep one that no node can read, with a note."""
        try:
            return await self._measure_video(file)
        except (BadInput, UnsupportedMedia) as error:
            return Measured({"note": error.message})

    async def _text(self, file: MediaFile) -> Measured:
        data = await read_start(self._storage, file, _TEXT_BYTES)
        text = data.decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
        is_whole = len(text) <= PREVIEW_CHARS and file.size_bytes <= _TEXT_BYTES
        return Measured({"preview": text[:PREVIEW_CHARS], "previewIsWhole": is_whole})

    async def _preview(self, row: MomentAssets, jpeg: bytes | None) -> str | None:
        if jpeg is None:
            return None
        file = NewFile(row.organization_id, row.moment_id, "preview", "preview.jpg", "image/jpeg")
        stored = await self._assets.store(file, jpeg)
        async with self._database.transaction():
            preview_id = await self._assets.insert(stored, Shape(), None)
            await self._records.set_cover(row.moment_id, preview_id)
        return preview_id

    async def _finish(
        self,
        row: MomentAssets,
        status: str,
        metadata: dict[str, Any],
        error: str | None,
        preview_id: str | None = None,
    ) -> None:
        async with self._database.transaction():
            if "text" in metadata:  # a trigger writes to the moment: locks go from it to its files
                await self._database.execute(_LOCK, row.moment_id)
            merged = {**json.loads(row.metadata), **metadata}
            await MomentAssets.update(
                {
                    MomentAssets.processing_status: status,
                    MomentAssets.processing_error: error,
                    MomentAssets.metadata: json.dumps(merged),
                    MomentAssets.preview_id: preview_id,
                    MomentAssets.updated_at: self._clock.now(),
                }
            ).where(MomentAssets.id == row.id)
            await self._events.publish(
                row.organization_id, "moment.updated", row.moment_id, row.moment_id
            )
            for each in self._on_processed:
                await each(row.id, error)
            if "text" in metadata:
                await index_later(self._queue, "moment", row.moment_id)
            if error is not None:
                what = "could not be read" if row.generation else "never arrived"
                title, href = f"{row.file_name} {what}", f"/library/{row.moment_id}"
                news = News("capture", row.id, title, error, href)
                await self._notifier.tell(row.uploaded_by, row.organization_id, news)
        if error is not None:
            log.info("asset_failed", asset=row.id, reason=error)


async def read_start(storage: Storage, file: MediaFile, size: int) -> bytes:
    """Return the first bytes of a stored file, at most `size`."""
    wanted = min(size, file.size_bytes)
    if wanted == 0:
        return b""
    body = await storage.open(file.bucket, file.key, (0, wanted))
    return await _joined(body)


async def _joined(body: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in body])
