"""Plain elements, and NiceGUI's buttons in our look."""

from collections.abc import Callable
from typing import Any, Literal, Self

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from webapp.pages.theme import icon

ButtonKind = Literal["", "primary", "tonal", "solid", "quiet", "danger"]


class El(TextElement):
    """An HTML element; attributes are keyword arguments, `_` stands for `-`."""

    def __init__(self, tag: str, classes: str = "", text: str = "", **attributes: object) -> None:
        super().__init__(tag=tag, text=text)
        self.classes(classes)
        with self._props.suspend_updates():
            for name, value in attributes.items():
                if value is not None:
                    self._props[name.rstrip("_").replace("_", "-")] = value

    def attribute(self, name: str, value: object) -> Self:
        """Set an attribute, or remove it with None."""
        self._props.set_optional(name, value)
        return self


class Icon(ui.element):
    """One of our drawings; size is empty (20 px), `s` (16) or `l` (24)."""

    def __init__(self, name: str, size: str = "") -> None:
        super().__init__("span")
        self.classes("m-glyph")
        self._props["innerHTML"] = str(icon(name, size))


class Button(ui.button):
    """A button in our look; without visible words it needs a label."""

    def __init__(
        self,
        text: str,
        on_click: Callable[[], Any],
        *,
        kind: ButtonKind = "",
        glyph: str = "",
        label: str = "",
    ) -> None:
        super().__init__(text, on_click=on_click, color=None)
        self.classes(f"m-btn m-{kind}" if kind else "m-btn")
        with self._props.suspend_updates():
            self._props.update({"unelevated": True, "no-caps": True, "ripple": False})
            if label:
                self._props["aria-label"] = label
        if glyph:
            with self:
                Icon(glyph)


def link(text: str, href: str, classes: str, glyph: str = "") -> El:
    """Draw a link."""
    with El("a", classes, href=href) as made:
        if glyph:
            Icon(glyph, "s")
        El("span", text=text)
    return made


def open_once(dialog: ui.dialog) -> None:
    """Open a dialog that is gone once it closes."""
    dialog.on("hide", dialog.delete, args=[])
    dialog.open()


def plural(count: int, word: str) -> str:
    """Return a number with its noun: `1 moment`, `2 moments`."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
