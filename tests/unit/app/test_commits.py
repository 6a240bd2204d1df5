"""The commits page as a simulated user sees it."""

from dataclasses import replace

import pytest
from nicegui import ui

from domain.accounts.models import Role
from tests.fakes.commits import MASK, REPOSITORY, commit
from tests.fakes.house import FakeHouse
from tests.fakes.library import NOW, FakeLibrary
from tests.unit.app.conftest import Visitor
from webapp.app.components.commit_list import CommitLanes, CommitList
from webapp.app.components.menu_button import MenuButton
from webapp.app.components.menu_chip import MenuChip
from webapp.app.components.picture_compare import PictureCompare
from webapp.app.components.sentinel import Sentinel
from webapp.app.pages.commits.state import View, short_name


@pytest.fixture
def library() -> FakeHouse:
    house = FakeHouse()
    house.commits.items = [commit(number, NOW) for number in range(60)]
    return house


def _shown(user: Visitor) -> tuple[object, object]:
    props = user.only(CommitList).props
    return props["before"], props["after"]


async def test_the_newest_two_are_compared_first(user: Visitor, library: FakeLibrary) -> None:
    await user.open("/commits")
    await user.should_see("web-shop")
    await user.should_see("0.03 % changed in 1 place")
    assert _shown(user) == ("moment_1", "moment_0")
    assert library.commits.compared == [("moment_1", "moment_0")]
    assert user.only(PictureCompare).props["boxes"][0]["number"] == 1
    assert user.only(CommitList).items[0].tags == ["3.4 %"]
    assert len(user.only(CommitLanes).items) == 50


async def test_two_are_compared_by_pressing_them(user: Visitor, library: FakeLibrary) -> None:
    await user.open("/commits")
    await user.emit(user.only(CommitList), "pick", "moment_5")
    await user.until(lambda: _shown(user) == ("moment_5", "moment_0"))
    await user.emit(user.only(CommitLanes), "pick", "moment_9")
    await user.until(lambda: library.commits.compared[-1] == ("moment_9", "moment_5"))
    await user.emit(user.only(CommitList), "pick", "moment_3")
    await user.until(lambda: library.commits.compared[-1] == ("moment_9", "moment_3"))
    await user.emit(user.only(CommitList), "pick", "moment_of_others")
    assert _shown(user) == ("moment_9", "moment_3")


async def test_captures_without_pictures_are_passed_over(
    user: Visitor, library: FakeLibrary
) -> None:
    items = library.commits.items
    items[0] = replace(items[0], picture_url=None, previous_share=None)
    await user.open("/commits")
    assert _shown(user) == ("moment_2", "moment_1")
    await user.open("/commits?after=moment_0")
    await user.should_see("There are no pictures to compare")
    for words in ("Approve", "More", "Swipe"):
        await user.should_not_see(words)


async def test_a_first_capture_is_one_picture(user: Visitor, library: FakeLibrary) -> None:
    library.commits.items = [replace(library.commits.items[0], previous_id=None)]
    await user.open("/commits")
    await user.should_see("nothing to compare with yet")
    assert not user.elements(PictureCompare)
    await user.should_not_see("Swipe", retries=1)


async def test_the_list_goes_on(user: Visitor) -> None:
    await user.open("/commits")
    await user.emit(user.only(Sentinel).sight, "visibility", args=True)
    await user.until(lambda: len(user.only(CommitList).items) == 60)


async def test_it_is_narrowed_to_a_branch(user: Visitor, library: FakeLibrary) -> None:
    library.commits.items[3] = replace(library.commits.items[3], branch="topic")
    await user.open("/commits")
    [chip] = [each for each in user.elements(MenuChip) if each.props["label"] == "Branch"]
    await user.emit(chip, "choose", "topic")
    await user.until(lambda: [i.id for i in user.only(CommitList).items] == ["moment_3"])
    await user.should_see("1 commit")


async def test_a_commit_is_approved_and_rejected(user: Visitor, library: FakeLibrary) -> None:
    library.commits.baseline_id = "moment_7"
    await user.open("/commits")
    await user.should_see("Compare with the baseline")
    user.find("Approve").click()
    await user.until(lambda: library.commits.decided == [("moment_0", "approved", None)])
    await user.emit(user.only(MenuButton), "choose", "variant")
    await user.until(lambda: library.commits.decided[-1] == ("moment_0", "approved", "moment_7"))
    await user.emit(user.only(MenuButton), "choose", "rejected")
    await user.until(lambda: library.commits.decided[-1][1] == "rejected")
    library.publish("moment.updated", "moment_0")
    await user.should_see("Rejected")


async def test_a_change_is_ignored_and_the_undo_is_at_hand(
    user: Visitor, library: FakeLibrary
) -> None:
    await user.open("/commits")
    user.find("Ignore this change").click()
    await user.should_see("This change is ignored from now on")
    assert library.commits.masks
    user.find("Undo").click()
    await user.until(lambda: not library.commits.masks)


async def test_a_viewer_only_looks(user: Visitor, library: FakeLibrary) -> None:
    library.role = Role.VIEWER
    await user.open("/commits")
    await user.should_see("Commit 0")
    await user.should_not_see("Approve", retries=1)
    await user.should_not_see("Ignore this change", retries=1)


async def test_no_commits_and_a_commit_that_is_gone(user: Visitor, library: FakeLibrary) -> None:
    await user.open("/commits?before=moment_x&after=moment_y")
    await user.should_see("This commit is gone")
    library.commits.items = []
    await user.open("/commits")
    await user.should_see("No commits yet")


async def test_pictures_are_shown_in_each_way(user: Visitor) -> None:
    await user.open("/commits")
    user.only(ui.toggle).set_value("blink")
    await user.until(lambda: user.only(PictureCompare).props["mode"] == "blink")


async def test_ignored_changes_are_listed_and_shown_again(
    user: Visitor, library: FakeLibrary
) -> None:
    library.commits.masks = [MASK]
    await user.open("/commits")
    assert user.row("home.png").item.meta[0] == "Ada"
    await user.act(user.row("home.png"), "undo")
    await user.should_see("This change is shown again")
    assert library.commits.masks == []


async def test_a_commit_alone_is_compared_with_the_one_before(
    user: Visitor, library: FakeLibrary
) -> None:
    await user.open("/commits?after=moment_4")
    assert _shown(user) == ("moment_5", "moment_4")
    library.commits.baseline_id = "moment_7"
    library.commits.items[3] = replace(library.commits.items[3], vm_id="vm_1")
    await user.open("/commits?after=moment_4&vm=vm_1")
    assert library.commits.compared[-1] == ("moment_7", "moment_4")


def test_an_address_says_what_is_shown() -> None:
    view = View(REPOSITORY, "topic", "", "moment_2", "moment_1")
    assert View.from_query(view.address().partition("?")[2]) == view
    assert View.from_query("nonsense&after=%00") == View(after="\0")
    assert short_name(REPOSITORY) == "web-shop"
    assert short_name("https://example.org/a/b/") == "b"
    assert short_name("") == "No repository"
