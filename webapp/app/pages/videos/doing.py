"""What can be done with a video as a whole: retry, stop, process again, delete with undo."""

from collections.abc import Awaitable, Callable
from typing import Final

from domain.videos.models import Video
from webapp.app.kit.elements import plural
from webapp.app.kit.forms import confirm
from webapp.app.kit.video_words import IS_WORKING
from webapp.app.shell import SignedInPage

_OWN: Final = frozenset({"upload", "url"})  # the others are of moments that were there before
Show = Callable[[Video], Awaitable[None]]
Moved = Callable[[str], Awaitable[None]]


class VideoDoing:
    """Does it and says so; `on_change` gets the video as it is now."""

    def __init__(
        self, page: SignedInPage, *, on_change: Show, on_gone: Moved, on_back: Moved
    ) -> None:
        self._page = page
        self._services, self._caller = page.services, page.caller
        self._on_change, self._on_gone, self._on_back = on_change, on_gone, on_back

    async def do(self, what: str, video: Video) -> None:
        """Do something with a video; a name that nothing has is ignored."""
        videos, caller = self._services.videos, self._caller
        if what == "retry":
            await self._run(lambda: videos.retry(caller, video.id), video.id)
        elif what == "again":
            await self._run(lambda: videos.start(caller, video.id), video.id)
        elif what == "cancel":
            await self._run(lambda: videos.cancel(caller, video.id), video.id)
        elif what == "delete" and video.source not in _OWN:
            self._ask(video)
        elif what == "delete":
            await self._page.act(lambda: self._bin(video), once=video.id)

    async def _run(self, do: Callable[[], Awaitable[Video]], video_id: str) -> None:
        async def run() -> None:
            await self._on_change(await do())

        await self._page.act(run, once=video_id)

    def _ask(self, video: Video) -> None:
        """Its moment was there before, and stays; the rest cannot come back."""

        async def forget() -> None:
            await self._page.act(lambda: self._forget(video), once=video.id)

        confirm(
            self._page.client,
            "Delete the analysis?",
            "The transcript and the moments found in it are deleted for good."
            " The moment that they come from stays in the library.",
            "Delete",
            forget,
        )

    async def _forget(self, video: Video) -> None:
        await self._services.videos.delete(self._caller, video.id)
        await self._on_gone(video.id)
        self._page.toaster.say("Analysis deleted")

    async def _bin(self, video: Video) -> None:
        """Move a video and what was found in it to the bin, and offer to undo it."""
        videos, caller = self._services.videos, self._caller
        found = await videos.moments(caller, video.id)
        is_mine = video.created_by == caller.user_id or self._page.me["is_admin"]
        if is_mine and video.status in IS_WORKING:
            await videos.cancel(caller, video.id)  # nothing more is found in what is deleted
        moment_ids = [video.moment_id, *(each.moment.id for each in found)]
        await self._services.moments.delete(caller, moment_ids)
        await self._on_gone(video.id)
        days = plural(self._services.settings.retention_days, "day")
        with_what = f" with its {plural(len(found), 'moment')}" if found else ""
        self._page.toaster.say(
            "Video deleted",
            f"Kept in the bin{with_what} for {days}.",
            action=("Undo", lambda: self._restore(video.id, moment_ids)),
        )

    async def _restore(self, video_id: str, moment_ids: list[str]) -> None:
        async def do() -> None:
            await self._services.moments.restore(self._caller, moment_ids)
            await self._on_back(video_id)

        if await self._page.act(do, once=video_id):
            self._page.toaster.say("Video restored")
