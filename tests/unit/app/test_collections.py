"""Collections in the app: gathered in the library, put in order, shared and deleted."""

import pytest
from nicegui import ui

from domain.collections.models import NewCollection
from tests.fakes.library import ADA, FakeLibrary, clip, moment
from tests.unit.app.conftest import Visitor
from webapp.app.components.list_row import ListRow
from webapp.app.kit.elements import Button


@pytest.fixture
def library() -> FakeLibrary:
    return FakeLibrary([moment(number) for number in range(9)])


async def test_selected_moments_are_collected(user: Visitor, library: FakeLibrary) -> None:
    await user.open("/library")
    await user.until(lambda: len(user.titles()) > 0)
    for title in ("Note 02", "Note 05"):
        await user.emit(user.card(title), "act", "select")
    user.find(kind=Button, content="Collect").click()
    await user.until(lambda: len(user.elements(ui.dialog)) == 1)
    user.find(kind=Button, content="Add").click()
    await user.should_see("Title of the new one is required.")
    user.elements(ui.input)[-1].set_value("Herons")
    user.find(kind=Button, content="Add").click()
    await user.should_see("2 moments in “Herons”")
    [made] = library.collections.rows.values()
    assert [item.id for item in made.items] == ["moment_002", "moment_005"]


async def test_collections_and_their_moments_show_pictures(
    user: Visitor, library: FakeLibrary
) -> None:
    cut = clip("moment_002", preview_url="/files/heron.jpg")
    library.captures["moment_002"] = cut
    new = NewCollection("Herons", moment_ids=("moment_001", "moment_002"))
    made = await library.collections.create(ADA, new)
    await user.open("/collections")
    assert user.only(ListRow).item.picture == cut.preview_url
    await user.open(f"/collections/{made.id}")
    pictures = [each.item.picture for each in user.elements(ListRow)]
    assert pictures == ["", cut.preview_url], "a moment without one keeps the place"


async def test_a_collection_is_ordered_and_emptied(user: Visitor, library: FakeLibrary) -> None:
    new = NewCollection("Herons", visibility="public", moment_ids=("a", "b", "c"))
    made = await library.collections.create(ADA, new)
    await user.open(f"/collections/{made.id}")
    await user.should_see("Play")

    def order() -> list[str]:
        return [item.id for item in library.collections.rows[made.id].items]

    async def press(moment_id: str, what: str) -> None:
        [row] = [each for each in user.elements(ListRow) if each.item.id == moment_id]
        await user.emit(row, "act", [what, ""])

    await press("c", "up")
    await user.until(lambda: order() == ["a", "c", "b"])
    await press("a", "down")
    await user.until(lambda: order() == ["c", "a", "b"])
    await press("a", "out")
    await user.until(lambda: order() == ["c", "b"])
    await press("b", "anything else")
    assert order() == ["c", "b"]
    user.find("Delete").click()
    await user.until(lambda: len(user.elements(ui.dialog)) == 1)
    [*_, sure] = user.elements(Button)
    await user.emit(sure, "click")
    await user.until(lambda: not library.collections.rows)


async def test_collections_are_listed_and_made(user: Visitor, library: FakeLibrary) -> None:
    await user.open("/collections")
    await user.should_see("No collections yet.")
    user.find("New collection").click()
    await user.until(lambda: len(user.elements(ui.dialog)) == 1)
    user.elements(ui.input)[0].set_value("Herons")
    user.find("Create").click()
    await user.until(lambda: [each.item.title for each in user.elements(ListRow)] == ["Herons"])


async def test_one_that_is_not_there_says_so(user: Visitor) -> None:
    answer = await user.http_client.get("/collections/coll_none")
    assert answer.status_code == 404
    assert "Collection not found" in answer.text
