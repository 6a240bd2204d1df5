"""Clips: each moment's part of the file, cut by a media node without transcoding."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from domain.core.errors import Conflict, MomentsError, NotFound, Unavailable
from domain.infra.database import Database, Record
from domain.infra.threads import in_thread
from domain.live.node_client import NodeClient
from domain.live.nodes import NodeRegistry
from domain.live.wire import CutsRequest
from domain.moments.assets import Shape, StoredFile
from domain.moments.models import MediaFile
from domain.moments.records import MomentRecords
from domain.moments.rules import file_name
from domain.videos import media_process
from domain.videos.files import VideoFiles
from domain.videos.models import VideoRow
from domain.videos.runner import Run
from domain.videos.scratch import Scratch

_MP4: Final = "video/mp4"
_M4A: Final = "audio/mp4"
_WAITING: Final = """
SELECT f.moment_id, f.start_ms, f.end_ms, m.title FROM video_moments f
JOIN moments m ON m.id = f.moment_id
WHERE f.video_id = $1 AND f.clip_status <> 'ready' AND m.deleted_at IS NULL
ORDER BY f.score DESC NULLS LAST, f.moment_id
"""
# Unless its range changed meanwhile, which has set it to wait again.
_READY: Final = """
UPDATE video_moments f SET clip_status = 'ready', clip_error = NULL, asset_id = $4
FROM video_moments old WHERE old.moment_id = f.moment_id
    AND f.moment_id = $1 AND f.start_ms = $2 AND f.end_ms = $3
RETURNING old.asset_id AS old_id
"""
_FAILED: Final = """
UPDATE video_moments SET clip_status = 'failed', clip_error = $2,
    clip_attempts = clip_attempts + 1 WHERE moment_id = $1
"""


@dataclass(frozen=True, slots=True)
class _Made:
    path: Path
    mime_type: str
    shape: Shape


@dataclass(frozen=True, slots=True)
class _Cut:
    file: StoredFile
    poster: StoredFile | None
    shape: Shape


class Clips:
    """Cuts what has no clip yet; a clip that cannot be cut says why."""

    def __init__(
        self,
        database: Database,
        files: VideoFiles,
        records: MomentRecords,
        scratch: Scratch,
        nodes: NodeRegistry,
        client: NodeClient,
    ) -> None:
        self._database = database
        self._files = files
        self._records = records
        self._scratch = scratch
        self._nodes = nodes
        self._client = client

    async def run(self, run: Run) -> None:
        """Do the stage."""
        source = run.video.media
        if source is None:
            raise Conflict("The file is gone. Submit the video again.")
        waiting = await self._database.fetch(_WAITING, run.video.id)
        failed: list[str] = []
        with self._scratch.folder() as folder:
            cuts = self._sounds if run.video.width is None else self._videos
            async with aclosing(cuts(source, waiting, folder)) as made:
                done = 0
                async for row, cut in made:
                    if (problem := await self._kept(run.video, row, cut)) is not None:
                        failed.append(problem)
                    done += 1
                    await run.progress(done / len(waiting))
        note = f"{len(waiting) - len(failed)} cut"
        if failed:
            note += f", {len(failed)} failed: {failed[0]}"
        await run.finish(note=note)

    async def _kept(self, video: VideoRow, row: Record, cut: _Made | MomentsError) -> str | None:
        """Store a cut; return why there is none."""
        try:
            if isinstance(cut, MomentsError):
                raise cut
            await self._keep(video, row, cut)
        except Unavailable:
            raise
        except NotFound:
            return None  # the moment is gone
        except MomentsError as error:
            await self._database.execute(_FAILED, row["moment_id"], error.message)
            return error.message
        return None

    async def _keep(self, video: VideoRow, row: Record, made: _Made) -> None:
        cut = await self._stored(video, row, made)
        moment_id = row["moment_id"]
        async with self._database.transaction():
            preview_id = None
            if cut.poster is not None:
                preview_id = await self._files.assets.insert(cut.poster, Shape(), None)
            asset_id = await self._files.assets.insert(
                cut.file, cut.shape, video.created_by, preview=preview_id
            )
            stored = await self._database.fetchrow(
                _READY, moment_id, row["start_ms"], row["end_ms"], asset_id
            )
            if stored is None:  # its range changed: this one is of no use
                await self._files.assets.disown([asset_id, *([preview_id] if preview_id else [])])
                return
            if stored["old_id"] is not None:
                await self._files.assets.disown([stored["old_id"]])
            if preview_id is not None:
                await self._records.set_cover(moment_id, preview_id)

    async def _stored(self, video: VideoRow, row: Record, made: _Made) -> _Cut:
        poster = made.path.with_suffix(".jpg")
        if made.mime_type == _MP4:
            await media_process.run("probe", made.path, poster=str(poster))
        owner = (video.organization_id, row["moment_id"])
        name = file_name(row["title"], made.mime_type)
        return _Cut(
            await self._files.store(*owner, "media", name, made.mime_type, made.path),
            await self._files.store(*owner, "preview", "preview.jpg", "image/jpeg", poster)
            if poster.exists()
            else None,
            made.shape,
        )

    async def _videos(
        self, source: MediaFile, rows: Sequence[Record], folder: Path
    ) -> AsyncGenerator[tuple[Record, _Made | MomentsError], None]:
        """Yield the cuts of a video, for which a node gets the file once."""
        if not rows:
            return
        node = await self._nodes.any_alive()
        wanted = CutsRequest(spans=[(row["start_ms"] * 1000, row["end_ms"] * 1000) for row in rows])
        body = await self._files.storage.open(source.bucket, source.key)
        path = folder / "clip.mp4"
        async with self._client.cuts(node.control_url, wanted, body) as cuts:
            remaining = iter(rows)
            async for cut in cuts:
                row = next(remaining)
                if isinstance(cut, MomentsError):
                    yield row, cut
                    continue
                meta, media = cut
                await _write(path, media)
                shape = Shape(meta.width or None, meta.height or None, meta.duration_ms)
                yield row, _Made(path, _MP4, shape)

    async def _sounds(
        self, source: MediaFile, rows: Sequence[Record], folder: Path
    ) -> AsyncGenerator[tuple[Record, _Made | MomentsError], None]:
        """Yield the cuts of a recording without video."""
        if not rows:
            return
        whole, path = await self._files.load(source, folder / "source"), folder / "clip.m4a"
        for row in rows:
            span = {"start_ms": row["start_ms"], "end_ms": row["end_ms"]}
            try:
                length_ms = await media_process.run("excerpt", whole, target=str(path), **span)
            except MomentsError as error:
                yield row, error
                continue
            yield row, _Made(path, _M4A, Shape(duration_ms=length_ms))


async def _write(path: Path, media: AsyncIterator[bytes]) -> None:
    with await in_thread(path.open, "wb") as file:
        async for chunk in media:
            await in_thread(file.write, chunk)
