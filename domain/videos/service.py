"""Videos for members: submit, see, run, delete."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from domain.accounts.models import Actor, Caller, Role
from domain.accounts.rights import Rights
from domain.core.errors import BadFields, Conflict, Forbidden, NotFound
from domain.core.ids import new_id
from domain.infra.base import Base
from domain.infra.database import Record
from domain.moments.access import may_delete
from domain.moments.models import UNDERSTAND_JOB, MediaFile, NewAsset, NewMoment
from domain.moments.rules import clean_new
from domain.moments.wiring import MomentRoom
from domain.videos.found import FoundMoments, Purge
from domain.videos.models import (
    STAGES,
    FoundMoment,
    NewVideo,
    Progress,
    SourceKind,
    Stage,
    StageState,
    Submitted,
    Transcript,
    Video,
    VideoCounts,
    VideoPage,
    default_title,
)
from domain.videos.pipeline import STAGE_JOB, Pipeline
from domain.videos.rows import VideoRows, file_of, video_of
from domain.videos.tables import Videos
from domain.videos.transcripts import TranscriptStore

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


@dataclass(frozen=True, slots=True)
class VideoStores:
    """What reads and writes the rows of videos."""

    rows: VideoRows
    transcripts: TranscriptStore
    found: FoundMoments


class VideoService:
    """An organisation's videos."""

    def __init__(
        self,
        base: Base,
        rights: Rights,
        moments: MomentRoom,
        pipeline: Pipeline,
        stores: VideoStores,
        purge: Purge,
    ) -> None:
        self._database = base.database
        self._clock = base.clock
        self._queue = base.queue
        self._storage = base.storage
        self._most_bytes = base.settings.video_bytes
        self._understands = base.settings.understand_captures
        self._rights = rights
        self._records = moments.records
        self._uploads = moments.uploads
        self._assets = moments.assets
        self._rows = stores.rows
        self.pipeline = pipeline
        self._transcripts = stores.transcripts
        self._found = stores.found
        self._purge = purge

    async def submit(self, caller: Caller, new: NewVideo) -> Submitted:
        """Create a video (members); a URL or a moment starts at once, an upload when it is there.

        Raises:
            BadFields: Not exactly one source, or one that is not valid. NotFound: No such moment.
            Conflict: The moment is a video already, or has no file to process.
        """
        source = _source_of(new)
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.MEMBER)
            if source == "moment":
                video_id = await self._of_moment(actor, new.moment_id or "")
                upload_url = None
            else:
                video_id, upload_url = await self._of_file(caller, actor, new, source)
            if source != "upload":
                await self._start(video_id, "ingest")
            await self.pipeline.announce(video_id, "video.created")
            video = await self._view(await self._rows.find(actor, video_id))
        return Submitted(video, upload_url)

    async def get(self, caller: Caller, video_id: str) -> Video:
        """Return one video with its stages."""
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            return await self._view(await self._rows.find(actor, video_id))

    async def list(
        self,
        caller: Caller,
        *,
        limit: int = 50,
        offset: int = 0,
        progress: Progress | None = None,
    ) -> VideoPage:
        """Return one page of the videos that the caller can see, newest first."""
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            rows, total = await self._rows.page(actor, limit, offset, progress)
            stages = await self._rows.stages([row["id"] for row in rows])
        return VideoPage(tuple(self._video(row, stages) for row in rows), total)

    async def counts(self, caller: Caller) -> VideoCounts:
        """Return how many videos the caller can see, and how long they are together."""
        async with self._database.transaction():
            return await self._rows.counts(await self._rights.load(caller))

    async def of_moments(self, caller: Caller, moment_ids: Sequence[str]) -> Mapping[str, Video]:
        """Return the videos that some moments are of, by moment."""
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            rows = await self._rows.of_moments(actor, moment_ids)
            stages = await self._rows.stages([row["id"] for row in rows])
        return {row["moment_id"]: self._video(row, stages) for row in rows}

    async def transcript(self, caller: Caller, video_id: str) -> Transcript:
        """Return a video's transcript.

        Raises:
            Conflict: Its stage has not ended yet (code `not_ready`).
        """
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            row = await self._rows.find(actor, video_id)
            transcript = await self._transcripts.get(row["id"])
        if transcript is None:
            raise not_ready("The transcript is not ready yet.")
        return transcript

    async def moments(self, caller: Caller, video_id: str) -> Sequence[FoundMoment]:
        """Return the moments of a video, in its order."""
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            row = await self._rows.find(actor, video_id)
            return await self._found.list(actor, row["id"])

    async def clip_url(self, caller: Caller, moment_id: str) -> str:
        """Return a fresh signed URL of the clip of a video's moment, for a redirect.

        Raises:
            NotFound: It is no moment of a video. Conflict: It has no clip yet.
        """
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            file = await self._found.clip(actor, moment_id)
        if file is None:
            raise not_ready("This clip is not ready yet.")
        return self._url(file)

    async def start(self, caller: Caller, video_id: str, first: Stage = "ingest") -> Video:
        """Run a video's pipeline from a stage on (members).

        Raises:
            Conflict: Its file has not arrived, or an earlier stage has not ended.
        """
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.MEMBER)
            row = await self._rows.find(actor, video_id, lock=True)
            if row["source"] == "upload" and file_of(row, "asset") is None:
                raise not_ready("The file has not arrived yet. Upload it first.")
            stages = (await self._rows.stages([row["id"]]))[row["id"]]
            before = stages[: STAGES.index(first)]
            if any(stage.status != "completed" for stage in before):
                raise not_ready("An earlier stage has not ended yet.")
            await self._start(row["id"], first)
            return await self._view(await self._rows.find(actor, video_id))

    async def retry(self, caller: Caller, video_id: str) -> Video:
        """Run a failed or cancelled video from the stage on that did not end (members).

        Raises:
            Conflict: It did not fail and was not cancelled.
        """
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.MEMBER)
            row = await self._rows.find(actor, video_id, lock=True)
            if row["status"] not in {"failed", "cancelled"}:
                raise Conflict("Only a failed or cancelled video can be retried.")
            if row["source"] == "upload" and file_of(row, "asset") is None:
                raise not_ready("The file has not arrived. Submit the video again.")
            stages = (await self._rows.stages([row["id"]]))[row["id"]]
            first = next(stage.name for stage in stages if stage.status != "completed")
            await self._start(row["id"], first)
            return await self._view(await self._rows.find(actor, video_id))

    async def cancel(self, caller: Caller, video_id: str) -> Video:
        """Stop a video's pipeline (members); what ended keeps its results.

        Raises:
            Conflict: It has ended already.
        """
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.MEMBER)
            row = await self._rows.find(actor, video_id, lock=True)
            if row["status"] not in {"queued", "running"}:
                raise Conflict("This video is not being processed.")
            locked = await self._locked(row["id"])
            await self.pipeline.cancel(locked)
            return await self._view(await self._rows.find(actor, video_id))

    async def delete(self, caller: Caller, video_id: str) -> None:
        """Delete a video for good: its moments, files, transcript and jobs (its own, or an admin).

        The objects follow in a job, so an interrupted deletion finishes later.

        Raises:
            Forbidden: Somebody else submitted it.
        """
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.MEMBER)
            row = await self._rows.find(actor, video_id, lock=True)
            if not may_delete(actor, row["created_by"]):
                raise Forbidden("Only the person who submitted it, an owner or an admin may do so.")
            await self.pipeline.announce(row["id"], "video.deleted")
            await self._remove(row)

    async def source_processed(self, asset_id: str, error: str | None) -> None:
        """Start the video whose uploaded file was checked, or fail it; in the open transaction."""
        row = await self._database.fetchrow(
            "SELECT v.id FROM videos v JOIN video_stages s ON s.video_id = v.id"
            " AND s.position = 0 AND s.status = 'pending' WHERE v.asset_id = $1",
            asset_id,
        )
        if row is None:
            if error is None and self._understands:
                await self._queue.enqueue(UNDERSTAND_JOB, {"asset_id": asset_id}, key=asset_id)
            return
        video = await self._locked(row["id"])
        if error is None:
            await self.pipeline.start(video, "ingest")
        else:
            await self.pipeline.fail(video.id, "ingest", video.run, error)

    async def understand(self, args: Mapping[str, str]) -> None:
        """Process a clip, or a file added to a moment, as a video; a job calls it, once for each.

        `args` has the moment's id, or the id of its file.
        """
        async with self._database.transaction():
            moment = await self._database.fetchrow(
                _UNKNOWN, args.get("moment_id"), args.get("asset_id")
            )
            asset_id = moment and await self._database.fetchval(_FILE, moment["id"])
            if moment is None or asset_id is None:
                return
            video_id = await self._insert(
                moment["organization_id"],
                moment["created_by"],
                moment["id"],
                "capture",
                asset_id=asset_id,
            )
            await self._start(video_id, "ingest")

    async def _of_file(
        self, caller: Caller, actor: Actor, new: NewVideo, source: SourceKind
    ) -> tuple[str, str | None]:
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

    async def _of_moment(self, actor: Actor, moment_id: str) -> str:
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
        await self.pipeline.prepare(video_id, organization_id)
        return video_id

    async def _start(self, video_id: str, first: Stage) -> None:
        await self.pipeline.start(await self._locked(video_id), first)

    async def _locked(self, video_id: str) -> Videos:
        video = await self._rows.lock(video_id)
        if video is None:
            message = "Video not found"
            raise NotFound(message)
        return video

    async def _remove(self, row: Record) -> None:
        found = await self._database.fetch(
            "SELECT moment_id FROM video_moments WHERE video_id = $1", row["id"]
        )
        gone = [each["moment_id"] for each in found]
        derived = [row[name] for name in ("audio_id", "voices_id") if row[name] is not None]
        if row["owns_moment"]:
            gone.append(row["moment_id"])
        await self._queue.withdraw(STAGE_JOB, row["id"])
        await self._database.execute("DELETE FROM videos WHERE id = $1", row["id"])
        await self._assets.disown(derived)
        await self._purge(gone)
        await self._queue.enqueue("moments.purge", {}, key="moments.purge")
        await self.pipeline.dispatch()

    async def _view(self, row: Record) -> Video:
        return self._video(row, await self._rows.stages([row["id"]]))

    def _video(self, row: Record, stages: Mapping[str, tuple[StageState, ...]]) -> Video:
        file = file_of(row, "asset")
        poster_url = None
        if row["p_path"] is not None:
            poster_url = self._storage.signed_get(
                row["p_bucket"], row["p_path"], content_type=row["p_mime"]
            )
        return video_of(
            row, stages.get(row["id"], ()), self._url(file) if file else None, poster_url
        )

    def _url(self, file: MediaFile) -> str:
        return self._storage.signed_get(
            file.bucket, file.key, content_type=file.content_type, filename=file.file_name
        )


def not_ready(message: str) -> Conflict:
    """Return the error for a result that is still to come."""
    return Conflict(message, code="not_ready")


def _title_of(new: NewVideo) -> str:
    if new.file_name:
        return new.file_name.rpartition(".")[0] or new.file_name
    return default_title(new.url or "")


def _source_of(new: NewVideo) -> SourceKind:
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
