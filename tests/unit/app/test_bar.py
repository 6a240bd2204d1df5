"""The bar above every page: search, what runs, what happened."""

from datetime import timedelta

import pytest
from nicegui import ui

from domain.captures.models import Clip
from tests.fakes.house import FakeHouse
from tests.fakes.library import NOW, asset, clip, moment
from tests.fakes.videos import found_moment, stages, video
from tests.unit.app.conftest import Visitor
from tests.unit.infra.test_web_push import BROWSER
from webapp.app.bar.panel import Panel
from webapp.app.components.list_row import ListRow
from webapp.app.components.push_button import PushButton
from webapp.app.components.search_box import SearchBox


@pytest.fixture
def library() -> FakeHouse:
    return FakeHouse()


def panel(user: Visitor, word: str) -> Panel:
    [found] = [each for each in user.elements(Panel) if word in str(each._props["aria-label"])]
    return found


async def open_panel(user: Visitor, word: str) -> Panel:
    found = panel(user, word)
    next(each for each in found.descendants() if isinstance(each, ui.menu)).open()
    return found


def rows(user: Visitor) -> list[str]:
    return [each.item.title for each in user.elements(ListRow)]


async def test_the_bell_counts_what_is_unread_and_opening_it_reads_that(user: Visitor) -> None:
    user.library.notices.tell(1, "Garden went off air")
    await user.open("/library")
    await user.until(lambda: user.library.listeners == 1)
    user.library.notices.tell(2, "Ada invited you", "invitation")
    await user.until(lambda: "2 unread" in str(panel(user, "Notif")._props["aria-label"]))

    await open_panel(user, "Notif")
    await user.until(lambda: rows(user) == ["Ada invited you", "Garden went off air"])
    await user.until(lambda: panel(user, "Notif")._props["aria-label"] == "Notifications")
    assert await user.library.notices.unread(None) == 0  # type: ignore[arg-type]
    assert {each.item.badge for each in user.elements(ListRow)} == {("icew", "New")}, "as opened"


async def test_all_is_read_where_more_is_unread_than_is_shown(user: Visitor) -> None:
    notices = user.library.notices
    for number in range(notices.shown + 2):
        notices.tell(number, f"Number {number}")
    await user.open("/library")
    await user.until(lambda: user.library.listeners == 1)
    await open_panel(user, "Notif")
    label = panel(user, "Notif")._props
    await user.until(lambda: label["aria-label"] == "Notifications, 2 unread")
    user.find("Mark all as read").click()
    await user.until(lambda: label["aria-label"] == "Notifications")
    await user.should_not_see("Mark all as read")


async def test_somebody_elses_notice_rings_no_bell(user: Visitor) -> None:
    await user.open("/library")
    await user.until(lambda: user.library.listeners == 1)
    user.library.publish("notification.changed", "user_2", frozenset({"user_2"}))
    user.library.moments["moment_001"] = moment(1)
    user.library.publish("moment.created", "moment_001")
    await user.until(lambda: user.titles() == ["Note 01"])
    assert panel(user, "Notif")._props["aria-label"] == "Notifications"


async def test_the_tray_shows_what_runs_until_it_has_ended(user: Visitor) -> None:
    library = user.library
    library.moments = {each.id: each for each in (moment(1), moment(2))}
    end = NOW + timedelta(seconds=30)
    library.captures["moment_001"] = clip(
        "moment_001", title="Sunrise", status="recording", requested_end_ts=end, duration_ms=30_000
    )
    library.assets["moment_002"] = [asset("moment_002", "a.log", processing_status="processing")]
    await user.open("/settings/profile")
    await user.until(
        lambda: "2 running" in str([p._props["aria-label"] for p in user.elements(Panel)])
    )
    await open_panel(user, "2 running")
    await user.until(lambda: {"Sunrise", "a.log"} <= set(rows(user)))
    row = user.row("Sunrise").item
    assert (row.progress, row.meta) == ((30.0, 0.0), ("Recording 30 s",))

    library.captures["moment_001"] = clip("moment_001")
    library.assets.clear()
    library.publish("clip.ready", "clip_moment_001")
    await user.until(lambda: "Sunrise" not in rows(user))


