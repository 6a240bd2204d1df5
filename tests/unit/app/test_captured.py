"""A clip and a snapshot in the library, as a simulated user sees them."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from nicegui import ui

from domain.accounts.models import Role
from tests.fakes.library import FakeLibrary, clip, moment, snapshot
from tests.unit.app.conftest import Visitor
from webapp.app.components.clip_player import ClipPlayer
from webapp.app.components.pager import Pager
from webapp.app.components.shortcuts import Shortcuts
from webapp.app.kit.elements import Button, El

PATH = "/library/moment_001"


@pytest.fixture
def library() -> FakeLibrary:
    found = FakeLibrary([moment(number, kind="clip") for number in (1, 2)])
    found.moments["moment_003"] = moment(3, kind="snapshot")
    found.captures = {
        "moment_001": clip("moment_001"),
        "moment_002": clip("moment_002", status="failed", error="The source broke off."),
        "moment_003": snapshot("moment_003"),
    }
    return found


def buttons(user: Visitor) -> Sequence[str]:
    return [each.text for each in user.elements(Button) if each.text and each.visible]


async def test_a_clip_plays_and_can_be_downloaded(user: Visitor) -> None:
    await user.open(PATH)
    assert user.only(ClipPlayer).props["url"] == "/files/clip"
    [download] = [each for each in user.elements(El) if "download" in each.props]
    assert download.props["href"] == "/api/clips/clip_moment_001/download?organization_id=org_1"
    below = ["Add files", "Talk about this moment"]
    assert buttons(user) == ["Delete", "Trim", "Edit", "Share", *below]
    await user.should_see("5.0 s")
    await user.should_see("1280 by 720")


async def test_a_snapshot_keeps_its_shape_and_names_its_stream(user: Visitor) -> None:
    await user.open("/library/moment_003")
    [image] = [each for each in user.elements(El) if each.tag == "img"]
    assert (image.props["src"], image.props["width"], image.props["height"]) == (
        "/files/snapshot",
        1280,
        720,
    )
    await user.should_see("Garden")
    assert not user.elements(ClipPlayer)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"start_ms": 1000, "end_ms": 3000}, "The new clip is in the library"),
        ({"start_ms": 3000, "end_ms": 99_000}, "End ms must be inside the clip."),
        ({"start_ms": "x"}, "End ms must be inside the clip."),
        (None, "End ms must be inside the clip."),
    ],
)
async def test_trimming_makes_a_new_clip_or_says_why_not(
    user: Visitor, library: FakeLibrary, given: object, said: str
) -> None:
    await user.open(PATH)
    await user.emit(user.only(ClipPlayer), "trim", given)
    await user.should_see(said)
    assert ("moment_trim" in library.moments) is said.startswith("The new clip")


async def test_a_new_clip_is_opened(user: Visitor) -> None:
    await user.open(PATH)
    await user.emit(user.only(ClipPlayer), "trim", {"start_ms": 0, "end_ms": 2000})
    await user.should_see("The new clip is in the library")
    gone: list[str] = []
    ui.navigate.to = gone.append  # type: ignore[assignment,method-assign]
    user.find(kind=Button, content="Open").click()
    await user.until(lambda: gone == ["/library/moment_trim"])


async def test_a_failed_clip_is_retried_and_appears_by_its_event(
    user: Visitor, library: FakeLibrary
) -> None:
    await user.open("/library/moment_002")
    await user.until(lambda: library.listeners == 1)
    await user.should_see("The source broke off.")
    user.find("Keep what was recorded").click()
    await user.should_see("Processing")
    library.captures["moment_002"] = clip("moment_002")
    library.publish("clip.ready", "clip_moment_002")
    await user.until(lambda: len(user.elements(ClipPlayer)) == 1)
    player = user.only(ClipPlayer)
    library.moments["moment_002"] = replace(library.moments["moment_002"], title="Renamed")
    library.publish("moment.updated", "moment_002")
    await user.should_see("Renamed")
    assert user.only(ClipPlayer) is player  # it plays on


async def test_previous_and_next_follow_the_list(user: Visitor) -> None:
    await user.open("/library/moment_002?kind=clip")
    await user.until(lambda: any(user.only(Pager).hrefs))
    assert user.only(Pager).hrefs == ("/library/moment_001?kind=clip", None)
    keys = {each["key"]: each.get("href") for each in user.only(Shortcuts).props["keys"]}
    assert keys["ArrowLeft"] == "/library/moment_001?kind=clip"


async def test_a_viewer_watches_and_downloads_only(user: Visitor, library: FakeLibrary) -> None:
    library.role = Role.VIEWER
    await user.open(PATH)
    assert buttons(user) == []
    await user.emit(user.only(Shortcuts), "press", "e")
    await user.emit(user.only(ClipPlayer), "trim", {"start_ms": 0, "end_ms": 2000})
    await user.should_see("Unauthorized to perform this action")
    assert not user.elements(ui.dialog)
    assert "moment_trim" not in library.moments


async def test_signed_out_meanwhile_leads_to_the_sign_in(
    user: Visitor, library: FakeLibrary
) -> None:
    await user.open(PATH)
    library.signed_in = False
    gone: list[str] = []
    ui.navigate.to = gone.append  # type: ignore[assignment,method-assign]
    user.find("Delete").click()
    await user.until(lambda: bool(gone))
    assert set(gone) == {"/sign-in?next=%2Flibrary%2Fmoment_001"}


async def test_links_to_the_clip_itself_are_listed_too(user: Visitor, library: FakeLibrary) -> None:
    await user.open(PATH)
    user.find(kind=Button, content="Share").click()
    await user.should_see("Create a link")
    user.find("Create a link").click()
    await user.until(lambda: len(library.links) == 1)
    library.links = [replace(library.links[0], subject_ids=("clip_moment_001",))]
    await user.open(PATH)
    await user.should_see("and by 1 link")
