"""Putting moments into a collection."""

from typing import Final

from domain.collections.models import NewCollection
from webapp.app.kit.elements import link, plural
from webapp.app.kit.forms import Dialog, Form, Values
from webapp.app.shell import SignedInPage

_NEW: Final = ""


async def collect(page: SignedInPage, moment_ids: list[str]) -> None:
    """Ask where some moments go, and add them at the end."""
    collections = page.services.collections
    own = [each for each in await collections.list(page.caller) if each.may_edit]
    dialog = Dialog(page.client, f"Collect {plural(len(moment_ids), 'moment')}")

    async def send(values: Values) -> None:
        if values["collection"] == _NEW:
            new = NewCollection(values["title"], moment_ids=moment_ids)
            done = await collections.create(page.caller, new)
        else:
            done = await collections.add(page.caller, values["collection"], moment_ids)
        dialog.close()
        page.toaster.say(
            f"{plural(len(moment_ids), 'moment')} in “{done.title}”",
            more=lambda: link("Open the collection", f"/collections/{done.id}", "m-btn"),
        )

    with dialog.body:
        form = Form(page.act, send, action="Add", cancel=dialog.close)
        with form.body:
            choices = {_NEW: "A new one", **{each.id: each.title for each in own}}
            choice = form.add_choice(
                "collection", "Collection", choices, own[0].id if own else _NEW
            )
            title = form.add_text("title", "Title of the new one", maxlength=200)
            field = title.parent_slot.parent if title.parent_slot else title
            field.set_visibility(not own)
            choice.on_value_change(lambda event: field.set_visibility(event.value == _NEW))
