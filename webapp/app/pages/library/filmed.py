"""From a moment to its video: what it is part of, or what can be found in it."""

from collections.abc import Sequence
from typing import Final

from nicegui import ui

from domain.moments.models import Asset, Moment
from domain.videos.models import NewVideo
from webapp.app.kit.elements import Button, link
from webapp.app.shell import SignedInPage

_MEDIA: Final = ("video/", "audio/")


class Filmed:
    """A link to a moment's video; without one, a button that has what is said written down."""

    def __init__(self, page: SignedInPage) -> None:
        self._page = page
        self._moment_id = ""
        self._video_id: str | None = None
        self._may_start = False
        self._words = "Open the video"

    async def read(self, moment: Moment, assets: Sequence[Asset]) -> None:
        """Find the video."""
        page = self._page
        found = await page.services.videos.of_moments(page.caller, [moment.id])
        self._moment_id = moment.id
        video = found.get(moment.id)
        self._video_id = video.id if video else None
        is_shown = video is not None and video.source == "capture"
        self._words = "Open the transcript" if is_shown else "Open the video"
        if (moment.source_id or "").startswith("video_"):
            self._video_id = moment.source_id  # it was found in that one
        has_media = any(
            each.processing_status == "completed" and each.file.content_type.startswith(_MEDIA)
            for each in assets
        )
        self._may_start = has_media and bool(page.me["may_capture"])

    @property
    def shown(self) -> tuple[object, ...]:
        """What it draws."""
        return (self._words, self._video_id, self._may_start)

    def draw(self) -> None:
        """Draw the link or the button."""
        if self._video_id is not None:
            link(self._words, f"/videos/{self._video_id}", "m-btn", "video")
        elif self._may_start:
            Button("Transcribe", self._start, glyph="video")

    async def _start(self) -> None:
        page = self._page

        async def do() -> None:
            made = await page.services.videos.submit(
                page.caller, NewVideo(moment_id=self._moment_id)
            )
            ui.navigate.to(f"/videos/{made.video.id}")

        await page.act(do, once="transcribe")
