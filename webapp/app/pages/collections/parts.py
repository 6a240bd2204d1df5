"""What collections share: how they look in a list, their pictures, and their form."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from domain.collections.models import Collection, CollectionChange, NewCollection
from webapp.app.components.list_row import RowItem
from webapp.app.kit.elements import plural
from webapp.app.kit.forms import Dialog, Form, Values
from webapp.app.pages.library.sharing import SEEN_BY
from webapp.app.pages.live.capture_row import picture_of
from webapp.app.shell import SignedInPage

Pictures = Mapping[str, str | None]  # of moments, by their ids


async def pictures_of(page: SignedInPage, moment_ids: Sequence[str]) -> Pictures:
    """Return the pictures of moments."""
    services, caller = page.services, page.caller
    captures = await services.gallery.of_moments(caller, moment_ids)
    others = [each for each in moment_ids if each not in captures]
    covers = await services.moment_assets.covers(caller, others) if others else {}
    return {
        **{each: picture_of(capture) for each, capture in captures.items()},
        **{each: cover.picture_url for each, cover in covers.items()},
    }


def row_of(found: Collection, pictures: Pictures) -> RowItem:
    """Return a collection's row in a list, with the first picture in it."""
    seen = (pictures.get(item.id) for item in found.items)
    return RowItem(
        id=found.id,
        title=found.title,
        meta=(plural(len(found.items), "moment"), SEEN_BY[found.visibility]),
        picture=next(filter(None, seen), ""),
        blank="library",
        href=f"/collections/{found.id}",
    )


def ask_for_texts(
    page: SignedInPage, found: Collection | None, on_done: Callable[[Collection], Awaitable[None]]
) -> None:
    """Ask for a new collection's texts, or for changes of one."""
    dialog = Dialog(page.client, "Edit the collection" if found else "New collection")
    collections = page.services.collections

    async def send(values: Values) -> None:
        if found:
            done = await collections.update(page.caller, found.id, CollectionChange(**values))
        else:
            done = await collections.create(page.caller, NewCollection(**values))
        dialog.close()
        await on_done(done)

    with dialog.body:
        form = Form(page.act, send, action="Save" if found else "Create", cancel=dialog.close)
        with form.body:
            title = found.title if found else ""
            form.add_text("title", "Title", title, maxlength=200)
            form.add_text("description", "Description", found.description if found else "")
            visibility = found.visibility if found else "private"
            form.add_choice("visibility", "Who can see it", SEEN_BY, visibility)
