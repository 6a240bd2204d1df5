"""What can be done with moments of a list: delete with undo, restore, tag, share, retry."""

from collections.abc import Awaitable, Callable, Sequence

from webapp.app.kit.elements import plural
from webapp.app.pages.library.bulk_bar import ask_for_tag
from webapp.app.pages.library.collecting import collect
from webapp.app.pages.library.sharing import ShareDialog
from webapp.app.shell import SignedInPage

Gone = Callable[[Sequence[str]], None]
Back = Callable[[Sequence[str]], Awaitable[None]]


class Doing:
    """Does it, says so, and tells the list what is gone and what is back."""

    def __init__(self, page: SignedInPage, *, on_gone: Gone, on_back: Back) -> None:
        self._page = page
        self._services, self._caller = page.services, page.caller
        self._on_gone, self._on_back = on_gone, on_back
        self.on_tag: Callable[[], Awaitable[None]] | None = None  # the known tags have changed

    async def do(self, what: str, moment_ids: list[str]) -> None:
        """Do something with moments; a name that nothing has is ignored."""
        if what == "delete":
            await self.delete(moment_ids)
        elif what == "restore":
            await self.restore(moment_ids)
        elif what == "tag":
            self._ask_for_tag(moment_ids)
        elif what == "collect":
            await self._page.act(lambda: collect(self._page, moment_ids), once="collect")
        elif what == "share":
            await self._page.act(lambda: self._share(moment_ids), once="share")

    async def delete(self, moment_ids: list[str]) -> None:
        """Move moments to the bin, and offer to undo it."""
        moments = self._services.moments
        if not await self._page.act(lambda: moments.delete(self._caller, moment_ids)):
            return
        self._on_gone(moment_ids)
        days = plural(self._services.settings.retention_days, "day")
        self._page.toaster.say(
            f"{plural(len(moment_ids), 'moment')} deleted",
            f"Kept in the bin for {days}.",
            action=("Undo", lambda: self.restore(moment_ids)),
        )

    async def restore(self, moment_ids: list[str]) -> None:
        """Restore moments from the bin."""
        moments = self._services.moments
        if await self._page.act(lambda: moments.restore(self._caller, moment_ids)):
            self._page.toaster.say(f"{plural(len(moment_ids), 'moment')} restored")
            await self._page.act(lambda: self._on_back(moment_ids))

    async def retry(self, clip_id: str) -> None:
        """Try a failed clip again."""
        clips = self._services.clips
        await self._page.act(lambda: clips.retry(self._caller, clip_id), once=clip_id)

    async def _share(self, moment_ids: list[str]) -> None:
        if len(moment_ids) > 1:
            await ShareDialog(self._page, moment_ids).open()
            return
        moment = await self._services.moments.get(self._caller, moment_ids[0])
        found = await self._services.gallery.of_moments(self._caller, moment_ids)
        capture = found.get(moment.id)
        await ShareDialog(self._page, moment_ids, moment, capture.id if capture else None).open()

    def _ask_for_tag(self, moment_ids: list[str]) -> None:
        async def add(tag: str) -> None:
            moments = self._services.moments
            if await self._page.act(lambda: moments.add_tags(self._caller, moment_ids, [tag])):
                self._page.toaster.say(f"{plural(len(moment_ids), 'moment')} tagged “{tag}”")
                if self.on_tag:
                    await self._page.act(self.on_tag)

        with self._page.client:  # not in the bar, which is hidden now
            ask_for_tag(len(moment_ids), add)
