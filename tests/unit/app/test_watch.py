"""The Watch page as a simulated user sees it; the browser's part is to report and to press."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from nicegui import ui

from domain.accounts.models import Role
from domain.captures.models import Clip, NewClip, NewSnapshot
from domain.core.errors import LeftTheBuffer
from domain.core.time import to_us
from tests.fakes.library import NOW, FakeLibrary
from tests.fakes.live import FakeLive, off_air, snapshot, stream
from tests.unit.app.conftest import Visitor
from webapp import assets
from webapp.app.components.copy_button import ShareButton
from webapp.app.components.live_player import LivePlayer, Report
from webapp.app.components.stream_state import StreamState
from webapp.app.kit.elements import Button, El
from webapp.app.modules import preload
from webapp.app.pages.live.capture_row import CaptureRow
from webapp.app.pages.live.latest import MOST

AT_MS = to_us(NOW) // 1000
VIDEO = {"codec": "h264", "width": 1280, "height": 720, "fps": 29.97, "bitrate_kbps": 2500}
AUDIO = {"codec": "aac", "sample_rate": 44_100, "channels": 2}
HEALTHY = {
    "missed": 0,
    "status": "live",
    "state": "healthy",
    "video": VIDEO,
    "audio": AUDIO,
    "delay_ms": 1100,
    "held_ms": 119_000,
}


@pytest.fixture
def live() -> FakeLive:
    return FakeLive([stream("Garden"), stream("Roof")])


@pytest.fixture
def library(live: FakeLive) -> FakeLibrary:
    return live


async def opened(user: Visitor, path: str = "/watch/garden") -> LivePlayer:
    await user.open(path)
    await user.until(lambda: user.library.listeners > 0)
    return user.only(LivePlayer)


def press(kind: str, *, number: int = 1, start_ms: int = AT_MS, duration_ms: int = 0) -> Any:  # noqa: ANN401
    return {"kind": kind, "number": number, "start_ms": start_ms, "duration_ms": duration_ms}


def told(player: LivePlayer) -> list[tuple[Any, ...]]:
    """Hear from now on what the browser's player is told."""
    calls: list[tuple[Any, ...]] = []
    player.run_method = lambda *call: calls.append(call)  # type: ignore[assignment,method-assign]
    return calls


def titles(user: Visitor) -> list[str]:
    rows = user.elements(CaptureRow)
    slot = rows[0].parent_slot if rows else None
    return (
        [each.item.title for each in slot.children if isinstance(each, CaptureRow)] if slot else []
    )


def clip_shown(user: Visitor) -> Clip:
    item = user.only(CaptureRow).item
    assert isinstance(item, Clip)
    return item


def facts(user: Visitor) -> dict[str, str]:
    values = [each.text for each in user.elements(El) if each.tag in {"dt", "dd"}]
    return dict(zip(values[::2], values[1::2], strict=True))


async def test_the_page_is_light_and_shows_the_newest_frame_at_once(user: Visitor) -> None:
    player = await opened(user)
    assert len(user.page.elements) <= 100
    answer = await user.http_client.get("/watch/garden")
    assert "frame-latest.jpg?w=640" in answer.text.partition('id="m-boot"')[2]
    assert player.props["poster"].endswith("frame-latest.jpg?w=640")
    assert player.props["grant"]["status_url"] == "/media/hls/garden/status.json"
    assert player.props["mayCapture"] is True


async def test_a_snapshot_is_of_the_instant_of_the_press(user: Visitor, live: FakeLive) -> None:
    player = await opened(user)
    calls = told(player)
    await user.emit(player, "capture", press("snapshot", number=7, start_ms=AT_MS + 40))
    await user.should_see("Snapshot is ready")
    [wanted] = live.wanted
    assert wanted == NewSnapshot(stream="stream_garden", timestamp=NOW + timedelta(milliseconds=40))
    assert titles(user) == ["Garden 1"]
    assert user.only(CaptureRow).press == 7
    [(name, number, item)] = calls
    assert (name, number, item["id"]) == ("answer", 7, "snap_1")


