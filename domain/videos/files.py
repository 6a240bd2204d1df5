"""The files of a video: from the store into a temporary folder, and back as assets."""

from pathlib import Path
from typing import Final

from domain.infra.storage import Storage
from domain.infra.threads import in_thread
from domain.moments.assets import Assets, NewFile, Purpose, StoredFile
from domain.moments.models import MediaFile

_PIECE: Final = 4 * 1024 * 1024


class VideoFiles:
    """Reads and stores; a stored file needs a row from `Assets.insert`."""

    def __init__(self, storage: Storage, assets: Assets) -> None:
        self.storage = storage
        self.assets = assets

    async def load(self, file: MediaFile, path: Path) -> Path:
        """Copy a stored file to a path."""
        waiting = bytearray()
        with await in_thread(path.open, "wb") as target:
            async for chunk in await self.storage.open(file.bucket, file.key):
                waiting += chunk
                if len(waiting) >= _PIECE:
                    await in_thread(target.write, bytes(waiting))
                    waiting.clear()
            await in_thread(target.write, bytes(waiting))
        return path

    async def store(
        self,
        organization_id: str,
        moment_id: str,
        purpose: Purpose,
        name: str,
        mime_type: str,
        path: Path,
    ) -> StoredFile:
        """Store a file durably as one of a moment."""
        return await self.assets.store(
            NewFile(organization_id, moment_id, purpose, name, mime_type), path
        )
