"""Videos in memory: the contract of the services that the pages of videos use."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Protocol

from domain.accounts.models import Caller, Role
from domain.core.errors import BadFields, Conflict, Forbidden, NotFound
from domain.moments.models import Moment
from domain.videos.correcting import Correction, corrected
from domain.videos.editing import FoundChange
from domain.videos.found import no_moment
from domain.videos.models import (
    STAGES,
    Export,
    FoundMoment,
    Line,
    NewVideo,
    Progress,
    Reason,
    Stage,
    StageState,
    Submitted,
    Transcript,
    Video,
    VideoCounts,
    VideoPage,
)
from domain.videos.service import not_ready

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
_WORKING = {"queued", "running"}


class Library(Protocol):
    """Who may do what, whose moments there are, and who hears of it."""

    moments: dict[str, Moment]

    def check(self, at_least: Role = Role.VIEWER) -> None:
        """Refuse callers whose role is too low."""
        ...

    def publish(
        self,
        kind: str,
        subject_id: str,
        audience: frozenset[str] | None = None,
        **more: str,
    ) -> None:
        """Publish an event."""
        ...


def stages(*statuses: str) -> tuple[StageState, ...]:
    """Return stages with these statuses; the rest is pending."""
    given = [*statuses, *["pending"] * len(STAGES)]
    return tuple(
        StageState(
            name,
            status,  # type: ignore[arg-type]
            1.0 if status == "completed" else 0.0,
            0 if status == "pending" else 1,
            AT,
            AT if status == "completed" else None,
            "Speech recognition is down. Try again." if status == "failed" else None,
            None,
        )
        for name, status in zip(STAGES, given, strict=False)
    )


def video(number: int = 1, **values: Any) -> Video:  # noqa: ANN401 (any field)
    """Return an uploaded video of Ada's that is done."""
    made = Video(
        id=f"video_{number}",
        organization_id="org_1",
        moment_id=f"moment_v{number}",
        title=f"Talk {number}",
        status="completed",
        source="upload",
        url=None,
        file_name="talk.mp4",
        duration_ms=768_000,
        width=854,
        height=480,
        has_audio=True,
        speaker_count=None,
        stages=stages(*["completed"] * len(STAGES)),
        moments_found=0,
        created_by="user_1",
        created_at=AT,
        updated_at=AT,
        media_url="/files/talk?signature=1",
        poster_url="/files/poster",
    )
    return replace(made, **values)


def found_moment(
    moment: Moment,
    start_ms: int,
    end_ms: int,
    **values: Any,  # noqa: ANN401 (any field)
) -> FoundMoment:
    """Return a moment that signals chose."""
    reasons = (Reason("reaction", 0.9), Reason("question", 0.8))
    made = FoundMoment(
        moment,
        start_ms,
        end_ms,
        0.92,
        reasons,
        "signals",
        is_edited=False,
        clip_status="ready",
        clip_error=None,
        clip_url="/files/clip",
    )
    return replace(made, **values)


def talk() -> Transcript:
    """Return what two speakers say."""
    said = (
        (0, 3900, "Welcome to the harbour.", 0, 0.98),
        (4000, 9000, "Why is it lit at night?", 1, 0.95),
        (9100, 15_000, "For the ferry, of course.", 0, 0.4),
    )
    lines = tuple(
        Line(number, start, end, text, speaker, "amused" if number == 2 else None, sure)
        for number, (start, end, text, speaker, sure) in enumerate(said)
    )
    return Transcript("en", 0.97, "speech", None, {0: "Hildy"}, lines)


