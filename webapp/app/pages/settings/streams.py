"""The organisation's streams."""

from typing import Final
from urllib.parse import urlsplit

from domain.core.time import clock_text
from domain.infra.events import Event
from domain.live.models import Stream
from webapp.app.components.list_row import Press, RowItem, RowList
from webapp.app.kit.elements import Button
from webapp.app.kit.forms import confirm
from webapp.app.kit.in_order import in_order
from webapp.app.pages.settings.base import SettingsPage, section
from webapp.app.pages.streams.forms import AddStream, edit_stream, show_publish_key
from webapp.app.pages.streams.state import badge_of, may_run, state_words

_LIMIT: Final = 100
_SEEN_BY: Final = {
    "private": "private",
    "organization": "organisation",
    "unlisted": "by link",
    "public": "public",
}
_LINE: Final = Press("-", "")


class StreamsPage(SettingsPage):
    """Sources, rewind, and who can watch."""

    section = "streams"
    hears = ("stream",)

    def draw(self) -> None:
        """Draw the list."""
        with section("Streams", "Their sources, and how far back you can rewind.") as action:
            if self.me["may_capture"]:
                with action:
                    Button("Add stream", self.add, kind="solid", glyph="plus")
            none = "No streams yet."
            if self.is_admin:
                none += " Add a camera, a feed or the demo."
            self.list = RowList(self._do, none=none)

    @in_order
    async def refresh(self) -> None:
        """Show the streams."""
        found, _ = await self.services.streams.list(self.caller, limit=_LIMIT)
        self._streams = {each.id: each for each in found}
        self.list.show([self._row(each) for each in found])

    async def hear(self, event: Event) -> None:
        """Show a change made elsewhere."""
        await self.refresh()

    def add(self) -> None:
        """Ask for a new stream."""
        AddStream(self, self.refresh)

    def _row(self, each: Stream) -> RowItem:
        return RowItem(
            id=each.id,
            title=each.name,
            meta=[*(state_words(each) or _about(each)), _SEEN_BY[each.visibility]],
            picture=each.poster_url if each.window else "",
            href=f"/watch/{each.slug}",
            badge=badge_of(each),
            menu=self._menu(each),
        )

    def _menu(self, each: Stream) -> list[Press]:
        runs = may_run(self.me, each)
        entries = [Press("watch", "Watch", "live", f"/watch/{each.slug}")]
        if each.publishing:
            entries.append(Press("go", "Go live, and keys", "camera", f"/go-live/{each.slug}"))
        if runs:
            entries.append(Press("health", "Stream health", "clock", f"/streams/{each.slug}"))
            entries.append(Press("edit", "Edit", "pencil"))
        if each.publishing:
            entries.append(Press("key", "Publish key", "key"))
        if each.visibility in {"public", "unlisted"}:
            entries.append(Press("page", "Open the public page", "globe", f"/live/{each.slug}"))
        if runs:
            entries += [_LINE, Press("delete", "Delete", "trash", is_danger=True)]
        return entries

    async def _do(self, stream_id: str, what: str, _value: str) -> None:
        stream = self._streams.get(stream_id)
        if stream is None:
            return
        if what == "edit":
            edit_stream(self, stream, self.refresh)
        elif what == "key" and stream.publishing:
            show_publish_key(self, stream, self.refresh)
        elif what == "delete":
            self._ask_to_delete(stream)

    def _ask_to_delete(self, stream: Stream) -> None:
        async def do() -> None:
            await self.services.streams.delete(self.caller, stream.id)
            await self.refresh()

        async def go() -> None:
            if await self.act(do, once=f"delete {stream.id}"):
                self.toaster.say(f"{stream.name} was deleted")

        words = "The stream ends at once and its buffer is lost. Its captures stay."
        confirm(self.client, f"Delete {stream.name}?", words, "Delete", go)


def _about(each: Stream) -> list[str]:
    kind = {"demo": "Demo", "push": "Published to us"}.get(each.source.kind)
    pulled = f"Pulled by {urlsplit(each.source.url or '').scheme.upper()}"
    return [kind or pulled, f"{clock_text(each.buffer_s)} rewind"]
