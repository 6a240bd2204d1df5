"""Notifies people when their videos are processed, or have failed."""

from typing import Final

from domain.accounts.notices import News, Notifier
from domain.infra.database import Database, Record

# Captures are processed by themselves: nobody waits for them.
_VIDEO: Final = """
SELECT v.created_by, v.organization_id, m.title, (SELECT count(*) FROM video_moments f
    JOIN moments x ON x.id = f.moment_id AND x.deleted_at IS NULL WHERE f.video_id = v.id) AS found
FROM videos v JOIN moments m ON m.id = v.moment_id
WHERE v.id = $1 AND v.source <> 'capture' AND m.deleted_at IS NULL
"""


class VideoNotices:
    """Every method runs in the open transaction."""

    def __init__(self, database: Database, notifier: Notifier) -> None:
        self._database = database
        self._notifier = notifier

    async def tell(self, video_id: str, error: str | None = None) -> None:
        """Notify the person who added a video that its pipeline has ended."""
        row = await self._database.fetchrow(_VIDEO, video_id)
        if row is None:
            return
        name, found = f"“{row['title']}”", row["found"]
        if error is not None:
            title = f"{name} could not be processed"
        elif found:
            title = f"{found} {'moment' if found == 1 else 'moments'} found in {name}"
        else:
            title = f"{name} is ready"
        news = News("video", video_id, title, error or "", f"/videos/{video_id}")
        await self._notifier.tell(row["created_by"], row["organization_id"], news)

    async def tell_export(self, row: Record, error: str) -> None:
        """Notify the person who made a moment that the export of its clip has failed."""
        title = f"The export of “{row['title']}” failed"
        news = News("video", row["moment_id"], title, error, f"/videos/{row['video_id']}")
        await self._notifier.tell(row["created_by"], row["organization_id"], news)
