"""Chats in the app: begun on a moment's page, asked in, shared, searched and deleted."""

from dataclasses import replace

import pytest
from nicegui import ui

from domain.chats.models import Citation, Message, NewSession
from domain.marks.models import NewMark
from domain.videos.models import Line
from tests.fakes.library import ADA, FakeLibrary, moment
from tests.fakes.videos import found_moment, talk, video
from tests.unit.app.conftest import Visitor
from webapp.app.components.chat_log import ChatLog
from webapp.app.components.chat_player import ChatPlayer
from webapp.app.components.choice_chips import ChoiceChips
from webapp.app.components.provider_player import ProviderPlayer
from webapp.app.components.search_hits import SearchHits
from webapp.app.components.sentinel import Sentinel
from webapp.app.kit.elements import Button

MOMENT = "moment_001"


@pytest.fixture
def library() -> FakeLibrary:
    return FakeLibrary([moment(number) for number in range(3)])


async def _said(library: FakeLibrary, chat_id: str) -> list[Message]:
    return list((await library.chats.newest(ADA, chat_id)).items)


async def _write(user: Visitor, text: str) -> None:
    user.only(ui.textarea).set_value(text)
    user.find(kind=Button, content="Send").click()


async def test_a_moments_page_begins_and_lists_its_chats(
    user: Visitor, library: FakeLibrary
) -> None:
    await library.chats.create(ADA, NewSession("Why a heron?", MOMENT))
    await user.open(f"/library/{MOMENT}")
    await user.should_see("Why a heron?")
    user.find(kind=Button, content="Talk about this moment").click()
    await user.until(lambda: len(library.chats.rows) == 2)
    made = library.chats.rows["session_1"]
    assert (made.moment_id, made.visibility) == (MOMENT, "private")
    await user.should_see("only you can see it")


async def test_an_answer_shows_what_it_cites(user: Visitor, library: FakeLibrary) -> None:
    chats = library.chats
    chats.is_available = True
    made = await chats.create(ADA, NewSession("", MOMENT, "private"))
    await user.open(f"/chats/{made.id}")
    await user.should_see("only you can see it")
    await _write(user, "Who was against it?")
    await user.should_see("Reading the moment…")
    user.find(kind=Button, content="Stop").click()
    await user.should_see("Stopped.")
    cited = Citation(15, MOMENT, "Note", "Softer <b>", "Jun", 1151.0, "video_1")
    [*_, last] = await _said(library, made.id)
    chats.answer = replace(last, content="Jun was against. <b>", citations=(cited,), state="done")
    await _write(user, "Who?")
    await user.should_see("From 1 place in the moment")
    text, chip, rest = user.only(ChatLog).turns[-1].pieces
    assert (text.text, rest.text) == ("Jun was against ", ". <b>")
    [again] = [each for each in user.elements(Button) if each.text == "Ask again"]
    assert not again.visible
    chats.said[made.id][-1] = replace(chats.answer, state="failed", error="It was interrupted.")
    library.publish("session.updated", made.id)
    await user.should_see("It was interrupted.")
    await user.until(lambda: again.visible)
    await user.emit(again, "click")
    await user.should_see("Reading the moment…")
    chats.said[made.id][-1] = replace(chats.answer, withheld=2)
    library.publish("session.updated", made.id)
    await user.should_see("2 sentences are withheld: you can no longer see what they cite.")
    assert (chip.text, chip.href, chip.title) == (
        "19:11",
        "/videos/video_1?t=1151",
        "Jun: Softer <b>",
    )


async def test_a_citation_plays_in_the_moment_beside_the_chat(
    user: Visitor, library: FakeLibrary
) -> None:
    whole = video()
    library.videos.put(whole)
    library.videos.transcripts[whole.id] = talk()
    part = moment(7, id="moment_part", source_id=whole.id, title="The ferry")
    library.videos.put_found(whole.id, found_moment(part, 4000, 15_000))
    made = await library.chats.create(ADA, NewSession("", part.id))
    cited = Citation(4, part.id, "", "Why is it lit?", "", 4.0, whole.id)
    said = await library.chats.append(ADA, made.id, "Why?")
    library.chats.said[made.id] = [replace(said, citations=(cited,), role="assistant")]
    await user.open(f"/chats/{made.id}")
    player = user.only(ChatPlayer).props
    assert (player["video"], player["from"], player["to"]) == (whole.id, 4.0, 15.0)
    assert player["cited"] == [4.0]
    [piece] = [each for each in user.only(ChatLog).turns[0].pieces if each.href]
    assert (piece.href, piece.video, piece.at) == ("/videos/video_1?t=4", whole.id, 4.0)
    await user.should_see("Why is it lit at night?")
    await user.should_not_see("Welcome to the harbour.")
    hidden = await library.chats.create(ADA, NewSession("", MOMENT))
    await user.open(f"/chats/{hidden.id}")
    assert user.elements(ChatPlayer) == []


async def test_a_mark_is_shown_beside_its_chat_and_hidden_where_there_is_little_room(
    user: Visitor, library: FakeLibrary
) -> None:
    mark = await library.marks.create(ADA, NewMark("https://youtu.be/NightFerry0", 450, 600))
    library.moments[mark.id] = moment(1, id=mark.id, kind="mark", title="That drop!")
    made = await library.chats.create(ADA, NewSession("", mark.id))
    await user.open(f"/chats/{made.id}")
    player = user.only(ProviderPlayer)
    assert player._props["range"] == {"start": 45.0, "end": 60.0}
    assert player.parent_slot is not None
    box = player.parent_slot.parent
    toggle, _ = box
    for words, is_shown in (("Hide the player", True), ("Play the moment", False)):
        await user.emit(toggle, "click")
        assert toggle._props["aria-label"] == words
        assert ("m-unfolded" in box.classes) is is_shown


