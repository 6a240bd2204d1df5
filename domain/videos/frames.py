"""Frames out of recordings: a picture beside the video file that it is from."""

from pathlib import PurePath
from typing import Any, Final

from domain.accounts.models import Caller, Role
from domain.accounts.notices import News, Notifier
from domain.accounts.rights import Rights
from domain.core.errors import BadFields, MomentsError, NotFound, Unavailable
from domain.infra.base import Base
from domain.infra.database import Record
from domain.moments.assets import Shape
from domain.moments.listing import file_of
from domain.moments.wiring import MomentRoom
from domain.videos import media_process
from domain.videos.files import VideoFiles
from domain.videos.scratch import Scratch

FRAME_JOB: Final = "videos.frame"
MAX_MS: Final = 7 * 24 * 3_600_000
_PNG: Final = "image/png"
_PROCESS_JOB: Final = "moments.process_asset"
_FILE: Final = """
SELECT a.* FROM moment_assets a JOIN moments m ON m.id = a.moment_id
WHERE a.id = $1 AND a.moment_id = $2 AND a.purpose = 'media' AND a.mime_type LIKE 'video/%'
    AND a.generation IS NOT NULL AND m.deleted_at IS NULL
"""


class FrameService:
    """Asks for frames, and takes them (a job)."""

    def __init__(
        self, base: Base, rights: Rights, moments: MomentRoom, files: VideoFiles, scratch: Scratch
    ) -> None:
        self._database = base.database
        self._queue = base.queue
        self._rights = rights
        self._records = moments.records
        self._events = moments.events
        self._notifier: Notifier = moments.notifier
        self._files = files
        self._scratch = scratch

    async def ask(self, caller: Caller, moment_id: str, asset_id: str, at_ms: int) -> None:
        """Ask for the frame that a video file shows at an instant (members).

        It becomes a file of the moment soon; what goes wrong is a notice.

        Raises:
            NotFound: The moment has no such video. BadFields: The time is out of range.
        """
        if not 0 <= at_ms <= MAX_MS:
            raise BadFields({"atMs": "must be a time within the video"})
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.MEMBER)
            moment = await self._records.find(actor, moment_id)
            row = await self._find(asset_id.replace("\0", ""), moment.id)
            if row is None:
                message = "Asset not found"
                raise NotFound(message)
            task = {"asset_id": row["id"], "moment_id": moment.id, "at_ms": at_ms}
            await self._queue.enqueue(
                FRAME_JOB,
                {**task, "user_id": actor.user_id},
                key=f"{row['id']} {at_ms}",
                organization_id=actor.organization_id,
            )

    async def take(self, args: dict[str, Any]) -> None:
        """Take a frame that was asked for.

        Raises:
            Unavailable: The store is down; the queue tries again.
        """
        row = await self._find(args["asset_id"], args["moment_id"])
        if row is None:
            return
        try:
            await self._take(row, args["at_ms"], args["user_id"])
        except Unavailable:
            raise
        except MomentsError as error:
            title, href = f"No frame of {row['file_name']}", f"/library/{row['moment_id']}"
            news = News("capture", row["id"], title, error.message, href)
            async with self._database.transaction():
                await self._notifier.tell(args["user_id"], row["organization_id"], news)

    async def _find(self, asset_id: str, moment_id: str) -> Record | None:
        return await self._database.fetchrow(_FILE, asset_id, moment_id)

    async def _take(self, row: Record, at_ms: int, user_id: str | None) -> None:
        seconds = at_ms // 1000
        at = f"{seconds // 60}.{seconds % 60:02}.{at_ms % 1000:03}"
        name = f"{PurePath(row['file_name']).stem} {at}.png"
        owner = (row["organization_id"], row["moment_id"])
        with self._scratch.folder() as folder:
            source = await self._files.load(file_of(row), folder / "video")
            target = folder / "frame.png"
            size = await media_process.run("still", source, at_ms=at_ms, target=str(target))
            stored = await self._files.store(*owner, "media", name, _PNG, target)
        async with self._database.transaction():
            made = await self._files.assets.insert(stored, Shape(*size), user_id, is_raw=True)
            await self._queue.enqueue(
                _PROCESS_JOB, {"asset_id": made}, key=made, organization_id=row["organization_id"]
            )
            await self._events.publish(
                row["organization_id"], "moment.updated", row["moment_id"], row["moment_id"]
            )
