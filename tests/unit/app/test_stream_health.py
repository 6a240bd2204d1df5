"""A stream's health as a simulated user sees it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from nicegui import ui

from domain.accounts.models import Role
from domain.core.errors import NodeUnavailable
from domain.live.models import Health
from domain.live.wire import AudioInfo, Figures, VideoInfo
from tests.fakes.house import FakeHouse, stream
from tests.fakes.library import NOW
from tests.unit.app.conftest import Visitor
from webapp.app.components.health_plots import HealthPlots

PATH = "/streams/garden"
ON_AIR: dict[str, Any] = {
    "status": "live",
    "state": "healthy",
    "video": VideoInfo(codec="h264", width=1280, height=720, fps=25, bitrate_kbps=900),
    "audio": AudioInfo(codec="aac", sample_rate=44_100, channels=2),
    "health": Health(0, 0, 2, 1, 0),
}


@pytest.fixture
def library() -> FakeHouse:
    house = FakeHouse()
    house.streams.put(stream("Garden", **ON_AIR))
    house.streams.figures = [Figures(at_us=1_000_000 * each, fps=25) for each in range(1, 4)]
    return house


async def test_a_stream_says_how_it_runs(user: Visitor, library: FakeHouse) -> None:
    await user.open(PATH)
    for words in ("Garden", "1280 × 720, H264", "AAC, 44.1 kHz", "Live"):  # noqa: RUF001
        await user.should_see(words)
    await user.should_see("Since it started: 1 break, 2 dropped packets")
    assert len(user.page.elements) <= 60


async def test_only_new_figures_are_sent(user: Visitor, library: FakeHouse) -> None:
    await user.open(PATH)
    plots = user.only(HealthPlots)
    await user.until(lambda: plots.sent_us == 3_000_000)
    library.streams.figures = [Figures(at_us=3_000_000), Figures(at_us=4_000_000)]
    await user.emit(plots, "seen", args=False)
    assert plots.sent_us == 3_000_000
    [timer] = user.elements(ui.timer)
    await user.until(lambda: not timer.active)
    await user.emit(plots, "seen", args=True)
    await user.until(lambda: plots.sent_us == 4_000_000)
    assert timer.active


async def test_a_stream_that_ends_or_is_deleted_says_so(user: Visitor, library: FakeHouse) -> None:
    await user.open(PATH)
    [timer] = user.elements(ui.timer)
    look = timer.callback
    assert look is not None
    away: dict[str, Any] = {
        "status": "offline",
        "state": "off_air",
        "since": NOW - timedelta(hours=1),
    }
    library.streams.put(replace(library.streams.rows["stream_garden"], **away))
    library.streams.figures = None  # no node runs it
    await look()
    await user.should_see("Off air since")
    await user.should_not_see("no losses", retries=1)
    del library.streams.rows["stream_garden"]
    await look()
    await user.should_see("There is no such stream, or it is private.")
    assert not timer.active


@pytest.mark.parametrize(("role", "status"), [(Role.MEMBER, 403), (Role.ADMIN, 200)])
async def test_only_its_creator_and_admins_see_it(
    user: Visitor, library: FakeHouse, role: Role, status: int
) -> None:
    library.streams.put(stream("Garden", created_by="user_2"))
    library.role = role
    answer = await user.http_client.get(PATH)
    assert answer.status_code == status
    assert ("Only the creator of the stream" in answer.text) is (status == 403)


async def test_errors_of_the_address(user: Visitor, library: FakeHouse) -> None:
    assert (await user.http_client.get("/streams/nowhere")).status_code == 404
    library.streams.broken = NodeUnavailable("The database is away.")
    assert (await user.http_client.get(PATH)).status_code == 503
    library.signed_in = False
    answer = await user.http_client.get(PATH)
    assert answer.headers["location"] == "/sign-in?next=%2Fstreams%2Fgarden"
