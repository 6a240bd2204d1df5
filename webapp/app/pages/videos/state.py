"""A video in words: where it comes from, which stage it is in, what can be done with it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Literal
from urllib.parse import urlsplit

from domain.accounts.models import Caller
from domain.core.time import isoformat
from domain.infra.events import Event
from domain.marks.service import clock_text
from domain.moments.models import UserRef
from domain.videos.models import STAGES, Stage, StageState, Video
from webapp.app.components.list_row import Pipe, Press, RowItem, When
from webapp.app.kit.elements import plural

STAGE_NAMES: Final[dict[Stage, str]] = {
    "ingest": "Ingest",
    "audio": "Audio",
    "transcript": "Transcript",
    "moments": "Moments",
    "clips": "Clips",
}
_DOING: Final[dict[Stage, str]] = {
    "ingest": "Reading the file",
    "audio": "Extracting the audio",
    "transcript": "Transcribing",
    "moments": "Finding moments",
    "clips": "Cutting clips",
}
BAR: Final[dict[str, Literal["", "run", "done", "fail"]]] = {
    "running": "run",
    "completed": "done",
    "failed": "fail",
}
IS_WORKING: Final = frozenset({"queued", "running"})
MAY_RETRY: Final = frozenset({"failed", "cancelled"})


def length_of(video: Video) -> str:
    """Return a video's length, such as `12:48`."""
    return clock_text(video.duration_ms // 1000 * 10) if video.duration_ms else ""


def source_of(video: Video) -> str:
    """Return where a video comes from."""
    if video.url:
        return f"From {urlsplit(video.url).hostname}"
    return "Uploaded" if video.source == "upload" else "From a moment"


def who(created_by: UserRef | None, caller: Caller) -> str:
    """Return who added it."""
    if created_by is None:
        return ""
    return "you" if created_by.id == caller.user_id else created_by.name or created_by.email


def percent(stage: StageState) -> int:
    """Return how far a stage is."""
    return 100 if stage.status == "completed" else round(100 * stage.progress)


def words_of(video: Video) -> str:
    """Return what happens to a video now, or how it ended."""
    if video.status == "failed":
        return video.error or "Failed"
    if video.status == "cancelled":
        return "Cancelled"
    if video.status == "completed":
        return plural(video.moments_found, "moment") if video.moments_found else "No moments"
    running = next((each for each in video.stages if each.status == "running"), None)
    if running is not None:
        done = percent(running)
        is_fetch = running.name == "ingest" and video.source == "url"
        doing = "Fetching" if is_fetch else _DOING[running.name]
        return f"{doing}, {done} %" if done else doing
    return "Waiting for the file" if is_awaited(video) else "Waiting its turn"


def is_awaited(video: Video) -> bool:
    """Return whether a video's upload has not arrived."""
    return video.source == "upload" and video.media_url is None and video.status == "queued"


def pipe_of(video: Video) -> Pipe:
    """Return a video's stages as bars."""
    done = sum(each.status == "completed" for each in video.stages)
    label = "All stages done" if done == len(STAGES) else f"{done} of {len(STAGES)} stages done"
    is_over = video.status in {"completed", "cancelled"}
    return Pipe(
        bars=[(BAR.get(each.status, ""), percent(each)) for each in video.stages],
        label=label,
        words=words_of(video),
        tail=When("", isoformat(video.created_at), "ago") if is_over else "",
        is_bad=video.status == "failed",
    )


def row_of(video: Video, by: str, *, may_edit: bool) -> RowItem:
    """Return a video's row in the list."""
    tries = max((each.attempts for each in video.stages), default=0)
    facts = [source_of(video), by, f"{tries} tries" if tries > 1 else ""]
    retry = [Press("retry", "Retry", "again")] if may_edit and video.status in MAY_RETRY else []
    return RowItem(
        id=video.id,
        title=video.title,
        meta=[each for each in facts if each],
        picture=video.poster_url or "",
        figure=length_of(video),
        href=f"/videos/{video.id}",
        pipe=pipe_of(video),
        buttons=retry,
        menu=menu_of(video, may_edit=may_edit),
    )


def menu_of(video: Video, *, may_edit: bool) -> Sequence[Press]:
    """Return what can be done with a video."""
    found = [Press("open", "Open", "eye", href=f"/videos/{video.id}")]
    if video.media_url:
        found.append(Press("download", "Download the video", "download", href=video.media_url))
    if not may_edit:
        return found
    if video.status in IS_WORKING and not is_awaited(video):
        found.append(Press("cancel", "Stop processing", "close"))
    elif video.status == "completed":
        found.append(Press("again", "Process again", "again"))
    return [*found, Press("-", ""), Press("delete", "Delete", "trash", is_danger=True)]


def progressed(video: Video, event: Event) -> Video | None:
    """Return a video with the progress that an event tells; None if it has to be read anew."""
    told = event.payload
    stages = {each.name: each for each in video.stages}
    stage = stages.get(str(told.get("stage")))  # type: ignore[call-overload]
    if event.kind != "video.progress" or stage is None or stage.status != "running":
        return None
    try:
        fraction = min(1.0, max(0.0, float(str(told.get("progress")))))
    except ValueError:
        return None
    changed = replace(stage, progress=fraction)
    return replace(video, stages=tuple(changed if s is stage else s for s in video.stages))
