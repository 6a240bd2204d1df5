"""The Live page as a simulated user sees it."""

import re

import pytest
from nicegui import ui

from domain.accounts.models import Role
from domain.core.errors import DatabaseUnavailable, StreamOffline
from domain.live.models import Source
from tests.fakes.library import FakeLibrary
from tests.fakes.live import _KEY, FakeLive, off_air, stream
from tests.unit.app.conftest import Visitor
from webapp.app.components.copy_button import ShareButton
from webapp.app.components.menu_button import MenuButton
from webapp.app.components.stream_card import StreamCard
from webapp.app.components.ticker import Ticker
from webapp.app.kit.elements import Button, El

DEAD = {"source": Source("pull", "rtsp://camera"), "reason": "The camera refuses the password."}


@pytest.fixture
def live() -> FakeLive:
    camera = off_air("Dock", status="error", state="error", **DEAD)
    return FakeLive([off_air("Barn"), camera, stream("Roof"), stream("Garden", viewers=3)])


@pytest.fixture
def library(live: FakeLive) -> FakeLibrary:
    return live


async def opened(user: Visitor, path: str = "/live") -> None:
    await user.open(path)
    await user.until(lambda: user.library.listeners > 0)


def names(user: Visitor) -> list[str]:
    cards = user.elements(StreamCard)
    slot = cards[0].parent_slot
    assert slot is not None
    return [each.item.name for each in slot.children if isinstance(each, StreamCard)]


def card(user: Visitor, name: str) -> StreamCard:
    [found] = [each for each in user.elements(StreamCard) if each.item.name == name]
    return found


async def test_streams_on_air_come_first_and_the_first_is_large(user: Visitor) -> None:
    await opened(user)
    assert names(user) == ["Garden", "Roof", "Dock", "Barn"]
    assert [each.item.name for each in user.elements(StreamCard) if each.props.get("big")] == [
        "Garden"
    ]
    await user.should_see("2 of 4 on air")
    garden = card(user, "Garden").item
    assert (garden.shape, garden.held_ms, garden.viewers) == ("720p30", 120_000, 3)
    assert len(user.page.elements) <= 150


async def test_a_state_that_changes_without_an_event_is_seen(user: Visitor, live: FakeLive) -> None:
    await opened(user)
    live.change("stream_garden", status="offline", state="off_air", window=None)
    live.change("stream_barn", status="live", state="healthy")
    await user.emit(user.only(Ticker), "tick")
    await user.until(lambda: names(user) == ["Barn", "Roof", "Dock", "Garden"])
    assert card(user, "Barn").props.get("big")
    assert not card(user, "Garden").props.get("big")


async def test_an_address_is_renewed_only_before_its_access_ends(
    user: Visitor, live: FakeLive
) -> None:
    await opened(user)
    before = card(user, "Garden").item
    live.change("stream_garden", poster_url="/media/hls/t/newer/frame-latest.jpg")
    live.change("stream_roof", viewers=1)
    await user.emit(user.only(Ticker), "tick")
    await user.until(lambda: card(user, "Roof").item.viewers == 1)
    assert card(user, "Garden").item is before
    live.clock.advance(16 * 60)
    await user.emit(user.only(Ticker), "tick")
    await user.until(lambda: "newer" in card(user, "Garden").item.poster)


async def test_a_database_that_is_away_says_nothing_here(user: Visitor, live: FakeLive) -> None:
    await opened(user)
    for error in (DatabaseUnavailable("The database does not answer."), None):
        live.check = _raising(error) if error else FakeLive.check.__get__(live)  # type: ignore[method-assign]
        live.change("stream_garden", viewers=9)
        await user.emit(user.only(Ticker), "tick")
    await user.until(lambda: card(user, "Garden").item.viewers == 9)
    assert not [each for each in user.elements(El) if "m-toast" in each.classes]


async def test_streams_come_and_go_by_event(user: Visitor, live: FakeLive) -> None:
    await opened(user)
    live.streams["stream_porch"] = stream("Porch")
    live.streams["stream_theirs"] = stream("Theirs", organization_id="org_2")
    del live.streams["stream_barn"]
    live.publish("stream.created", "stream_porch")
    await user.until(lambda: names(user) == ["Garden", "Porch", "Roof", "Dock"])