async def test_a_failed_clip_can_be_tried_again_from_any_page(user: Visitor) -> None:
    library = user.library
    library.moments = {"moment_001": moment(1)}
    library.captures["moment_001"] = clip(
        "moment_001", title="Sunrise", status="failed", error="The node was lost."
    )
    await user.open("/settings/profile")
    await user.until(
        lambda: "1 to retry" in str([p._props["aria-label"] for p in user.elements(Panel)])
    )
    await open_panel(user, "1 to retry")
    await user.until(lambda: "Sunrise" in rows(user))
    await user.act(user.row("Sunrise"), "retry")
    found = library.captures["moment_001"]
    assert isinstance(found, Clip)
    await user.until(lambda: user.row("Sunrise").item.meta == ("Processing",))


async def test_uploads_pipelines_and_exports_are_in_the_tray_of_every_page(user: Visitor) -> None:
    library = user.library
    library.moments = {"moment_001": moment(1)}
    file = asset("moment_001", "a.mov", processing_status="pending")
    library.assets["moment_001"] = [file]
    library.videos.put(
        video(1, status="failed", stages=stages("completed", "failed"), updated_at=NOW),
        video(2, status="failed", updated_at=NOW - timedelta(hours=2)),
        video(3, status="running", created_by="user_2"),
    )
    exported = found_moment(moment(4), 0, 9000, vertical_status="waiting")
    library.videos.put_found("video_1", exported)
    await user.open("/settings/profile")
    await user.until(
        lambda: "2 running" in str([p._props["aria-label"] for p in user.elements(Panel)])
    )
    await open_panel(user, "2 running")
    await user.until(lambda: {"a.mov", "Talk 1", exported.moment.title} <= set(rows(user)))
    assert not {"Talk 2", "Talk 3"} & set(rows(user)), "old, and another person's"
    [detail] = user.row("a.mov").item.meta
    assert str(detail).startswith("Uploading, 2.4 MB of ")
    await user.act(user.row("Talk 1"), "retry")
    await user.until(lambda: library.videos.rows["video_1"].status == "queued")


async def test_search_finds_moments_from_every_page(user: Visitor) -> None:
    library = user.library
    library.moments = {each.id: each for each in (moment(1), moment(2, title="Second button"))}
    await user.open("/settings/profile")
    box = user.only(SearchBox)
    await user.emit(box, "search", " button ")
    await user.until(lambda: "results" in box._props)
    found = box._props["results"]
    [group] = found["groups"]
    assert (found["q"], group["label"]) == ("button", "Moments")
    [hit] = group["hits"]
    assert (hit.title, hit.href) == ("Second button", "/library/moment_002")
    assert library.search.asked[0].match == "words"

    await user.emit(box, "search", "nothing like it")
    await user.until(lambda: box._props["results"] == {"q": "nothing like it", "groups": []})
    before = len(library.search.asked)
    for nonsense in ("", "  ", None, {"a": 1}, [1]):
        await user.emit(box, "search", nonsense)
    assert len(library.search.asked) <= before + 2


async def test_kinds_and_channels_are_switched_off_in_the_profile(user: Visitor) -> None:
    notices, browsers = user.library.notices, user.library.push_browsers
    notices.off, notices.channels = {"capture"}, frozenset({"bell", "push", "email"})
    browsers.public_key = "a key"
    await user.open("/settings/profile")

    def switch(words: str) -> ui.switch:
        [found] = [each for each in user.elements(ui.switch) if each._props["aria-label"] == words]
        return found

    await user.until(lambda: not switch("Bell: My clips and files that failed").value)
    assert not switch("Email: My clips and files that failed").enabled, "the kind is off"
    switch("Email: Notes that mention me").value = False
    switch("Bell: My clips and files that failed").value = True
    await user.until(lambda: notices.off == {"mention:email"})
    assert switch("Push: Notes that mention me").value

    button = user.only(PushButton)
    good = {"endpoint": BROWSER.endpoint, "keys": {"p256dh": BROWSER.p256dh, "auth": BROWSER.auth}}
    sent: object
    for sent in (None, [], {"endpoint": 1, "keys": {}}, {**good, "endpoint": "http://x"}, good):
        await user.emit(button, "added", sent)
    await user.until(lambda: browsers.targets == [BROWSER])
    await user.emit(button, "removed", {"no": "text"})
    await user.emit(button, "removed", BROWSER.endpoint)
    await user.until(lambda: browsers.targets == [])
