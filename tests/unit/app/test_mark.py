"""The mark page, and marks in the library, as a simulated user sees them."""

from dataclasses import replace
from typing import Any

import pytest
from nicegui import ui

from domain.accounts.models import Role
from domain.collections.models import NewCollection
from domain.marks.links import parse_link
from domain.marks.models import Mark, NewMark, Nudge
from domain.moments.models import MediaFile
from tests.fakes.library import ADA, NOW, asset, moment
from tests.fakes.marks import source_of
from tests.unit.app.conftest import Visitor
from webapp.app.components.mark_deck import MarkDeck, Part
from webapp.app.components.provider_player import ProviderPlayer
from webapp.app.pages.marks.state import Shared

URL = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
SPOTIFY = "https://open.spotify.com/track/4uLU6hMCjMI75M1A2tKUQC"


async def open_deck(user: Visitor, query: str) -> MarkDeck:
    await user.open(f"/mark?{query}")
    return user.only(MarkDeck)


async def saved(user: Visitor, **values: Any) -> Mark:  # noqa: ANN401 (any field)
    new = NewMark(URL, 450, 600, note="That drop!", tags=("draft", "bass"), visibility="public")
    return await user.library.marks.create(ADA, replace(new, **values))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (f"url={URL}", Shared(URL)),
        ("text=That%20drop%20https://youtu.be/x?si=1,%20wow", Shared("https://youtu.be/x?si=1")),
        (
            "title=A%20song&text=no+link&url=https://a.example/b.mp3",
            Shared("https://a.example/b.mp3"),
        ),
        (f"url={URL}&start=45&end=60", Shared(URL, part=Part(450, 600))),
        (f"url={URL}&start=45&end=1", Shared(URL, part=Part(450))),
        (f"url={URL}&start=nan&end=-1", Shared(URL)),
        ("text=only+words", Shared("only words")),
        ("id=mark_1", Shared(mark_id="mark_1")),
        ("", Shared()),
    ],
)
def test_what_is_shared_is_read(query: str, expected: Shared) -> None:
    found = Shared.from_query(query)
    assert replace(found, note="") == expected


def test_the_words_around_a_link_become_the_note() -> None:
    found = Shared.from_query("text=That%20drop!%20https://youtu.be/x%20%F0%9F%94%A5")
    assert found.note == "That drop! 🔥"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://youtube.com/clip/abc", "A YouTube clip link hides its times."),
        ("https://evil.example/watch?v=dQw4w9WgXcQ", "Moments cannot play this link."),
        ("http://localhost:8000/live/garden", "A live stream has no start."),
        ("nonsense", "Moments cannot play this link."),
    ],
)
async def test_a_link_that_cannot_be_marked_is_answered(
    user: Visitor, url: str, words: str
) -> None:
    await user.open(f"/mark?url={url}")
    await user.should_see(words)
    assert not user.elements(MarkDeck)


async def test_a_link_is_opened_with_its_start_and_saved_in_one_click(user: Visitor) -> None:
    marks = user.library.marks
    deck = await open_deck(user, f"text=That%20drop%20{URL}%26t=45")
    assert deck._props["start"] == 450
    assert deck._props["player"]["source"]["id"] == "dQw4w9WgXcQ"
    await user.until(lambda: marks.opened == [URL])
    marks.others = 63
    await user.emit(deck, "range", {"start": 453, "end": 600})
    await user.should_see("people saved this part")
    await user.emit(deck, "seen", 222.3)
    await user.emit(deck, "named", {"title": "Night Ferry", "author": "Glass Harbour"})
    await user.should_see("Glass Harbour · 3:42")
    user.find("Save moment").click()
    await user.should_see("Moment saved")
    [mark] = marks.saved.values()
    assert (mark.start_ds, mark.end_ds, mark.note) == (453, 600, "That drop")
    assert (mark.visibility, mark.seen_duration_ms) == ("private", 222_300)
    await user.should_see("Save changes")


async def test_a_new_mark_goes_into_a_collection(user: Visitor) -> None:
    collections = user.library.collections
    made = await collections.create(ADA, NewCollection("Night drives"))
    deck = await open_deck(user, f"url={URL}&start=45&end=60")

    def choices() -> list[ui.select]:
        return [each for each in user.elements(ui.select) if made.id in each.options]

    await user.until(lambda: bool(choices()))
    [choice] = choices()
    choice.set_value(made.id)
    await user.emit(deck, "range", {"start": 450, "end": 600})
    user.find("Save moment").click()
    await user.until(lambda: bool(collections.rows[made.id].items))
    [mark_id] = user.library.marks.saved
    assert [item.id for item in collections.rows[made.id].items] == [mark_id]
    user.find("Save changes").click()
    await user.should_see("Changes saved")
    assert len(collections.rows[made.id].items) == 1


