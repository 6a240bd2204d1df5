"""Previous and next."""

from nicegui import ui

from webapp.app.kit.elements import El, Icon


class Pager(ui.element, component="pager.js"):
    """Links to what is before and after in a list, for pointers and swipes."""

    def __init__(self) -> None:
        super().__init__()
        self.classes("m-row m-pager").props('aria-label="Neighbours in the list"')
        self.hrefs: tuple[str | None, str | None] = (None, None)
        self.lead(None, None)

    def lead(self, previous: str | None, next_: str | None) -> None:
        """Set where they lead; None: the list ends there."""
        self.hrefs = previous, next_
        self.clear()
        with self:
            _draw(previous, "prev", "back", "Previous moment")
            _draw(next_, "next", "next", "Next moment")


def _draw(href: str | None, rel: str, glyph: str, label: str) -> None:
    classes = "m-btn m-quiet m-icon"
    if href:
        made = El("a", classes, href=href, rel=rel, title=label, aria_label=label)
    else:
        made = El("span", classes, title=label, aria_disabled="true", aria_hidden="true")
    with made:
        Icon(glyph)
