"""The list stays true: answers that come late or out of order, and how many a day has."""

import asyncio
from typing import get_args

from domain.moments.models import Kind
from tests.fakes.library import moment
from tests.unit.app.conftest import Visitor
from webapp.app.components.choice_chips import ChoiceChips
from webapp.app.components.time_zone import TimeZone


async def open_library(user: Visitor) -> None:
    """Open it, and let it read what it does not wait for."""
    await user.open("/library")
    asked, kinds = user.library.asked, len(get_args(Kind))
    await user.until(lambda: user.library.listeners == 1 and len(asked) > kinds)


async def test_an_older_answer_about_a_moment_replaces_no_newer_one(user: Visitor) -> None:
    library = user.library
    library.moments = {"moment_001": moment(1, title="Old")}
    await open_library(user)
    slow, last = asyncio.Event(), moment(2, title="Last")
    library.slow.append(slow)
    await user.emit(user.card("Old"), "act", "refresh")
    await user.until(lambda: not library.slow)
    library.moments["moment_001"] = moment(1, title="New")
    library.publish("moment.updated", "moment_001")
    for _ in range(20):  # as far as it gets without the older answer
        await asyncio.sleep(0)
    slow.set()
    library.moments[last.id] = last
    library.publish("moment.created", last.id)
    await user.until(lambda: "Last" in user.titles())
    assert user.titles() == ["New", "Last"]


async def test_a_refresh_of_what_is_no_longer_shown_brings_nothing_back(user: Visitor) -> None:
    library = user.library
    library.moments = {"moment_001": moment(1), "moment_002": moment(2, kind="video", title="Film")}
    await open_library(user)
    slow = asyncio.Event()
    library.slow.append(slow)
    await user.emit(user.card("Note 01"), "act", "refresh")
    await user.until(lambda: not library.slow)
    await user.emit(user.only(ChoiceChips).chips["video"], "click")
    await user.until(lambda: user.titles() == ["Film"])
    asked = len(library.asked)
    slow.set()
    await user.until(lambda: len(library.asked) > asked)  # it reads again, for what is shown now
    assert user.titles() == ["Film"]


async def test_what_changes_while_the_list_is_read_is_read_again(user: Visitor) -> None:
    library = user.library
    library.moments = {"moment_001": moment(1, title="Old")}
    await open_library(user)
    slow = asyncio.Event()
    library.slow.append(slow)
    search = asyncio.create_task(user.emit(user.only(ChoiceChips).chips["note"], "click"))
    await user.until(lambda: not library.slow)
    library.moments["moment_001"] = moment(1, title="New")
    library.publish("moment.updated", "moment_001")
    await user.until(lambda: user.titles() == ["New"])
    asked = len(library.asked)
    slow.set()  # an answer from before the change
    await search
    await user.until(lambda: len(library.asked) > asked + len(get_args(Kind)))
    await user.until(lambda: user.titles() == ["New"])


async def test_days_say_how_many_moments_they_have_in_the_viewers_time_zone(user: Visitor) -> None:
    library = user.library
    hours = [moment(60 * each) for each in (1, 2, 13, 14, 15)]  # NOW is noon in UTC
    library.moments = {each.id: each for each in hours}
    await user.open("/library")

    def counts() -> list[object]:
        return [user.card(title)._props.get("dayCount") for title in user.titles()]

    assert counts() == [None] * 5
    await user.emit(user.only(TimeZone), "zone", "UTC")
    await user.until(lambda: counts() == ["2 moments", None, "3 moments", None, None])
    await user.emit(user.only(TimeZone), "zone", "Europe/Berlin")  # midnight is an hour earlier
    await user.until(lambda: counts() == ["3 moments", None, None, "2 moments", None])
    library.moments["moment_000"] = moment(0)
    library.publish("moment.created", "moment_000")
    await user.until(lambda: counts() == ["4 moments", None, None, None, "2 moments", None])
    for nonsense in ("", "Mars/Olympus", "../../etc/passwd", None, {"a": 1}):
        await user.emit(user.only(TimeZone), "zone", nonsense)