async def test_nothing_is_saved_before_a_part_is_chosen(user: Visitor) -> None:
    deck = await open_deck(user, f"url={URL}")
    for nonsense in (None, {"start": 5}, {"start": -1, "end": 9}, {"start": 9, "end": 2}, "x"):
        await user.emit(deck, "range", nonsense)
    user.find("Save moment").click()
    await user.should_see("Choose a start and an end first.")
    assert not user.library.marks.saved


async def test_one_s_own_mark_nearby_is_offered_as_an_edit(user: Visitor) -> None:
    mine = await saved(user)
    deck = await open_deck(user, f"url={URL}")
    await user.emit(deck, "range", {"start": 455, "end": 590})
    await user.should_see("You saved this part already.")
    user.find("Save moment").click()
    await user.should_see("You have a mark here.")
    assert list(user.library.marks.saved) == [mine.id]
    deck = await open_deck(user, f"id={mine.id}")
    await user.should_not_see("You saved this part already.")
    await user.emit(deck, "range", {"start": 460, "end": 610})
    user.find("Save changes").click()
    await user.should_see("Changes saved")
    changed = user.library.marks.saved[mine.id]
    assert (changed.start_ds, changed.end_ds, changed.tags) == (460, 610, ("bass",))


async def test_a_draft_is_saved_while_the_player_goes_on(user: Visitor) -> None:
    deck = await open_deck(user, f"url={URL}")
    await user.emit(deck, "draft", {"start": 750, "end": 900})
    await user.should_see("Draft saved")
    [mark] = user.library.marks.saved.values()
    assert (mark.start_ds, mark.tags, mark.visibility) == (750, ("draft",), "private")
    user.find("Undo").click()
    await user.until(lambda: not user.library.marks.saved)


async def test_what_the_browser_kept_is_restored(user: Visitor) -> None:
    deck = await open_deck(user, f"url={URL}")
    assert deck._props["store"] == "moments.mark.youtube.dQw4w9WgXcQ"
    await user.emit(deck, "restored", {"visibility": ["x"]})
    kept = {"note": "Half a thought", "tags": ["bass"], "visibility": "unlisted", "start": 1}
    await user.emit(deck, "restored", kept)
    await user.emit(deck, "range", {"start": 10, "end": 30})
    await user.emit(deck, "save")
    await user.should_see("Moment saved")
    [mark] = user.library.marks.saved.values()
    assert (mark.note, mark.tags, mark.visibility) == ("Half a thought", ("bass",), "unlisted")


async def test_what_may_not_play_here_says_why(user: Visitor) -> None:
    marks = user.library.marks
    reason = {"reason": "Its owner does not allow other sites to play it."}
    marks.sources[URL] = source_of(parse_link(URL), restrictions=reason)
    deck = await open_deck(user, f"url={URL}")
    assert "player" not in deck._props
    await user.should_see("Its owner does not allow other sites to play it.")


async def test_somebody_who_may_not_save_can_listen(user: Visitor) -> None:
    user.library.role = Role.VIEWER
    await open_deck(user, f"url={URL}")
    await user.should_see("Ask an admin to let you save marks.")
    assert not user.library.marks.opened


async def test_a_mark_that_is_gone_is_answered(user: Visitor) -> None:
    answer = await user.http_client.get("/mark?id=mark_9")
    assert answer.status_code == 404
    assert "Mark not found" in answer.text


async def test_a_mark_in_the_library_plays_its_part_and_is_edited_where_it_was_made(
    user: Visitor,
) -> None:
    mark = await saved(user, seen_duration_ms=222_000)
    user.library.moments[mark.id] = moment(1, id=mark.id, kind="mark", title="That drop!")
    await user.open("/library?kind=mark")
    await user.should_see("That drop!")
    assert user.card("That drop!").item.saved_by == 1
    await user.open(f"/library/{mark.id}")
    player = user.only(ProviderPlayer)
    assert player._props["range"] == {"start": 45.0, "end": 60.0}
    assert player._props["markedS"] == 222
    assert player._props["href"].endswith("t=45s")
    await user.should_see("1 person saved this part in Moments")
    user.find("Edit").click()
    await user.should_see("Save changes")


