"""Resumable uploads from the browser straight to signed URLs.

NiceGUI's own upload sends files through the page's process, whole and without resuming.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from webapp.pages.theme import size_text


@dataclass(frozen=True, slots=True)
class ChosenFile:
    """A file that the visitor has added; `key` names its row."""

    key: str
    name: str
    mime_type: str  # as the browser guesses it; may be empty
    size_bytes: int


class Uploader(ui.element, component="uploader.js"):
    """Rows of files. `on_change` is called when one was added, removed or has arrived.

    One call ends before the next one begins.
    """

    def __init__(
        self,
        limit_bytes: int,
        on_change: Callable[[], Awaitable[None]],
        *,
        lead: str = "Drop files, paste a picture, or ",
        kinds: str = "Screenshots, recordings, logs, configuration.",
        accept: str = "",
    ) -> None:
        super().__init__()
        self.files: dict[str, ChosenFile] = {}
        self.arrived: set[str] = set()
        self.urls: dict[str, str] = {}
        self.refused: dict[str, str] = {}
        with self._props.suspend_updates():
            self._props.update(
                {
                    "states": {},
                    "lead": lead,
                    "kinds": f"Up to {_most(limit_bytes)} each. {kinds}",
                    "accept": accept,
                }
            )
        self._limit_bytes = limit_bytes
        self._on_change, self._turn = on_change, asyncio.Lock()
        self.on("added", self._add)
        self.on("removed", self._remove)
        self.on("ended", self._end)

    def begin(self, key: str, url: str) -> None:
        """Upload a file to an address."""
        self.urls[key] = url
        self.run_method("begin", key, url)

    def refuse(self, key: str, why: str) -> None:
        """Show why a file is not uploaded."""
        self.refused[key] = why
        self.files.pop(key, None)
        self.run_method("refuse", key, why)

    def drop(self, key: str) -> None:
        """Take away the row of a file that has arrived: the page shows what became of it."""
        self.files.pop(key, None)
        self.arrived.discard(key)
        self.run_method("drop_row", key)

    def show(self, states: dict[str, dict[str, str | None]]) -> None:
        """Show what became of files that have arrived: `status` and `error` of each."""
        if self._props["states"] != states:
            self._props["states"] = states

    async def _tell(self) -> None:
        async with self._turn:
            await self._on_change()

    async def _add(self, event: GenericEventArguments) -> None:
        given = event.args if isinstance(event.args, list) else []
        for file in filter(None, map(_file_of, given)):
            if file.size_bytes > self._limit_bytes:
                size, most = size_text(file.size_bytes), _most(self._limit_bytes)
                self.refuse(file.key, f"{size}, over the {most} that one file may have.")
            else:
                self.files[file.key] = file
        await self._tell()

    async def _remove(self, event: GenericEventArguments) -> None:
        self.files.pop(str(event.args), None)
        await self._tell()

    async def _end(self, event: GenericEventArguments) -> None:
        if event.args in self.files:
            self.arrived.add(str(event.args))
            await self._tell()


def _most(limit_bytes: int) -> str:
    """Return a limit in the units that it is set in."""
    size = limit_bytes // 2**20
    return f"{size // 1024} GB" if size >= 1024 else f"{size} MB"


def _file_of(given: Any) -> ChosenFile | None:  # noqa: ANN401 (whatever the browser sends)
    """Return a file as the browser sends it; None if it is not one."""
    if not isinstance(given, dict):
        return None
    size = given.get("size")
    if not isinstance(size, int) or size < 0:
        return None
    key, name, mime_type = (str(given.get(each) or "") for each in ("key", "name", "type"))
    return ChosenFile(key, name, mime_type, size) if key and name else None
