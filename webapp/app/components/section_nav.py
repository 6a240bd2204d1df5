"""The sections of the settings: a column, and on phones a strip that shows the present one."""

from collections.abc import Sequence

from markupsafe import Markup

from webapp.app.kit.elements import El
from webapp.pages.theme import icon

Section = tuple[str, str, str]  # a key, its label and its drawing


class SectionNav(El):
    """Links to sections, in few elements: these pages have many already."""

    def __init__(self, sections: Sequence[Section], current: str) -> None:
        super().__init__("nav", "m-snav", aria_label="Settings")
        at = [key for key, _, _ in sections].index(current)
        key, label, drawing = sections[at]
        with self:
            El("span", innerHTML=f"<h1>Settings</h1>{_links(sections[:at])}")
            shown = str(icon(drawing) + label)
            here = El("a", href=f"/settings/{key}", aria_current="page", innerHTML=shown)
            El("span", innerHTML=_links(sections[at + 1 :]))
        here.run_method("scrollIntoView", {"block": "nearest", "inline": "center"})


def _links(sections: Sequence[Section]) -> str:
    link = Markup('<a href="/settings/{}">{}{}</a>')
    return "".join(link.format(key, icon(drawing), label) for key, label, drawing in sections)
