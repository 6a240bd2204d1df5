"""The five stages of a video in full: how far each is, how long it took, why it failed."""

from domain.videos.models import StageState, Video
from webapp.app.kit.elements import El, Icon
from webapp.app.kit.video_words import STAGE_NAMES, is_awaited, percent
from webapp.app.pages.videos.state import BAR

_ORDINALS = {1: "1st", 2: "2nd", 3: "3rd"}


class Stages(El):
    """Five bars with their words; errors stand below."""

    def __init__(self) -> None:
        super().__init__("div", "m-stages")
        self._shown: Video | None = None

    def show(self, video: Video) -> None:
        """Show the stages as they are."""
        if self._shown is not None and self._shown.stages == video.stages:
            return
        self._shown = video
        self.clear()
        with self:
            with El("ol", "m-pipe", aria_label="Stages"):
                for stage in video.stages:
                    _draw(stage, is_awaited=is_awaited(video))
            if video.error:
                with El("p", "m-msg", role="alert"):
                    Icon("warn", "s")
                    El("span", text=video.error)


def _draw(stage: StageState, *, is_awaited: bool) -> None:
    look = BAR.get(stage.status, "")
    item = El("li", f"m-{look}" if look else "").style(f"--v: {percent(stage)}")
    with item:
        with El("b"):
            if stage.status == "completed":
                Icon("check", "s")
            El("span", text=STAGE_NAMES[stage.name])
        El("span", text=_words(stage, is_awaited=is_awaited)).attribute("title", stage.note)


def _words(stage: StageState, *, is_awaited: bool) -> str:
    tries = f"{_ORDINALS.get(stage.attempts, f'{stage.attempts}th')} try"
    parts = [tries] if stage.attempts > 1 else []
    if stage.status == "running":
        parts.append(f"{percent(stage)} %")
    elif stage.status == "completed":
        parts.append(_took(stage))
    elif stage.status == "pending" or (is_awaited and stage.name == "ingest"):
        parts.append("queued")
    else:
        parts.append(stage.status)
    return ", ".join(filter(None, parts))


def _took(stage: StageState) -> str:
    if stage.started_at is None or stage.ended_at is None:
        return "done"
    seconds = round((stage.ended_at - stage.started_at).total_seconds())
    return f"{seconds} s" if seconds < 120 else f"{round(seconds / 60)} min"