async def test_a_clip_is_shared_from_its_message(user: Visitor, live: FakeLive) -> None:
    player = await opened(user)
    await user.emit(player, "capture", press("clip", duration_ms=24_000))
    await user.should_see("Clip is ready")
    assert live.wanted == [NewClip(stream="stream_garden", start_ts=NOW, duration_ms=24_000)]
    await user.emit(user.only(ShareButton), "share")
    await user.until(lambda: bool(user.only(ShareButton).props.get("text")))
    assert live.links[0].subject_ids == ("clip_moment_1",)


async def test_a_recording_says_when_it_is_ready(user: Visitor, live: FakeLive) -> None:
    player = await opened(user)
    live.next_clip = {"status": "recording"}
    await user.emit(player, "capture", press("clip", duration_ms=5000))
    await user.should_see("Recording")
    assert clip_shown(user).status == "recording"
    made = live.taken[0]
    assert isinstance(made, Clip)
    live.keep(replace(made, status="ready"))
    live.publish("clip.ready", made.id)
    await user.should_see("Clip is ready")
    assert clip_shown(user).status == "ready"


async def test_a_clip_that_is_shorter_says_why(user: Visitor, live: FakeLive) -> None:
    player = await opened(user)
    live.next_clip = {"error": "The source stopped."}
    await user.emit(player, "capture", press("clip", duration_ms=5000))
    await user.should_see("The clip is shorter than requested")
    await user.should_see("5.0 s. The source stopped.")


async def test_what_has_left_the_buffer_offers_the_oldest(user: Visitor, live: FakeLive) -> None:
    live.refusal = LeftTheBuffer("It was 14 s too old.")
    player = await opened(user)
    calls = told(player)
    await user.emit(player, "capture", press("clip", duration_ms=5000))
    await user.should_see("That part has left the buffer")
    await user.should_see("It was 14 s too old.")
    user.find(kind=Button, content="Clip the oldest 10 s").click()
    await user.until(lambda: calls == [("answer", 1, None), ("clipOldest",)])


@pytest.mark.parametrize(
    "args",
    [
        None,
        "snapshot",
        {"kind": "snapshot"},
        press("film"),
        press("snapshot", start_ms=-1),
        press("clip", duration_ms=10**15),
        press("snapshot", start_ms=10**18),
    ],
)
async def test_a_press_that_means_nothing_captures_nothing(
    user: Visitor, live: FakeLive, args: object
) -> None:
    player = await opened(user)
    await user.emit(player, "capture", args)
    await user.should_see("The capture could not be read. Reload the page.")
    assert live.wanted == []


async def test_a_viewer_watches_and_captures_nothing(user: Visitor, live: FakeLive) -> None:
    live.role = Role.VIEWER
    live.change("stream_garden", created_by="user_2")
    player = await opened(user)
    assert player.props["mayCapture"] is False
    await user.should_not_see("Charts")
    await user.emit(player, "capture", press("snapshot"))
    await user.should_see("Viewers cannot capture. Ask an admin for the role of a member.")
    assert live.wanted == []


async def test_another_organisation_s_stream_does_not_exist(user: Visitor, live: FakeLive) -> None:
    live.streams["stream_theirs"] = stream("Theirs", organization_id="org_2")
    for path in ("/watch/theirs", "/watch/nowhere", "/watch/%00"):
        assert (await user.http_client.get(path)).status_code == 404


async def test_signed_out_meanwhile_leads_to_the_sign_in(user: Visitor, live: FakeLive) -> None:
    player = await opened(user)
    calls = told(player)
    live.signed_in = False
    ui.navigate.to = (gone := []).append  # type: ignore[assignment,method-assign,var-annotated]
    await user.emit(player, "capture", press("snapshot"))
    await user.until(lambda: bool(gone))
    assert gone == ["/sign-in?next=%2Fwatch%2Fgarden"]
    assert calls == [("answer", 1, None)]


