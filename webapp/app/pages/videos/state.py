"""A video in the list: its stages as bars, and what can be done with it."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Literal
from urllib.parse import quote

from domain.accounts.models import Caller
from domain.core.time import isoformat
from domain.infra.events import Event
from domain.moments.models import UserRef
from domain.videos.models import STAGES, Video
from webapp.app.components.list_row import Pipe, Press, RowItem, When
from webapp.app.kit.video_words import (
    IS_WORKING,
    MAY_RETRY,
    is_awaited,
    length_of,
    percent,
    source_of,
    words_of,
)

BAR: Final[dict[str, Literal["", "run", "done", "fail"]]] = {
    "running": "run",
    "completed": "done",
    "failed": "fail",
}


def who(created_by: UserRef | None, caller: Caller) -> str:
    """Return who added it."""
    if created_by is None:
        return ""
    return "you" if created_by.id == caller.user_id else created_by.name or created_by.email


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
        blank="sound" if video.duration_ms and not video.height else "video",
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
    if video.status == "failed" and video.url:
        where = f"/mark?url={quote(video.url, safe='')}"
        found.append(Press("mark", "Mark a part instead", "mark", href=where))
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


def start_of(text: str | None) -> float | None:
    """Return where a link says that a video begins, in seconds; None where it does not."""
    return float(text) if text and re.fullmatch(r"\d{1,6}(\.\d{1,3})?", text) else None
