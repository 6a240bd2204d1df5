"""The player and the bar with which a part is chosen."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from nicegui import ui
from nicegui.events import GenericEventArguments

from domain.marks.models import Heat
from domain.marks.times import MAX_DS

_MAX_WORDS: Final = 5000
_MAX_LENGTH_S: Final = MAX_DS // 10


class Part(msgspec.Struct, frozen=True):
    """A part in tenths of a second; without both ends nothing is chosen."""

    start: int | None = None
    end: int | None = None


class Kept(msgspec.Struct, frozen=True):
    """What a browser kept of a mark that was not saved."""

    note: str = ""
    tags: list[str] = []
    visibility: str = "private"


class Named(msgspec.Struct, frozen=True):
    """What a player calls its media."""

    title: str = ""
    author: str | None = None


def part_from(args: object) -> Part | None:
    """Read what a browser says; None if it is no part."""
    try:
        part = msgspec.convert(args, Part)
    except msgspec.ValidationError:
        return None
    if part.start is None or part.end is None:
        return Part()
    return part if 0 <= part.start < part.end <= MAX_DS else None


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the deck begins with, and what it tells."""

    player: dict[str, Any] | None
    href: str
    on_range: Callable[[Part], Awaitable[None]]
    on_draft: Callable[[Part], Awaitable[None]]
    on_seen: Callable[[int], None]  # the player's length, in ms
    on_named: Callable[[Named], None]
    on_restored: Callable[[Kept], None]
    on_save: Callable[[], Awaitable[object]]  # Ctrl Enter, wherever the focus is
    part: Part = field(default_factory=Part)
    length_ms: int | None = None
    marked_ms: int | None = None  # the length that the marker saw
    store: str = ""


class MarkDeck(ui.element, component="mark_deck.js"):
    """Chooses a part."""

    def __init__(self, chosen: Chosen) -> None:
        super().__init__()
        with self._props.suspend_updates():
            for name, value in (
                ("player", chosen.player),
                ("href", chosen.href),
                ("start", chosen.part.start),
                ("end", chosen.part.end),
                ("lengthMs", chosen.length_ms),
                ("markedMs", chosen.marked_ms),
                ("store", chosen.store),
            ):
                self._props.set_optional(name, value)
        self._chosen = chosen
        self.on("range", self._range)
        self.on("draft", self._draft)
        self.on("seen", self._seen)
        self.on("named", self._named)
        self.on("restored", self._restored)
        self.on("save", chosen.on_save, args=[])

    def show_heat(self, heat: Heat | None) -> None:
        """Show how many people saved each stretch."""
        value = {"bucket_s": heat.bucket_s, "values": list(heat.values)} if heat else None
        if self._props.get("heat") != value:
            self._props.set_optional("heat", value)

    def keep(self, kept: Kept) -> None:
        """Have the browser keep the words until they are saved."""
        self.run_method("keep", msgspec.to_builtins(kept))

    def forget(self) -> None:
        """Forget what was kept: it is saved."""
        self.run_method("forget")

    async def _range(self, event: GenericEventArguments) -> None:
        if (part := part_from(event.args)) is not None:
            await self._chosen.on_range(part)

    async def _draft(self, event: GenericEventArguments) -> None:
        part = part_from(event.args)
        if part is not None and part.end is not None:
            await self._chosen.on_draft(part)

    def _seen(self, event: GenericEventArguments) -> None:
        length_s = event.args
        if isinstance(length_s, int | float) and 0 < length_s <= _MAX_LENGTH_S:
            self._chosen.on_seen(round(length_s * 1000))

    def _named(self, event: GenericEventArguments) -> None:
        try:
            named = msgspec.convert(event.args, Named)
        except msgspec.ValidationError:
            return
        self._chosen.on_named(Named(named.title[:200], (named.author or "")[:200] or None))

    def _restored(self, event: GenericEventArguments) -> None:
        try:
            kept = msgspec.convert(event.args, Kept)
        except msgspec.ValidationError:
            return
        self._chosen.on_restored(Kept(kept.note[:_MAX_WORDS], kept.tags[:50], kept.visibility))