async def test_health_is_what_the_player_reports(user: Visitor) -> None:
    player = await opened(user)
    await user.emit(player, "report", HEALTHY)
    assert facts(user) == {
        "Resolution": "1280 × 720, 29.97 fps",  # noqa: RUF001 (a size)
        "Video": "H.264, 2.5 Mbit/s",
        "Audio": "AAC, 44.1 kHz stereo",
        "Delay": "1.1 s",
        "Rewind": "1:59, full",
    }
    await user.emit(player, "report", {**HEALTHY, "video": {**VIDEO, "bitrate_kbps": 0}})
    assert facts(user)["Video"] == "H.264"  # until it has been measured
    await user.emit(player, "report", {"missed": 0, "status": "offline", "state": "off_air"})
    assert facts(user) == {
        "Resolution": "none",
        "Video": "none",
        "Audio": "none",
        "Delay": "none",
        "Rewind": "nothing yet",
    }
    states = user.elements(StreamState)
    assert {each.shown[0] for each in states} == {"off_air"}
    await user.emit(player, "report", {"missed": 1})
    assert states[0].shown[0] == "off_air"
    await user.emit(player, "report", {"missed": 2})
    assert [each.shown for each in states] == [("No answer",), ("The stream does not respond",)]


async def test_a_report_that_means_nothing_is_left_out(user: Visitor) -> None:
    player = await opened(user)
    for nonsense in (None, 5, {"state": "well"}, {"video": {"width": "x"}}):
        await user.emit(player, "report", nonsense)
    assert facts(user)["Rewind"] == "…"


async def test_captures_of_others_arrive_and_leave(user: Visitor, live: FakeLive) -> None:
    garden, roof = live.streams["stream_garden"], live.streams["stream_roof"]
    live.taken = [snapshot(number, garden) for number in range(9)]
    await opened(user)
    assert titles(user) == [f"Garden {number}" for number in range(MOST)]
    live.keep(snapshot(20, roof))
    live.keep(snapshot(21, garden))
    for made in ("snap_20", "snap_21"):
        live.publish("snapshot.created", made)
    await user.until(lambda: titles(user)[0] == "Garden 21")
    assert len(titles(user)) == MOST
    live.keep(snapshot(22, garden))
    live.publish("snapshot.created", "snap_22")
    await user.until(lambda: titles(user)[0] == "Garden 22")
    new = [each.item.title for each in user.elements(CaptureRow) if "m-new" in each.classes]
    assert new == ["Garden 22"]
    live.publish("snapshot.deleted", "snap_22")
    live.publish("snapshot.deleted", "snap_21")
    await user.until(lambda: titles(user)[0] == "Garden 0")


async def test_a_public_stream_is_shared(user: Visitor, live: FakeLive) -> None:
    player = await opened(user)
    assert player.props["isShared"] is False
    live.change("stream_garden", visibility="unlisted")
    player = await opened(user)
    await user.emit(player, "share")
    await user.should_see("Anyone with this link can watch; it is not listed anywhere.")
    link, embed = user.elements(ui.input)
    assert link.value == "http://localhost:8000/live/garden"
    assert embed.value.startswith('<iframe src="http://localhost:8000/live/garden/embed"')


async def test_a_stream_that_is_deleted_says_so(user: Visitor, live: FakeLive) -> None:
    await opened(user)
    del live.streams["stream_garden"]
    live.publish("stream.deleted", "stream_garden")
    await user.should_see("This stream was deleted")


async def test_nothing_was_captured_of_a_stream_that_was_never_on_air(
    user: Visitor, live: FakeLive
) -> None:
    live.streams["stream_soon"] = off_air("Soon", state="never_on_air")
    player = await opened(user, "/watch/soon")
    assert player.props["poster"] is None
    await user.should_see("Nothing yet. What you capture from this stream appears here.")


def test_a_report_is_read_leniently() -> None:
    assert Report.from_event({"delay_ms": 12, "more": 1}) == Report(delay_ms=12)
    assert Report.from_event([]) is None


async def test_the_head_names_every_module_that_scripts_import(user: Visitor) -> None:
    await opened(user)
    links = preload(user.page.elements.values())
    assert links in user.page.head_html
    assert {"app.js", "live.js"} == set(re.findall(r'/js/([\w-]+\.js)"', links))
    joined = {module.name for bundle in assets.joined_modules() for module in bundle.modules}
    assert {"js/watch.js", "js/player.js", "js/rtc-session.js"} <= joined


async def test_a_page_loads_little_before_its_content(user: Visitor) -> None:
    await opened(user)
    page = (await user.http_client.get("/watch/garden")).text
    found = re.findall(r'<(?:link|script)[^>]* (?:href|src)="([^"]+)"', page)
    early = {url for url in found if not url.endswith((".svg", ".png", ".webmanifest"))}
    assert len(early) <= 12, early
