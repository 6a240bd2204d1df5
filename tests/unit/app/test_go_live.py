"""The Go live page as a simulated user sees it; the browser's part is to publish and to tell."""

from typing import Any

import pytest

from domain.accounts.models import Role
from domain.live.models import Source
from tests.fakes.library import FakeLibrary
from tests.fakes.live import _KEY, FakeLive, off_air, snapshot, stream
from tests.unit.app.conftest import Visitor
from webapp.app.components.publisher import Publisher
from webapp.app.kit.elements import El
from webapp.app.pages.live.capture_row import CaptureRow

PUSH: Any = {"source": Source("push"), "publishing": _KEY}
DEVICES = {
    "cameras": [["cam_1", "Front"], ["cam_2", "Back"]],
    "microphones": [["mic_1", "Desk"]],
    "camera": "cam_1",
    "microphone": "mic_1",
    "from": "camera",
    "size": "720",
    "kbps": 2500,
}


@pytest.fixture
def live() -> FakeLive:
    return FakeLive([off_air("Porch", **PUSH), stream("Garden")])


@pytest.fixture
def library(live: FakeLive) -> FakeLibrary:
    return live


async def opened(user: Visitor) -> tuple[Publisher, list[tuple[Any, ...]]]:
    await user.open("/go-live/porch")
    publisher = user.only(Publisher)
    calls: list[tuple[Any, ...]] = []
    publisher.run_method = lambda *call: calls.append(call)  # type: ignore[assignment,method-assign]
    return publisher, calls


def select(user: Visitor, label: str) -> Any:  # noqa: ANN401 (a select of any value)
    [found] = [each for each in user.elements(El) if each.tag == "label" and each.text == label]
    assert found.parent_slot is not None
    return found.parent_slot.children[1]


def facts(user: Visitor) -> dict[str, str]:
    values = [each.text for each in user.elements(El) if each.tag in {"dt", "dd"}]
    return dict(zip(values[::2], values[1::2], strict=True))


async def test_a_device_is_chosen_here_and_used_in_the_browser(user: Visitor) -> None:
    publisher, calls = await opened(user)
    size, camera = select(user, "Resolution"), select(user, "Camera")
    assert (size.value, size.enabled, camera.enabled) == ("720", True, False), "none are known yet"
    await user.emit(publisher, "devices", DEVICES)
    camera, microphone = select(user, "Camera"), select(user, "Microphone")
    assert (camera.value, microphone.value) == ("cam_1", "mic_1")
    assert not microphone.enabled  # there is only one
    assert calls == []  # what is in use is not chosen again
    camera.set_value("cam_2")
    select(user, "Maximum bitrate").set_value("1000")
    assert calls == [("choose", "camera", "cam_2"), ("choose", "kbps", "1000")]
    await user.emit(publisher, "devices", DEVICES | {"from": "screen", "camera": ""})
    assert not camera.visible


@pytest.mark.parametrize("nonsense", [None, 7, {"cameras": "all"}, {"from": "the sky"}])
async def test_devices_that_mean_nothing_are_left_out(user: Visitor, nonsense: object) -> None:
    publisher, _ = await opened(user)
    await user.emit(publisher, "devices", DEVICES)
    for event in ("devices", "figures", "state"):
        await user.emit(publisher, event, nonsense)
    assert select(user, "Camera").value == "cam_1"


async def test_what_is_sent_is_shown_while_live(user: Visitor) -> None:
    publisher, _ = await opened(user)
    await user.emit(publisher, "state", "live")
    sent = {"kbps": 1840, "fps": 29.6, "width": 1280, "height": 720, "limited": "cpu"}
    await user.emit(publisher, "figures", sent | {"loss": 0.012, "roundTrip": 0.0314})
    assert facts(user) == {
        "Sending": "1.8 Mbit/s, limited by this device",
        "Resolution": "1280 × 720, 30 fps",  # noqa: RUF001 (a size)
        "Loss": "1.2 %",
        "Round trip": "31 ms",
    }
    await user.emit(publisher, "figures", {"kbps": 20})
    assert facts(user)["Resolution"] == "none"


async def test_the_end_shows_what_was_captured(user: Visitor, live: FakeLive) -> None:
    publisher, _ = await opened(user)
    await user.emit(publisher, "state", "idle")
    await user.should_not_see("The broadcast has ended")
    for state in ("connecting", "live", "reconnecting", "live"):
        await user.emit(publisher, "state", state)
    live.clock.advance(65)
    live.taken = [snapshot(1, live.streams["stream_porch"]), snapshot(2, live.stream("garden"))]
    await user.emit(publisher, "state", "idle")
    await user.should_see("The broadcast has ended")
    await user.should_see("1:05 on air, 1 capture.")
    assert [each.item.title for each in user.elements(CaptureRow)] == ["Porch 1"]
    await user.emit(publisher, "state", "live")
    await user.should_not_see("The broadcast has ended")


async def test_a_broadcast_of_which_nothing_was_kept(user: Visitor) -> None:
    publisher, _ = await opened(user)
    for state in ("live", "refused"):
        await user.emit(publisher, "state", state)
    await user.should_see("Nothing was captured. The last minutes are still in the buffer.")


async def test_keys_are_veiled_until_they_are_asked_for(user: Visitor) -> None:
    await opened(user)
    codes = [each for each in user.elements(El) if each.tag == "code"]
    assert all(_KEY.publish_key not in each.text for each in codes)
    user.find("Show").click()
    await user.until(lambda: any(each.text == _KEY.publish_key for each in codes))


async def test_nobody_goes_live_where_they_may_not(user: Visitor, live: FakeLive) -> None:
    live.streams["stream_theirs"] = off_air("Theirs", organization_id="org_2", **PUSH)
    live.streams["stream_dock"] = off_air("Dock", source=Source("push"))
    for slug, status, words in (
        ("garden", 409, "This stream has its own source."),
        ("dock", 403, "Only the creator of the stream and admins can go live on it."),
        ("theirs", 404, "There is no such stream"),
    ):
        answer = await user.http_client.get(f"/go-live/{slug}")
        assert (answer.status_code, words in answer.text) == (status, True)


async def test_signed_out_meanwhile_the_broadcast_goes_on(user: Visitor, live: FakeLive) -> None:
    publisher, calls = await opened(user)
    live.signed_in = False
    live.role = Role.VIEWER
    await user.emit(publisher, "state", "live")
    await user.emit(publisher, "devices", DEVICES)
    assert calls == []