async def test_of_a_long_transcript_those_lines_are_shown_where_it_plays(
    user: Visitor, library: FakeLibrary
) -> None:
    whole = video()
    library.videos.put(whole)
    lines = [Line(n, 10 * n, 10 * n + 9, f"Line {n}.", None, None, None) for n in range(1000)]
    library.videos.transcripts[whole.id] = replace(talk(), lines=tuple(lines))
    made = await library.chats.create(ADA, NewSession("", whole.moment_id))
    await user.open(f"/chats/{made.id}")
    await user.should_see("300 of 1000 lines")
    await user.should_see("Line 0.")
    await user.should_not_see("Line 300.")
    player = user.only(ChatPlayer)
    assert player.props["lines"] == (0, 2.999)
    await user.emit(player, "leave", 5.0)
    await user.should_see("Line 500.")
    await user.should_not_see("Line 0.")
    assert player.props["lines"] == (4.01, 7.009)
    await user.emit(player, "leave", 9.9)
    await user.should_see("Line 999.")


async def test_without_a_model_people_still_write(user: Visitor, library: FakeLibrary) -> None:
    made = await library.chats.create(ADA, NewSession("", MOMENT))
    await user.open(f"/chats/{made.id}")
    await user.should_see("MOMENTS_AI_URL")
    await _write(user, "  Hello  ")
    await user.until(lambda: len(library.chats.said[made.id]) == 1)
    await _write(user, "   ")
    await user.should_see("1 message")
    assert [each.content for each in await _said(library, made.id)] == ["Hello"]


def _named(user: Visitor, label: str) -> Button:
    [button] = [each for each in user.elements(Button) if each.props.get("aria-label") == label]
    return button


async def test_a_chat_is_shared_and_renamed(user: Visitor, library: FakeLibrary) -> None:
    made = await library.chats.create(ADA, NewSession("Herons", None, "private"))
    await user.open(f"/chats/{made.id}")
    user.find(kind=Button, content="Share").click()
    await user.should_see("shared with the organisation")
    await user.emit(_named(user, "Rename this chat"), "click")
    await user.until(lambda: len(user.elements(ui.dialog)) == 1)
    user.elements(ui.input)[-1].set_value("Grey herons")
    await user.emit(user.elements(Button)[-1], "click")
    await user.until(lambda: library.chats.rows[made.id].title == "Grey herons")
    await user.should_see("Grey herons")


async def test_a_deleted_chat_can_be_restored(user: Visitor, library: FakeLibrary) -> None:
    made = await library.chats.create(ADA, NewSession("Herons", None, "private"))
    await user.open(f"/chats/{made.id}")
    await user.emit(_named(user, "Delete this chat"), "click")
    await user.should_see("This chat is deleted.")
    assert not library.chats.rows
    library.publish("session.deleted", made.id)
    await user.should_see("No chats yet.")
    user.find(kind=Button, content="Undo").click()
    await user.until(lambda: made.id in library.chats.rows)


async def test_more_chats_and_earlier_messages_follow(user: Visitor, library: FakeLibrary) -> None:
    for number in range(120):
        made = await library.chats.create(ADA, NewSession(f"Chat {number}."))
    for number in range(250):
        await library.chats.append(ADA, made.id, f"Message {number}.")
    await user.open(f"/chats/{made.id}")
    await user.should_see("Chat 49.")
    await user.should_not_see("Chat 50.")
    await user.emit(user.only(Sentinel).sight, "visibility", args=True)
    await user.should_see("Chat 99.")
    await user.emit(user.only(Sentinel).sight, "visibility", args=True)
    await user.should_see("Chat 119.")
    assert not user.only(Sentinel).visible
    await user.should_see("Message 150.")
    await user.should_not_see("Message 149.")
    log = user.only(ChatLog)
    await user.emit(log, "older")
    await user.should_see("Message 50.")
    assert log.props["hasOlder"]
    await user.emit(log, "older")
    await user.should_see("Message 0.")
    assert not log.props["hasOlder"]


async def test_chats_are_listed_and_searched(user: Visitor, library: FakeLibrary) -> None:
    await library.chats.create(ADA, NewSession("Herons", MOMENT))
    await library.chats.create(ADA, NewSession("Otters"))
    await user.open("/chats")
    await user.should_see("Otters")
    await user.open(f"/chats?moment={MOMENT}")
    await user.should_see("Herons")
    await user.should_not_see("Otters")
    scope = user.only(ChoiceChips)
    await user.emit(scope.chips[""], "click")
    await user.should_see("Otters")
    await user.emit(scope.chips["moment"], "click")
    await user.should_not_see("Otters")
    user.only(ui.input).set_value("quiet button")
    await user.until(lambda: len(library.search.asked) == 1)
    [asked] = library.search.asked
    assert (asked.text, asked.kinds, asked.moment_id) == ("quiet button", ("message",), MOMENT)
    await user.until(lambda: len(user.only(SearchHits).groups) == 1)


@pytest.mark.parametrize("path", ["/chats/session_none", "/chats?moment=moment_none"])
async def test_one_that_is_not_there_says_so(user: Visitor, path: str) -> None:
    answer = await user.http_client.get(path)
    assert answer.status_code == 404
    assert "Chat not found" in answer.text