class FakeVideos:
    """Videos by id; a test puts them, with their transcripts and moments."""

    def __init__(self, library: Library, new_moment: Callable[..., Moment]) -> None:
        self._library, self._new_moment = library, new_moment
        self.rows: dict[str, Video] = {}
        self.transcripts: dict[str, Transcript] = {}
        self.found: dict[str, list[FoundMoment]] = {}  # by video
        self.prompts: list[str] = []
        self.verticals: list[tuple[str, float | None, bool]] = []
        self.speaker_counts: list[int] = []
        self.is_open = asyncio.Event()  # submissions wait for it
        self.is_open.set()

    def put(self, *videos: Video) -> None:
        """Keep these, newest first."""
        for each in videos:
            self.rows[each.id] = each
            if each.moment_id not in self._library.moments:
                self._library.moments[each.moment_id] = self._new_moment(
                    len(self.rows), id=each.moment_id, kind="video", title=each.title
                )

    def alter(self, video_id: str, **values: Any) -> Video:  # noqa: ANN401 (any field)
        """Change a video, as a job does."""
        self.rows[video_id] = replace(self.rows[video_id], **values)
        self._library.publish("video.updated", video_id)
        return self.rows[video_id]

    async def submit(self, caller: Caller, new: NewVideo) -> Submitted:
        """Add a video."""
        self._library.check(Role.MEMBER)
        await self.is_open.wait()
        if new.url is not None and not new.url.startswith(("http://", "https://")):
            raise BadFields({"url": "must be an http(s) address"})
        is_media = (new.mime_type or "").startswith(("video/", "audio/"))
        if new.file_name is not None and not is_media:
            raise BadFields({"mime_type": "must be of a video or audio file, such as video/mp4"})
        made = video(
            100 + len(self.rows),
            title=new.title or new.file_name or new.url or "A moment",
            status="queued",
            source="upload" if new.file_name else "url" if new.url else "moment",
            url=new.url,
            file_name=new.file_name,
            duration_ms=None,
            stages=stages("pending" if new.file_name else "queued"),
            media_url=None,
            poster_url=None,
        )
        self.rows = {made.id: made, **self.rows}
        self.put(made)
        self._library.publish("video.created", made.id)
        return Submitted(made, f"/uploads/{made.id}" if new.file_name else None)

    async def get(self, caller: Caller, video_id: str) -> Video:
        """Return one video."""
        self._library.check()
        found = self.rows.get(video_id)
        if found is None or not self._is_seen(found):
            raise NotFound("Video not found")
        return found

    async def list(
        self,
        caller: Caller,
        *,
        limit: int = 50,
        offset: int = 0,
        progress: Progress | None = None,
    ) -> VideoPage:
        """List videos."""
        self._library.check()
        wanted = {"working": _WORKING, "failed": {"failed"}}.get(progress or "")
        found = [
            each
            for each in self.rows.values()
            if self._is_seen(each) and (wanted is None or each.status in wanted)
        ]
        return VideoPage(tuple(found[offset : offset + limit]), len(found))

    async def counts(self, caller: Caller) -> VideoCounts:
        """Count videos."""
        self._library.check()
        seen = [each for each in self.rows.values() if self._is_seen(each)]
        return VideoCounts(
            len(seen),
            sum(each.status in _WORKING for each in seen),
            sum(each.status == "failed" for each in seen),
            sum(each.duration_ms or 0 for each in seen),
        )

    async def of_moments(self, caller: Caller, moment_ids: Sequence[str]) -> Mapping[str, Video]:
        """Return the videos of moments."""
        self._library.check()
        return {each.moment_id: each for each in self.rows.values() if each.moment_id in moment_ids}

    async def levels(self, caller: Caller, video_id: str) -> bytes | None:
        """Return how loud a video is."""
        await self.get(caller, video_id)
        return b"\x00\xff"

    async def transcript(self, caller: Caller, video_id: str) -> Transcript:
        """Return a transcript."""
        await self.get(caller, video_id)
        if video_id not in self.transcripts:
            raise not_ready("The transcript is not ready yet.")
        return self.transcripts[video_id]

    async def moments(self, caller: Caller, video_id: str) -> Sequence[FoundMoment]:
        """Return what was found."""
        await self.get(caller, video_id)
        return [
            each
            for each in self.found.get(video_id, [])
            if self._library.moments[each.moment.id].deleted_at is None
        ]

    async def start(self, caller: Caller, video_id: str, first: Stage = "ingest") -> Video:
        """Run the stages from one on."""
        self._library.check(Role.MEMBER)
        await self.get(caller, video_id)
        done = ["completed"] * STAGES.index(first)
        return self.alter(video_id, status="queued", stages=stages(*done, "queued"))

    async def retry(self, caller: Caller, video_id: str) -> Video:
        """Run a failed or cancelled video again."""
        self._library.check(Role.MEMBER)
        found = await self.get(caller, video_id)
        if found.status not in {"failed", "cancelled"}:
            raise Conflict("Only a failed or cancelled video can be retried.")
        first = next(each.name for each in found.stages if each.status != "completed")
        return await self.start(caller, video_id, first)

    async def cancel(self, caller: Caller, video_id: str) -> Video:
        """Stop the stages."""
        self._library.check(Role.MEMBER)
        found = await self.get(caller, video_id)
        if found.status not in _WORKING:
            raise Conflict("This video is not being processed.")
        return self.alter(video_id, status="cancelled")

    async def delete(self, caller: Caller, video_id: str) -> None:
        """Delete a video for good."""
        self._library.check(Role.MEMBER)
        found = await self.get(caller, video_id)
        if found.created_by != caller.user_id:
            raise Forbidden("Only the person who submitted it, an owner or an admin may do so.")
        del self.rows[video_id]
        self._library.publish("video.deleted", video_id)

    def _found(self, video_id: str, moment_id: str) -> FoundMoment:
        for each in self.found.get(video_id, []):
            if each.moment.id == moment_id:
                return each
        raise no_moment()

    async def unfinished(self, caller: Caller) -> Sequence[Export]:
        """Return the exports that are being made."""
        return [
            Export(each.moment.id, video_id, each.moment.title)
            for video_id, found in self.found.items()
            for each in found
            if each.vertical_status == "waiting"
        ]

    def put_found(self, video_id: str, *found: FoundMoment) -> None:
        """Keep the moments of a video."""
        self.found[video_id] = sorted(found, key=lambda each: each.start_ms)
        self._library.moments |= {each.moment.id: each.moment for each in found}

    # What people change

    async def add(
        self, caller: Caller, video_id: str, start_ms: int, end_ms: int, title: str = ""
    ) -> FoundMoment:
        """Make a part a moment."""
        self._library.check(Role.MEMBER)
        if end_ms - start_ms < 500:
            raise BadFields({"end_s": "must be at least half a second after start_s"})
        number = 50 + len(self.found.get(video_id, []))
        moment = self._new_moment(number, kind="clip", title=title or "A part")
        made = found_moment(moment, start_ms, end_ms, origin="person", is_edited=True, reasons=())
        self.put_found(video_id, *self.found.get(video_id, []), made)
        return made

    async def change(
        self, caller: Caller, video_id: str, moment_id: str, change: FoundChange
    ) -> FoundMoment:
        """Keep or trim a moment."""
        self._library.check(Role.MEMBER)
        before = self._found(video_id, moment_id)
        after = replace(
            before,
            start_ms=before.start_ms if change.start_ms is None else change.start_ms,
            end_ms=before.end_ms if change.end_ms is None else change.end_ms,
            is_edited=change.is_kept,
        )
        self.found[video_id] = [after if m is before else m for m in self.found[video_id]]
        self._library.publish("video.updated", video_id)
        return after

    async def dismiss(self, caller: Caller, video_id: str, moment_id: str) -> None:
        """Move a moment to the bin."""
        self._library.check(Role.MEMBER)
        moment = self._found(video_id, moment_id).moment
        self._library.moments[moment.id] = replace(moment, deleted_at=AT)

    async def request(
        self,
        caller: Caller,
        video_id: str,
        moment_id: str,
        *,
        crop: float | None = None,
        with_captions: bool = True,
    ) -> FoundMoment:
        """Ask for the vertical form of a clip."""
        self._library.check(Role.MEMBER)
        self.verticals.append((moment_id, crop, with_captions))
        return self._found(video_id, moment_id)

    async def refine(
        self, caller: Caller, video_id: str, moment_id: str, prompt: str = ""
    ) -> FoundMoment:
        """Extend a moment to whole seconds."""
        self.prompts.append(prompt)
        found = self._found(video_id, moment_id)
        change = FoundChange(
            start_ms=found.start_ms // 1000 * 1000, end_ms=-(-found.end_ms // 1000) * 1000
        )
        return await self.change(caller, video_id, moment_id, change)

    async def generate(self, caller: Caller, video_id: str, prompt: str = "") -> Video:
        """Look for moments again."""
        self._library.check(Role.MEMBER)
        self.prompts.append(prompt)
        return await self.start(caller, video_id, "moments")

    async def correct(self, caller: Caller, video_id: str, change: Correction) -> Transcript:
        """Correct words and speakers."""
        self._library.check(Role.MEMBER)
        now = corrected(await self.transcript(caller, video_id), change)
        if change.speaker_count is not None:
            self.speaker_counts.append(change.speaker_count)
        self.transcripts[video_id] = now
        return now

    async def speaker_names(self, caller: Caller) -> Sequence[str]:
        """Return the names in use."""
        self._library.check()
        return sorted({name for each in self.transcripts.values() for name in each.names.values()})

    def _is_seen(self, each: Video) -> bool:
        moment = self._library.moments[each.moment_id]
        return each.organization_id == "org_1" and moment.deleted_at is None
