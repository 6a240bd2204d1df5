"""The settings' webhooks as a simulated user sees them."""

import pytest
from nicegui import ui

from domain.accounts.models import Role
from domain.webhooks.models import Webhook
from tests.fakes.house import FakeHouse
from tests.fakes.library import NOW
from tests.unit.app.conftest import Visitor

PATH = "/settings/webhooks"
HOOK = Webhook(
    id="hook_0",
    url="https://a.example/x",
    events=("clip.ready",),
    is_enabled=True,
    disabled_reason=None,
    failing_since=None,
    created_at=NOW,
    last_delivered_at=None,
)


@pytest.fixture
def library() -> FakeHouse:
    return FakeHouse()


async def test_a_webhook_is_added_tested_and_its_secret_shown_once(
    user: Visitor, library: FakeHouse
) -> None:
    await user.open(PATH)
    user.find("Add webhook").click()
    url = user.only(ui.input)
    url.set_value("http://127.0.0.1/hook")
    user.find(kind=ui.button, content="Create").click()
    await user.until(lambda: url.error == "Address must lead to a public address.")
    url.set_value("https://hooks.example.org/moments")
    user.find(kind=ui.button, content="Create").click()
    await user.should_see("whsec_1")
    assert list(library.webhooks.hooks["hook_0"].events) == [
        "moment.created",
        "clip.ready",
        "video.completed",
    ]
    await user.act(user.row("hooks.example.org"), "test")
    await user.until(lambda: bool(user.row("webhook.test")))
    row = user.row("webhook.test")
    assert row.item.badge == ("badw", "Failed")
    assert "502 <script>alert(1)</script>" in row.item.meta  # a text, not markup
    await user.act(row, "again")
    await user.until(lambda: user.row("webhook.test").item.badge == ("warnw", "Waiting"))
    await user.open(PATH)
    await user.should_not_see("whsec_1")


async def test_a_webhook_is_switched_off_and_deleted(user: Visitor, library: FakeHouse) -> None:
    library.webhooks.hooks["hook_0"] = HOOK
    await user.open(PATH)
    await user.act(user.row("a.example"), "off")
    await user.until(lambda: user.row("a.example").item.badge == ("badw", "Off"))
    await user.act(user.row("a.example"), "rotate")
    user.find(kind=ui.button, content="Replace").click()
    await user.should_see("whsec_1")
    await user.act(user.row("a.example"), "delete")
    user.find(kind=ui.button, content="Delete").click()
    await user.until(lambda: not library.webhooks.hooks)


async def test_members_are_told_who_manages_webhooks(user: Visitor, library: FakeHouse) -> None:
    library.role = Role.MEMBER
    await user.open(PATH)
    await user.should_see("Owners and admins manage webhooks.")
    await user.should_not_see("Add webhook")
