"""Changing a moment's texts."""

from collections.abc import Awaitable, Callable

from nicegui import ui

from domain.moments.models import Moment, MomentChange
from webapp.app.kit.elements import Button, El
from webapp.app.kit.forms import Dialog, text_field
from webapp.app.kit.moment_fields import tag_field, tags_of, text_area


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
