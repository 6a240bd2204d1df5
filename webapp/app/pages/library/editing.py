"""Changing a moment's texts."""

from collections.abc import Awaitable, Callable, Sequence

from nicegui import ui

from domain.moments.models import Moment, MomentChange
from webapp.app.kit.elements import Button, El
from webapp.app.kit.forms import Dialog, draw_label, text_field


def ask_for_texts(moment: Moment, on_save: Callable[[MomentChange], Awaitable[bool]]) -> None:
    """Ask for new texts; the dialog stays until `on_save` returns that they are saved."""
    dialog = Dialog(ui.context.client, "Edit the moment")
    with dialog.body:
        title = text_field("Title", moment.title, maxlength=200)
        text = text_area("Description", moment.description)
        chips = tag_field(moment.tags)

        async def save() -> None:
            change = MomentChange(
                title=str(title.value or ""),
                description=str(text.value or ""),
                tags=tags_of(chips),
            )
            if await on_save(change):
                dialog.close()

        title.on("keydown.enter", save, args=[])
        with El("div", "m-dfoot"):
            Button("Cancel", dialog.close)
            Button("Save", save, kind="solid")


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
