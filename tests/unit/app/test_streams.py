"""Streams in the settings, and their dialogs, as a simulated user sees them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from nicegui import ui

from domain.accounts.models import Role
from domain.core.time import Span
from domain.live.models import Source
from domain.live.wire import VideoInfo
from tests.fakes.house import FakeHouse, stream
from tests.fakes.library import NOW
from tests.unit.app.conftest import Visitor
from webapp.app.components.choice_chips import ChoiceChips
from webapp.app.components.copy_button import CopyButton
from webapp.app.components.list_row import ListRow, When

PATH = "/settings/streams"
ON_AIR: dict[str, Any] = {
    "status": "live",
    "state": "healthy",
    "window": Span(NOW - timedelta(minutes=2), NOW),
    "video": VideoInfo(codec="h264", width=1280, height=720, fps=25, bitrate_kbps=900),
}


@pytest.fixture
def library() -> FakeHouse:
    return FakeHouse()


def labels(row: ListRow) -> list[str]:
    return [each.label for each in row.item.menu if each.label]


async def test_a_demo_is_added_and_seen_on_air(user: Visitor, library: FakeHouse) -> None:
    await user.open(PATH)
    await user.should_see("No streams yet. Add a camera, a feed or the demo.")
    user.find(kind=ui.button, content="Add stream").click()
    await user.emit(user.only(ChoiceChips).chips["demo"], "click")
    user.elements(ui.input)[0].set_value("Yard")
    user.find(kind=ui.button, content="Add and test").click()
    await user.should_see("Opening the source")
    look = user.elements(ui.timer)[-1].callback
    assert look is not None
    await look()
    await user.should_see("Opening the source")
    library.streams.put(replace(library.streams.rows["stream_yard"], **ON_AIR))
    await look()
    await user.should_see("Yard is on air")
    await user.should_see("1280 × 720, 25 fps")  # noqa: RUF001
    assert user.row("Yard").item.badge == ("live", "Live")


async def test_a_camera_s_address_is_checked_and_its_failure_explained(
    user: Visitor, library: FakeHouse
) -> None:
    await user.open(PATH)
    user.find(kind=ui.button, content="Add stream").click()
    name, url = user.elements(ui.input)[:2]
    name.set_value("Roof")
    user.find(kind=ui.button, content="Add and test").click()
    await user.until(lambda: url.error == "URL is required for a pull source.")
    url.set_value("gopher://camera")
    user.find(kind=ui.button, content="Add and test").click()
    await user.until(lambda: "must begin with rtsp" in str(url.error).lower())
    url.set_value("tcp://10.0.0.9:9000")
    user.find(kind=ui.button, content="Add and test").click()
    await user.should_see("Opening the source")
    made = library.streams.rows["stream_roof"]
    library.streams.put(replace(made, status="error", state="error", error="Nobody is there."))
    library.clock.advance(7)
    look = user.elements(ui.timer)[-1].callback
    assert look is not None
    await look()
    await user.should_see("No video yet")
    await user.should_see("Nobody is there.")
    user.find(kind=ui.button, content="Change the URL").click()
    await user.should_see("Leave it empty to keep the current URL.")
    user.find(kind=ui.button, content="Remove").click()
    await user.until(lambda: not library.streams.rows)


async def test_a_stream_to_publish_to_leads_to_its_page(user: Visitor, library: FakeHouse) -> None:
    library.role = Role.MEMBER
    await user.open(PATH)
    user.find(kind=ui.button, content="Add stream").click()
    chips = user.only(ChoiceChips)
    assert [*chips.chips] == ["push", "demo"]
    gone: list[str] = []
    ui.navigate.to = gone.append  # type: ignore[assignment,method-assign]
    user.find(kind=ui.button, content="Add and test").click()
    await user.until(lambda: bool(gone))
    assert gone == ["/go-live/my camera"]


async def test_a_stream_is_edited_and_deleted(user: Visitor, library: FakeHouse) -> None:
    library.streams.put(stream("Yard"), stream("Demo", source=Source("demo"), publishing=None))
    await user.open(PATH)
    await user.act(user.row("Yard"), "edit")
    [slug] = [each for each in user.elements(ui.input) if each.value == "yard"]
    slug.set_value("demo")
    user.elements(ui.select)[1].set_value("public")
    user.find(kind=ui.button, content="Save").click()
    await user.should_see("Another stream has this name in URLs.")
    assert slug.value == "demo"
    slug.set_value("second")
    user.find(kind=ui.button, content="Save").click()
    await user.until(lambda: "public" in user.row("Yard").item.meta)
    assert library.streams.rows["stream_yard"].slug == "second"
    assert "Open the public page" in labels(user.row("Yard"))
    await user.act(user.row("Yard"), "delete")
    user.find(kind=ui.button, content="Delete").click()
    await user.until(lambda: list(library.streams.rows) == ["stream_demo"])
    await user.should_see("Yard was deleted")


async def test_a_publish_key_is_shown_and_replaced(user: Visitor, library: FakeHouse) -> None:
    library.streams.put(stream("Drone"))
    await user.open(PATH)
    await user.act(user.row("Drone"), "key")
    assert user.only(ui.input).value == "key_0"
    user.find(kind=ui.button, content="Replace the key").click()
    await user.should_see("disconnected until they have the new one")
    await user.emit(user.elements(ui.button)[-1], "click")
    await user.should_see("The old key no longer works.")
    assert user.only(ui.input).value == "key_1"
    assert user.only(CopyButton).props["text"] == "key_1"


async def test_rights_decide_what_is_offered(user: Visitor, library: FakeHouse) -> None:
    mine, other = stream("Mine"), stream("Other", created_by="user_2", publishing=None)
    library.streams.put(mine, other)
    library.role = Role.VIEWER
    await user.open(PATH)
    await user.should_not_see("Add stream", retries=1)
    library.role = Role.MEMBER
    await user.open(PATH)
    assert labels(user.row("Other")) == ["Watch"]
    assert labels(user.row("Mine")) == [
        "Watch",
        "Go live, and keys",
        "Stream health",
        "Edit",
        "Publish key",
        "Delete",
    ]
    await user.act(user.row("Other"), "delete")  # by a forged event
    user.find(kind=ui.button, content="Delete").click()
    await user.should_see("Only the creator of the stream and admins can do this.")


async def test_the_list_says_what_is_wrong_and_follows_events(
    user: Visitor, library: FakeHouse
) -> None:
    library.streams.put(
        stream("Off", state="off_air", since=NOW, reason="The camera is away."),
        stream("Odd", state="unsteady", status="live", reason="5 % of packets are lost."),
        stream("Bad", state="error", status="error", source=Source("pull", "rtsp://x/y")),
        stream("Well", source=Source("pull", "rtsp://x/y"), **ON_AIR),
    )
    await user.open(PATH)
    await user.until(lambda: library.listeners == 1)
    off = user.row("Off").item.meta
    assert off == [
        When("Off air since ", "2026-11-21T12:00:00.000Z", "time"),
        "The camera is away.",
        "organisation",
    ]
    odd = user.row("Odd").item.meta  # who can watch is told in every state
    assert odd == ["Unsteady: 5 % of packets are lost.", "organisation"]
    assert user.row("Bad").item.meta == ["The source has a problem.", "organisation"]
    assert user.row("Well").item.meta == ["Pulled by RTSP", "2:00 rewind", "organisation"]
    library.streams.put(stream("New"))
    library.publish("stream.created", "stream_new")
    await user.until(lambda: len(user.elements(ListRow)) == 5)
