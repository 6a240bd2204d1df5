"""The search page, as a simulated user sees it."""

from dataclasses import replace

from domain.search.models import Hit
from tests.fakes.library import NOW, moment
from tests.unit.app.conftest import Visitor
from webapp.app.components.choice_chips import ChoiceChips
from webapp.app.components.search_hits import SearchHits
from webapp.app.kit.elements import Button
from webapp.app.kit.hits import pieces_of, text_of, title_of

SAID = Hit(
    kind="line",
    source_id="video_1",
    moment_id="moment_001",
    moment_kind="video",
    video_id="video_1",
    title="Design review",
    text="So I would put a <b>second</b> button next to it.",
    highlights=(),
    author="Ada",
    emotion=None,
    start_s=1122.4,
    created_at=NOW,
    score=0.2,
)


def hits(user: Visitor) -> SearchHits:
    return user.only(SearchHits)


def chips(user: Visitor, label: str) -> ChoiceChips:
    [found] = [each for each in user.elements(ChoiceChips) if each.label == label]
    return found


async def test_results_come_in_groups_with_their_words_marked_and_their_time(user: Visitor) -> None:
    library = user.library
    library.moments = {each.id: each for each in (moment(1), moment(2, title="Second button"))}
    meant = replace(SAID, source_id="meant", title="First numbers", text="Another way to go on.")
    library.search.hits = [SAID, replace(meant, author="Jun"), *[SAID] * 4]
    await user.open("/search?q=second+button")
    await user.should_see("“second button”")
    await user.should_see("7 found")
    notes, said = hits(user).groups
    assert (notes.label, said.label, said.more) == ("Moments", "Said in videos", 6)
    assert notes.rows[0].href == "/library/moment_002"
    assert (said.rows[0].href, said.rows[0].at) == ("/videos/video_1?t=1122.4", "18:42")
    assert [text for text, is_found in said.rows[0].pieces if is_found] == ["second", "button"]
    assert not said.rows[0].is_meant
    assert said.rows[1].is_meant

    await user.emit(hits(user), "more", "said")
    await user.until(lambda: [len(group.rows) for group in hits(user).groups] == [6])
    await user.emit(chips(user, "Who speaks or wrote").chips["Jun"], "click")
    await user.until(lambda: [len(group.rows) for group in hits(user).groups] == [1])
    await user.emit(chips(user, "When").chips["month"], "click")
    await user.until(lambda: library.search.asked[-1].since is not None)


async def test_facets_narrow_what_was_found_and_stay_in_the_address(user: Visitor) -> None:
    user.library.moments = {"moment_001": moment(1)}
    said = replace(SAID, emotions=("Tense",), origins=("main", "build-3"))
    user.library.search.hits = [said, replace(said, author="Jun", origins=("beta",)), SAID]
    await user.open("/search?q=second&emotion=tense&from=gone")
    await user.should_see("0 found")
    assert chips(user, "From").value == "gone"
    await user.emit(chips(user, "From").chips["main"], "click")
    await user.should_see("1 found")
    assert chips(user, "From").counts == {
        "": (2, False),
        "main": (1, False),
        "build-3": (1, False),
        "beta": (1, False),
    }
    await user.emit(chips(user, "Emotion").chips[""], "click")
    await user.emit(chips(user, "From").chips[""], "click")
    await user.should_see("3 found")


async def test_words_alone_nothing_and_no_query_are_said(user: Visitor) -> None:
    user.library.search.reason = "The database has no pgvector extension."
    await user.open("/search?q=zeppelin&kind=x&within=x&match=x")
    await user.should_see("No matches.")
    await user.should_see("no pgvector")
    await user.open("/search")
    await user.should_see("Search looks through moments")
    assert len(user.library.search.asked) == 1


async def test_a_search_is_kept_listed_and_deleted(user: Visitor) -> None:
    await user.open("/search?q=second++button")
    await user.should_see("Keep a search")
    user.find(kind=Button, content="Tell me about new ones").click()
    await user.should_see("You are told about new moments that have all words of “second button”.")
    [kept] = user.library.kept_searches.kept
    assert kept.text == "second button"
    await user.should_not_see("Tell me about new ones")
    row = user.row("second button")
    assert row.item.href == "/search?q=second+button&within=month&match=words"
    await user.act(row, "delete")
    await user.should_see("Keep a search")
    assert user.library.kept_searches.kept == []


def test_a_title_s_words_are_marked_and_misspelled_ones_where_no_other_is() -> None:
    def marked(query: str, **more: object) -> list[str]:
        hit = replace(SAID, **more)  # type: ignore[arg-type]
        return [text for text, is_found in title_of(hit, query) if is_found]

    assert marked("design") == ["Design"]
    assert marked("desgin reveiw") == ["Design", "review"]
    assert marked("desgin button", highlights=((31, 37),)) == []
    assert marked("desgin", match="meaning") == []


def test_a_long_passage_is_shown_around_what_was_found() -> None:
    text = "word " * 60 + "heron " + "word " * 60
    at = text.index("heron")
    hit = replace(SAID, text=text, highlights=[(at, at + 5)])
    shown = text_of(hit)
    assert shown.startswith("… word ")
    assert shown.endswith("word …")
    assert len(shown) < 200
    assert ("heron", True) in pieces_of(hit)
    assert text_of(replace(SAID, text="short")) == "short"
    assert pieces_of(replace(SAID, text="a" * 500, highlights=[(499, 500)]))
