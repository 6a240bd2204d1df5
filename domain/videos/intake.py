"""Where a video comes from: a file that is uploaded, a URL, or a moment's file."""

from typing import Final
from urllib.parse import urlsplit

from domain.accounts.models import Actor, Caller
from domain.core.errors import BadFields, Conflict
from domain.core.ids import new_id
from domain.infra.base import Base
from domain.moments.models import NewAsset, NewMoment
from domain.moments.rules import clean_new
from domain.moments.wiring import MomentRoom
from domain.videos.models import NewVideo, SourceKind, default_title
from domain.videos.pipeline import Pipeline
from domain.videos.tables import Videos

_MAX_URL: Final = 2000
_FILE: Final = """
SELECT id FROM moment_assets WHERE moment_id = $1 AND purpose = 'media'
    AND generation IS NOT NULL AND processing_status = 'completed'
    AND (mime_type LIKE 'video/%' OR mime_type LIKE 'audio/%') ORDER BY id DESC LIMIT 1
"""
# Whose files are understood: any moment's that lives, but those that come from videos.
_UNKNOWN: Final = """
SELECT m.id, m.organization_id, m.created_by FROM moments m
WHERE (m.id = $1 OR m.id = (SELECT moment_id FROM moment_assets WHERE id = $2))
    AND m.deleted_at IS NULL AND NOT EXISTS (SELECT 1 FROM videos v WHERE v.moment_id = m.id)
    AND NOT EXISTS (SELECT 1 FROM video_moments f WHERE f.moment_id = m.id) FOR UPDATE OF m
"""


class Intake:
    """Makes the rows of new videos, in the open transaction."""

    def __init__(self, base: Base, moments: MomentRoom, pipeline: Pipeline) -> None:
        self._database = base.database
        self._clock = base.clock
        self._most_bytes = base.settings.video_bytes
        self._records = moments.records
        self._uploads = moments.uploads
        self._pipeline = pipeline

    async def of_file(
        self, caller: Caller, actor: Actor, new: NewVideo, source: SourceKind
    ) -> tuple[str, str | None]:
        """Return the new video of a file or a URL, and where to upload the file."""
        title = new.title.strip() or _title_of(new)
        moment = clean_new(NewMoment(title=title, kind="video", visibility=new.visibility))
        moment_id = self._records.new_id()
        await self._records.insert(
            moment_id, actor.organization_id, moment, created_by=actor.user_id
        )
        asset_id = upload_url = None
        if source == "upload":
            asset = NewAsset(
                "screen_recording",
                new.file_name or "video",
                new.mime_type or "video/mp4",
                new.size_bytes or 0,
                "api",
            )
            begun = await self._uploads.begin(caller, moment_id, asset, max_bytes=self._most_bytes)
            asset_id, upload_url = begun.asset_id, begun.url
        url = new.url if source == "url" else None
        video_id = await self._insert(
            actor.organization_id,
            actor.user_id,
            moment_id,
            source,
            url=url,
            asset_id=asset_id,
        )
        return video_id, upload_url

    async def of_moment(self, actor: Actor, moment_id: str) -> str:
        """Return the video of a moment's newest file.

        Raises:
            NotFound: No such moment. Conflict: It is a video already, or has no file to process.
        """
        moment = await self._records.find(actor, moment_id, lock=True)
        known = await self._database.fetchrow(
            "SELECT id, source FROM videos WHERE moment_id = $1", moment.id
        )
        if known is not None and known["source"] != "capture":
            raise Conflict(
                "This moment is being processed as a video already.",
                fields={"video_id": known["id"]},
            )
        if known is not None:  # from now on it is in the list, and moments are looked for
            await Videos.update({Videos.source: "moment"}).where(Videos.id == known["id"])
            return str(known["id"])
        asset_id = await self._database.fetchval(_FILE, moment.id)
        if asset_id is None:
            raise Conflict("This moment has no video or audio file that is ready. Add one first.")
        return await self._insert(
            actor.organization_id, actor.user_id, moment.id, "moment", asset_id=asset_id
        )

    async def of_capture(self, moment_id: str | None, asset_id: str | None) -> str | None:
        """Return the new video of a capture's moment, or a file's; None if it needs none."""
        moment = await self._database.fetchrow(_UNKNOWN, moment_id, asset_id)
        newest = moment and await self._database.fetchval(_FILE, moment["id"])
        if moment is None or newest is None:
            return None
        return await self._insert(
            moment["organization_id"],
            moment["created_by"],
            moment["id"],
            "capture",
            asset_id=newest,
        )

    async def _insert(
        self,
        organization_id: str,
        created_by: str | None,
        moment_id: str,
        source: SourceKind,
        *,
        url: str | None = None,
        asset_id: str | None = None,
    ) -> str:
        video_id, now = new_id("video"), self._clock.now()
        await Videos.insert(
            Videos(
                id=video_id,
                organization_id=organization_id,
                moment_id=moment_id,
                owns_moment=source in {"upload", "url"},
                source=source,
                url=url,
                asset_id=asset_id,
                status="queued",
                run=0,
                prompt="",
                created_by=created_by,
                created_at=now,
                updated_at=now,
            )
        )
        await self._pipeline.prepare(video_id, organization_id)
        return video_id


def _title_of(new: NewVideo) -> str:
    if new.file_name:
        return new.file_name.rpartition(".")[0] or new.file_name
    return default_title(new.url or "")


def source_of(new: NewVideo) -> SourceKind:
    """Return which source is meant.

    Raises:
        BadFields: None or several, or one that is not valid.
    """
    given = [name for name in ("url", "file_name", "moment_id") if getattr(new, name) is not None]
    if len(given) != 1:
        raise BadFields({"url": "give exactly one of url, file_name and moment_id"})
    if new.url is not None:
        _check_url(new.url)
        return "url"
    if new.moment_id is not None:
        return "moment"
    kind = (new.mime_type or "").lower()
    if not kind.startswith(("video/", "audio/")):
        raise BadFields({"mime_type": "must be of a video or audio file, such as video/mp4"})
    if not new.size_bytes:
        raise BadFields({"size_bytes": "must be the length of the file in bytes, at least 1"})
    return "upload"


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        is_address = False
    if not is_address or len(url) > _MAX_URL or not url.isprintable():
        raise BadFields({"url": "must be an http(s) address"})
    if parts.username or parts.password:
        raise BadFields({"url": "must not contain a user name or password"})
