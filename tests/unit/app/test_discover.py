"""The Discover page, as a simulated user sees it."""

import pytest

from domain.discover.models import Artist, Because, Discovered, News, Rising
from tests.fakes.discover import suggestion
from tests.fakes.library import NOW, moment
from tests.unit.app.conftest import Visitor
from webapp.app.components.choice_chips import ChoiceChips
from webapp.app.pages.discover.state import region_of, save_address, still_needed

PARTS = Because(
    "moment_000", "That drop", (suggestion(1, emotions=("tense",)), suggestion(2, reason="Why."))
)
LOW_TIDE = Rising(
    "track_9", "https://youtu.be/lowtide0000", "Low Tide", "Marlo Finch", 128, 141, 612, 218,
    (1, 5, 2), "218 of 612 people saved a part of it within a week.",
)  # fmt: skip
NEWS = News("Ada Lind", "/u/ada", is_artist=False, text="Saved a part of “Low Tide”", at=NOW)
FOUND = Discovered(3, (PARTS,), (LOW_TIDE,), (NEWS,), 14, (Artist("Orla Venn", 4),))


async def test_each_suggestion_says_why_and_what_is_not_for_me_goes(user: Visitor) -> None:
    discover = user.library.discover
    discover.found = FOUND
    await user.open("/discover")
    await user.should_see("Because you saved “That drop”")
    await user.should_see("38 of the 64 people who saved that part saved this too.")
    await user.should_see("Why.")
    await user.should_see("1:12 \N{EN DASH} 1:30")
    await user.should_see("+218")
    await user.should_see("Saved a part of “Low Tide”")
    user.find("Not for me").click()
    await user.should_see("It will not be suggested again")
    assert len(discover.dismissed) == 1
    user.find("Undo").click()
    await user.until(lambda: not discover.dismissed)
    await user.should_see("Drop 1")


async def test_a_mood_narrows_and_an_artist_is_followed(user: Visitor) -> None:
    discover = user.library.discover
    discover.found = FOUND
    await user.open("/discover")
    await user.emit(user.only(ChoiceChips).chips["tense"], "click")
    await user.until(lambda: discover.wishes[-1].emotion == "tense")
    await user.should_not_see("Drop 2")
    await user.should_see("You saved 4 parts of their songs.")
    user.find("Follow").click()
    await user.should_see("You follow Orla Venn")
    assert discover.artists == {"Orla Venn"}
    await user.should_not_see("You saved 4 parts of their songs.")
    user.find("What we go by").click()
    await user.should_see("We read nothing else.")


async def test_who_saved_little_is_told_what_is_missing(user: Visitor) -> None:
    user.library.discover.found = Discovered(1, (), (), (), 0, ())
    await user.open("/discover")
    await user.should_see("Two more, and we know where to look")
    await user.should_see("Nothing rises yet")
    user.library.discover.found = Discovered(3, (), (), (), 0, ())
    await user.open("/discover")
    await user.should_see("Nothing like your moments yet.")


@pytest.mark.parametrize(
    ("languages", "region"),
    [("de-AT,de;q=0.9", "AT"), ("zh-Hant-TW", "TW"), ("de", None), ("", None), ("x;<b>", None)],
)
def test_a_browser_says_where_it_is(languages: str, region: str | None) -> None:
    assert region_of(languages) == region


def test_words_and_addresses() -> None:
    assert [still_needed(n).partition(",")[0] for n in range(4)] == [
        "Three parts", "Two more", "One more", "Nothing",
    ]  # fmt: skip
    assert save_address(suggestion()) == (
        "/mark?url=https%3A%2F%2Fwww.youtube.com%2Fwatch%3Fv%3Ddrop0000001&start=72&end=90"
    )
    assert save_address(suggestion(is_ours=True)) == "/mark?id=moment_001"
    assert save_address(suggestion(url=None, track_id=None)) is None


async def test_a_moment_s_page_lists_what_is_like_it(user: Visitor) -> None:
    user.library.moments = {"moment_001": moment(1)}
    user.library.discover.found = FOUND
    await user.open("/library/moment_001")
    await user.should_see("Like this")
    await user.should_see("Drop 2")
    await user.should_see("Why.")
