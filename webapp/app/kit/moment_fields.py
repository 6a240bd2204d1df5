"""The fields of a moment's words."""

from collections.abc import Sequence
from typing import Final

from nicegui import ui

from domain.moments.models import Visibility
from webapp.app.kit.elements import El
from webapp.app.kit.forms import draw_label

SEEN_BY: Final[dict[Visibility, str]] = {
    "private": "Me",
    "organization": "Team",
    "unlisted": "Link",
    "public": "Everyone",
}


def text_area(label: str, value: str = "") -> ui.textarea:
    """Draw a field of several lines."""
    with El("div", "m-field"):
        area = ui.textarea(value=value).props("borderless autogrow maxlength=5000")
        draw_label(area, label)
    return area.classes("m-qinput")


def tag_field(tags: Sequence[str] = ()) -> ui.input_chips:
    """Draw a field of tags: Enter or a comma ends one."""
    with El("div", "m-field"):
        chips = ui.input_chips(value=list(tags), new_value_mode="add-unique")
        chips.props("borderless dense hide-dropdown-icon input-debounce=0")
        draw_label(chips, "Tags")
    return chips.classes("m-qinput m-qtags")


def tags_of(chips: ui.input_chips) -> list[str]:
    """Return what was typed, also several in one with commas between them."""
    given = chips.value if isinstance(chips.value, list) else []
    return [tag.strip() for each in given for tag in str(each).split(",") if tag.strip()]


def seen_by_field(value: Visibility) -> ui.toggle:
    """Draw the choice of who can see a moment."""
    with El("div", "m-field"):
        El("span", "m-label", "Who can see it")
        field = ui.toggle(dict(SEEN_BY), value=value)
        field.props("unelevated no-caps spread :ripple=false")
        field.props("toggle-color=mseg toggle-text-color=mseg").classes("m-qseg")
        field.props["aria-label"] = "Who can see it"
    return field
