"""The settings' retention rules as a simulated user sees them."""

import pytest
from nicegui import ui

from domain.moments.policies import Rule
from tests.fakes.house import FakeHouse
from tests.unit.app.conftest import Visitor


@pytest.fixture
def library() -> FakeHouse:
    return FakeHouse()


async def test_a_rule_is_shown_before_it_applies(user: Visitor, library: FakeHouse) -> None:
    await user.open("/settings/retention")
    user.find("Add rule").click()
    branch, days, newest = user.elements(ui.input)
    branch.set_value("release/*")
    days.set_value("soon")
    user.find(kind=ui.button, content="Show what would go").click()
    await user.until(lambda: days.error == "Days to keep must be a whole number.")
    days.set_value("90")
    newest.set_value("50")
    user.find(kind=ui.button, content="Show what would go").click()
    await user.should_see("1 moment, 2.4 MB, would go to the bin")
    await user.should_see("<b>Old</b>, ")
    assert library.policies.kept == ()
    user.find(kind=ui.button, content="Apply").click()
    await user.until(lambda: library.policies.kept == (Rule("release/*", 90, 50),))
    await user.act(user.row("release/*"), "delete")
    await user.until(lambda: library.policies.kept == ())
