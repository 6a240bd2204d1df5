"""Limits, ignored regions and the measured noise, as a simulated user sees them."""

import pytest

from domain.accounts.models import Role
from domain.commits.visual import Region, Settings
from tests.fakes.commits import commit
from tests.fakes.house import FakeHouse
from tests.fakes.library import NOW, FakeLibrary
from tests.unit.app.conftest import Visitor
from webapp.app.components.picture_compare import PictureCompare
from webapp.app.kit.forms import Form


@pytest.fixture
def library() -> FakeHouse:
    house = FakeHouse()
    house.commits.items = [commit(number, NOW) for number in range(3)]
    return house


async def test_a_region_is_drawn_and_undone(user: Visitor, library: FakeLibrary) -> None:
    commits = library.commits
    await user.open("/commits")
    await user.should_see("Up to 20 pixels (0.02 %) may change clearly, and 3 % slightly.")
    user.find("Draw a region to ignore").click()
    await user.until(lambda: bool(user.only(PictureCompare).props["draws"]))
    region = {"x": 10, "y": 20, "width": 300, "height": 40}
    await user.emit(user.only(PictureCompare), "region", region)
    await user.should_see("This region is ignored from now on")
    assert commits.limits.ignore == (Region(10, 20, 300, 40),)
    assert user.only(PictureCompare).props["ignored"] == [region]
    user.find("Undo").click()
    await user.until(lambda: not commits.limits.ignore)
    for bad in (None, "x", {**region, "x": -1}, {**region, "width": 0}, {"x": 1}):
        await user.emit(user.only(PictureCompare), "region", bad)
    await user.should_see("height")
    assert not commits.limits.ignore


async def _fill(user: Visitor, values: dict[str, str]) -> None:
    form = user.only(Form)
    for name, value in values.items():
        form.fields[name].set_value(value)
    await form.submit()


async def test_a_region_is_given_in_numbers_and_compared_again(
    user: Visitor, library: FakeLibrary
) -> None:
    await user.open("/commits")
    user.find("Ignore a region").click()
    await user.should_see("From the left")
    await _fill(user, {"x": "5", "width": "x", "height": "40"})
    await user.should_see("Width must be a number of at least 0.")
    await _fill(user, {"width": "300"})
    assert library.commits.limits.ignore == (Region(5, 0, 300, 40),)
    await user.act(user.row("300 by 40 px at 5, 0"), "undo")
    await user.until(lambda: not library.commits.limits.ignore)


async def test_limits_are_edited_and_restored(user: Visitor, library: FakeLibrary) -> None:
    await user.open("/commits")
    user.find("Edit limits").click()
    await user.should_see("Pixels that may change clearly")
    await _fill(user, {"fine_share": "101"})
    await user.should_see("must be a number from 0 to 1.")
    await _fill(user, {"fine_share": "1", "fine_pixels": "900"})
    await user.should_see("Up to 900 pixels (1 %) may change clearly, and 3 % slightly.")
    assert library.commits.limits == Settings(fine_share=0.01, fine_pixels=900)
    user.find("Edit limits").click()
    user.find("Restore the defaults").click()
    await user.until(lambda: library.commits.limits == Settings())


async def test_the_noise_is_measured_and_its_limits_applied(
    user: Visitor, library: FakeLibrary
) -> None:
    commits = library.commits
    await user.open("/commits")
    user.find("Measure the noise").click()
    await user.should_see("40 pixels differ, by up to 0.2 of 1.")
    assert commits.compared[-1] == ("moment_1", "moment_0")
    user.find("Apply").click()
    await user.should_see("These limits apply from now on")
    assert commits.limits == Settings(fine_threshold=0.22)


async def test_a_viewer_sees_the_limits(user: Visitor, library: FakeLibrary) -> None:
    library.role = Role.VIEWER
    library.commits.limits = Settings(ignore=(Region(1, 2, 3, 4),), antialiasing=False)
    await user.open("/commits")
    assert user.row("3 by 4 px at 1, 2").item.buttons == []
    for words in ("Ignore a region", "Measure the noise", "Edit limits"):
        await user.should_not_see(words, retries=1)