async def test_a_snapshot_is_ready_to_be_shared(user: Visitor, live: FakeLive) -> None:
    await opened(user)
    await user.emit(card(user, "Roof"), "act", "snapshot")
    await user.should_see("Snapshot is ready")
    assert live.wanted[0].stream == "stream_roof"
    button = user.only(ShareButton)
    await user.emit(button, "share")
    await user.until(lambda: bool(button.props.get("text")))
    assert live.links[0].subject_ids == ("snap_1",)


async def test_a_snapshot_that_is_refused_says_why(user: Visitor, live: FakeLive) -> None:
    live.refusal = StreamOffline("The stream is off air. Try again when it is back.")
    await opened(user)
    await user.emit(card(user, "Roof"), "act", "snapshot")
    await user.should_see("The stream is off air. Try again when it is back.")
    assert not live.taken


async def test_a_title_and_labels_are_given_at_once(user: Visitor, live: FakeLive) -> None:
    await opened(user)
    await user.emit(card(user, "Roof"), "act", "snapshot")
    await user.should_see("Snapshot is ready")
    [rename] = [b for b in user.elements(Button) if b.props.get("aria-label") == "Title and note"]
    await user.emit(rename, "click")
    await user.until(lambda: len(user.elements(ui.input)) == 3)
    for field, value in zip(user.elements(ui.input), ("Dawn", "Fog", "sky, ,sun"), strict=True):
        field.set_value(value)
    user.find("Save").click()
    await user.until(lambda: live.taken[0].title == "Dawn")
    assert (live.taken[0].note, live.taken[0].labels) == ("Fog", ("sky", "sun"))
    await user.until(lambda: not user.only(ui.dialog).value)


async def test_a_dead_camera_says_why_and_is_tried_again(user: Visitor, live: FakeLive) -> None:
    await opened(user)
    dock = card(user, "Dock")
    assert dock.item.reason == "The camera refuses the password."
    assert dock.item.may_retry
    await user.emit(dock, "act", "retry")
    await user.should_see("Connecting to the source")
    assert live.retried == ["stream_dock"]


async def test_a_viewer_only_watches(user: Visitor, live: FakeLive) -> None:
    live.role = Role.VIEWER
    live.change("stream_dock", created_by="user_2")
    await opened(user)
    assert not any(c.item.may_capture or c.item.may_retry for c in user.elements(StreamCard))
    assert not user.only(MenuButton).visible
    assert not [each for each in user.elements(Button) if each.text == "Add stream"]
    for what in ("snapshot", "retry", "nonsense"):
        await user.emit(card(user, "Dock"), "act", what)
    await user.should_see("Unauthorized to perform this action")
    assert (live.taken, live.retried) == ([], [])


async def test_go_live_offers_the_streams_that_one_may_publish_to(
    user: Visitor, live: FakeLive
) -> None:
    live.change("stream_barn", publishing=_KEY)
    await opened(user)
    menu = user.only(MenuButton)
    assert [each.href or each.value for each in menu.props["items"]] == ["/go-live/barn", "new"]
    await user.emit(menu, "choose", "new")
    await user.should_see("Add and test")
    ui.navigate.to = (gone := []).append  # type: ignore[assignment,method-assign,var-annotated]
    user.find("Add and test").click()
    await user.until(lambda: bool(gone))
    assert gone == ["/go-live/my camera"]


async def test_no_streams_yet(user: Visitor, live: FakeLive) -> None:
    live.streams.clear()
    await opened(user)
    await user.should_see("No streams yet")
    live.streams["stream_roof"] = stream("Roof")
    live.publish("stream.created", "stream_roof")
    await user.should_not_see("No streams yet")


async def test_signed_out_meanwhile_leads_to_the_sign_in(user: Visitor, live: FakeLive) -> None:
    await opened(user)
    live.signed_in = False
    ui.navigate.to = (gone := []).append  # type: ignore[assignment,method-assign,var-annotated]
    await user.emit(card(user, "Roof"), "act", "snapshot")
    await user.emit(user.only(Ticker), "tick")
    await user.until(lambda: len(gone) == 2)
    assert set(gone) == {"/sign-in?next=%2Flive"}


def _raising(error: Exception):  # type: ignore[no-untyped-def]  # noqa: ANN202
    def check(*_: object, **__: object) -> None:
        raise error

    return check


async def test_every_inline_script_is_the_framework_s_own(user: Visitor, live: FakeLive) -> None:
    live.change("stream_roof", name="<script>alert(1)</script>")
    page = (await user.http_client.get("/live")).text
    inline = re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", page)
    assert len(inline) > 2
    assert all(" nonce=" in each for each in inline)