async def test_somebody_else_s_mark_can_be_saved_too(user: Visitor) -> None:
    other = await user.library.marks.create(replace(ADA, user_id="user_2"), NewMark(URL, 450, 600))
    user.library.moments[other.id] = moment(1, id=other.id, kind="mark", title="Theirs")
    await user.open(f"/library/{other.id}")
    await user.should_see("Save too")
    deck = await open_deck(user, f"id={other.id}")
    assert (deck._props["start"], deck._props["end"]) == (450, 600)
    await user.emit(deck, "range", {"start": 500, "end": 650})
    user.find("Save moment").click()
    await user.should_see("Moment saved")
    assert len(user.library.marks.saved) == 2


async def test_times_are_suggested_for_somebody_else_s_mark(user: Visitor) -> None:
    other = await user.library.marks.create(replace(ADA, user_id="user_2"), NewMark(URL, 450, 600))
    nudges = user.library.nudges
    for query, key in (
        (f"id={other.id}", other.id),
        (f"url={URL}&start=45&end=60&of=drop", "drop"),
    ):
        deck = await open_deck(user, query)
        await user.emit(deck, "range", {"start": 445, "end": 600})
        user.find("Suggest these times to its owner").click()
        await user.should_see("Suggestion sent")
        assert nudges.sent.pop() == (key, 445, 600)
    await open_deck(user, f"url={URL}")
    await user.should_not_see("Suggest these times to its owner")


async def test_a_suggestion_is_taken_or_dismissed_by_the_owner(user: Visitor) -> None:
    mark, nudges = await saved(user), user.library.nudges
    await open_deck(user, f"id={mark.id}")
    await user.should_not_see("Other times that people suggest")
    nudges.waiting = {
        f"nudge_{n}": Nudge(f"nudge_{n}", 455 - n, 600, NOW, by)
        for n, by in enumerate(("Rosa", None))
    }
    await open_deck(user, f"id={mark.id}")
    await user.should_see("0:45.5 to 1:00.0")
    await user.should_see("Somebody")
    await user.act(user.row("0:45.4 to 1:00.0"), "dismiss")
    await user.should_not_see("0:45.4 to 1:00.0")
    await user.act(user.row("0:45.5 to 1:00.0"), "accept")
    await user.until(lambda: user.library.marks.saved[mark.id].start_ds == 455)
    assert not nudges.waiting


async def test_a_moment_without_a_clip_says_that_it_has_none(user: Visitor) -> None:
    user.library.moments["moment_1"] = moment(1, id="moment_1")
    deck = await open_deck(user, "url=http://localhost:8000/library/moment_1")
    assert "player" not in deck._props
    await user.should_see("This moment has no clip or video that you can play.")
    files = [asset("moment_1", "a.mp4", file=MediaFile("b", "a", "video/mp4", 1, "a.mp4"))]
    user.library.assets["moment_1"] = files
    deck = await open_deck(user, "url=http://localhost:8000/library/moment_1")
    assert deck._props["player"]["source"]["url"] == "/files/a.mp4"


async def test_what_changes_elsewhere_is_shown_while_one_chooses(user: Visitor) -> None:
    marks = user.library.marks
    deck = await open_deck(user, f"url={URL}")
    await user.emit(deck, "range", {"start": 450, "end": 600})
    await user.should_see("Nobody saved this part yet")
    await user.until(lambda: user.library.listeners == 1)
    marks.others = 64
    user.library.publish("moment.created", "mark_of_somebody")
    await user.should_see("people saved this part")
    marks.sources[URL] = source_of(
        parse_link(URL), title="Night Ferry", artist="Glass Harbour", duration_ms=222_000
    )
    user.library.publish("track.named", "source_1", frozenset({"user_1"}))
    await user.should_see("Glass Harbour · 3:42")


async def test_a_private_mark_counts_only_as_its_owner_allows(user: Visitor) -> None:
    deck = await open_deck(user, f"url={URL}")
    await user.emit(deck, "range", {"start": 450, "end": 600})
    user.find("Count it, without my name").click()
    user.find("Save moment").click()
    await user.should_see("Moment saved")
    [mark] = user.library.marks.saved.values()
    assert (mark.visibility, mark.counts_if_private) == ("private", True)
