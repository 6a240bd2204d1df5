"""The page of one video, as a simulated user sees it."""

from typing import Any

import pytest
from nicegui import ui

from domain.accounts.models import Role
from domain.videos.models import Transcript
from tests.fakes.library import moment
from tests.fakes.videos import found_moment, stages, talk, video
from tests.unit.app.conftest import Visitor
from webapp.app.components.crop_frame import CropFrame
from webapp.app.components.list_row import ListRow
from webapp.app.components.menu_button import MenuButton
from webapp.app.components.shortcuts import Shortcuts
from webapp.app.components.transcript import TranscriptLines
from webapp.app.components.video_deck import VideoDeck
from webapp.app.kit.elements import Button
from webapp.app.pages.videos.found import why
from webapp.app.pages.videos.speech import about, shares_of


async def opened(user: Visitor, **values: Any) -> VideoDeck:  # noqa: ANN401 (any field)
    """Open a video with two found moments."""
    videos = user.library.videos
    videos.put(video(1, moments_found=2, **values))
    videos.transcripts["video_1"] = talk()
    videos.put_found(
        "video_1",
        found_moment(moment(1, kind="clip", title="She says she is leaving"), 4200, 26_400),
        found_moment(moment(2, kind="clip", title="The joke"), 60_000, 78_000, is_edited=True),
    )
    await user.open("/videos/video_1")
    return user.only(VideoDeck)


async def test_a_link_opens_a_video_at_its_time(user: Visitor) -> None:
    for text, start_s in (("12.5", 12.5), ("x", None), ("-1", None), ("1e9", None)):
        user.library.videos.put(video(1))
        await user.open(f"/videos/video_1?t={text}")
        assert user.only(VideoDeck)._props["player"]["startS"] == start_s


_HEAR = "Hear this voice"


def press(user: Visitor, name: str) -> Button:
    """Return the button with a name."""
    [found] = [each for each in user.elements(Button) if each.text == name]
    return found


def chips(user: Visitor) -> list[ui.element]:
    """Return the speakers."""
    return [each for each in user.page.elements.values() if "m-chip" in each.classes]


async def test_what_is_said_and_found_is_shown_beside_the_player(user: Visitor) -> None:
    deck = await opened(user)
    await user.should_see("Talk 1")
    await user.should_see("12:48 · 480p · Uploaded")
    await user.should_see(
        "By speech recognition, English (97 % sure), 3 lines."
        " Who speaks is estimated; say how many people speak if you know."
    )
    await user.should_see("Speaker B (estimated)")
    await user.should_see("For the ferry, of course.")
    lines = user.only(TranscriptLines)._props["lines"]
    assert [(each.voice, each.emotion, each.sure) for each in lines] == [
        (0, "", ""),
        (1, "", ""),
        (0, "Amused", "not sure: 40 %"),
    ]
    assert deck._props["turns"] == [(0.0, 3.9, 0), (4.0, 9.0, 1), (9.1, 15.0, 0)]
    assert deck._props["loudness"] == "AP8="
    assert [each.kept for each in deck._props["found"]] == [False, True]
    assert deck._props["player"]["source"]["captions"].startswith(
        "/api/videos/video_1/captions.vtt"
    )
    row = user.row("1  She says she is leaving").item
    assert (row.note, row.figure) == ("92 of 100", "22 s")
    await user.should_see("Chosen for laughter or applause and a question with its answer.")
    export, more, _ = user.elements(MenuButton)
    assert [each.label for each in export._props["items"]] == [
        "Captions, WebVTT",
        "Captions, SubRip (SRT)",
        "Captions, ASS",
        "Transcript as text",
        "Chapters",
        "The video",
    ]
    assert more._props["items"][-1].label == "Delete"


async def test_a_found_moment_is_picked_kept_refined_shared_and_dismissed(user: Visitor) -> None:
    deck = await opened(user)
    library = user.library
    await user.emit(deck, "pick", "moment_001")
    row = user.row("1  She says she is leaving")
    assert [each.label for each in row.item.buttons] == ["Keep 22 s", "Refine", "Share", "Dismiss"]
    assert deck._props["picked"] == "moment_001"
    await user.act(row, "keep")
    await user.until(lambda: library.videos.found["video_1"][0].is_edited)
    await user.until(lambda: bool(deck._props["found"][0].kept))
    await user.act(row, "refine")
    await user.should_see("Whole sentences, 23 s.")
    await user.emit(press(user, "Undo"), "click")
    await user.until(lambda: library.videos.found["video_1"][0].start_ms == 4200)
    await user.act(row, "release")
    await user.until(lambda: not library.videos.found["video_1"][0].is_edited)
    await user.act(row, "share")
    await user.should_see("Who can see this")
    await user.act(row, "nonsense")
    await user.act(row, "dismiss")
    await user.should_see("Moment dismissed")
    await user.until(lambda: len(deck._props["found"]) == 1)
    await user.emit(press(user, "Undo"), "click")
    await user.until(lambda: len(deck._props["found"]) == 2)


async def test_a_part_is_kept_or_given_to_the_picked_moment(user: Visitor) -> None:
    deck = await opened(user)
    videos = user.library.videos
    await user.emit(deck, "range", {"start": 100, "end": 340})
    await user.should_see("Keep 24 s")
    assert user.only(TranscriptLines)._props["part"] == (10_000, 34_000)
    await user.emit(press(user, "Keep 24 s"), "click")
    await user.should_see("Moment kept")
    assert [each.origin for each in videos.found["video_1"]].count("person") == 1
    await user.emit(deck, "pick", "moment_002")
    await user.emit(deck, "range", {"start": 600, "end": 700})
    await user.emit(press(user, "Trim to 10 s"), "click")
    await user.until(lambda: videos.found["video_1"][-1].end_ms == 70_000)
    for nonsense in (None, {"start": 9, "end": 2}, "x", {"start": None, "end": None}):
        await user.emit(deck, "range", nonsense)
        await user.emit(deck, "draft", nonsense)
        await user.emit(deck, "pick", nonsense)
    await user.should_not_see("Trim to 10 s")
    await user.emit(deck, "draft", {"start": 0, "end": 150})
    await user.until(lambda: len(videos.found["video_1"]) == 4)


async def test_keys_pick_the_next_moment_and_keep_it(user: Visitor) -> None:
    deck = await opened(user)
    keys = user.only(Shortcuts)
    assert [each["key"] for each in keys._props["keys"]] == ["n", "k", "e"]
    await user.emit(keys, "press", "n")
    assert deck._props["picked"] == "moment_001"
    await user.emit(keys, "press", "k")
    await user.until(lambda: user.library.videos.found["video_1"][0].is_edited)
    await user.emit(keys, "press", "n")
    await user.emit(keys, "press", "n")
    assert deck._props["picked"] == "moment_001"


async def test_a_line_is_corrected_where_it_is(user: Visitor) -> None:
    await opened(user)
    lines = user.only(TranscriptLines)
    await user.emit(lines, "edit", 1)
    await user.should_see("Correct this line")
    [words] = [each for each in user.elements(ui.input) if "lit at night" in str(each.value)]
    words.value = ""
    await user.emit(press(user, "Save"), "click")
    await user.should_see("Words each text must have 1 to 2000 characters.")
    words.value = "Why is it dark at night?"
    await user.emit(press(user, "Save"), "click")
    await user.should_see("Line corrected")
    await user.should_see("Why is it dark at night?")
    for nonsense in (99, None, "x"):
        await user.emit(lines, "edit", nonsense)


async def test_a_speaker_is_named_merged_and_counted(user: Visitor) -> None:
    await opened(user)
    videos = user.library.videos
    await user.emit(chips(user)[1], "click")
    await user.should_see("Who is Speaker B (estimated)?")
    await user.should_see("Known names: Hildy")
    [hear] = [each for each in user.elements(Button) if each._props.get("aria-label") == _HEAR]
    await user.emit(hear, "click")
    [field] = user.elements(ui.input)
    field.value = "Walter"
    await user.emit(press(user, "Rename 1 line"), "click")
    await user.should_see("1 line renamed")
    assert videos.transcripts["video_1"].names == {0: "Hildy", 1: "Walter"}
    count = user.elements(MenuButton)[-1]
    await user.emit(count, "choose", "nonsense")
    await user.emit(count, "choose", "3")
    await user.until(lambda: videos.speaker_counts == [3])
    await user.emit(chips(user)[1], "click")
    await user.should_see("Same as Hildy")
    await user.emit(press(user, "Same as Hildy"), "click")
    await user.should_see("Merged with Hildy")
    assert {each.speaker for each in videos.transcripts["video_1"].lines} == {0}


async def test_moments_are_found_again_with_a_wish(user: Visitor) -> None:
    await opened(user)
    await user.emit(press(user, "Find again"), "click")
    await user.should_see("1 kept moment stay.")
    [wish] = user.elements(ui.input)
    wish.value = "jokes"
    [send] = [each for each in user.elements(Button) if each.text == "Find again"][1:]
    await user.emit(send, "click")
    await user.until(lambda: user.library.videos.prompts == ["jokes"])


async def test_a_clip_is_made_vertical(user: Visitor) -> None:
    await opened(user)
    row = user.row("1  She says she is leaving")
    assert "vertical" in {each.name for each in row.item.menu}
    await user.act(row, "vertical")
    await user.should_see("Vertical clip, 9:16")
    frame = user.only(CropFrame)
    assert (frame.visible, frame.value) == (False, 0.5)
    user.only(ui.select).value = "part"
    assert frame.visible
    await user.emit(frame, "update:modelValue", 0.27)
    await user.emit(press(user, "Render"), "click")
    await user.should_see("Rendering the vertical clip")
    assert user.library.videos.verticals == [("moment_001", 0.27, True)]


async def test_a_moment_is_refined_by_a_wish(user: Visitor) -> None:
    await opened(user)
    await user.act(user.row("1  She says she is leaving"), "wish")
    [wish] = user.elements(ui.input)
    wish.value = "end it before the telephone rings"
    await user.emit([each for each in user.elements(Button) if each.text == "Refine"][-1], "click")
    await user.should_see("Whole sentences, 23 s.")
    assert user.library.videos.prompts == ["end it before the telephone rings"]


async def test_stages_run_again_and_the_video_is_renamed(user: Visitor) -> None:
    await opened(user)
    _, more, _ = user.elements(MenuButton)
    await user.emit(more, "choose", "transcript")
    await user.until(lambda: user.library.videos.rows["video_1"].status == "queued")
    await user.emit(more, "choose", "rename")
    [title] = user.elements(ui.input)
    title.value = "Harbour at night"
    await user.emit(press(user, "Save"), "click")
    await user.until(lambda: user.library.moments["moment_v1"].title == "Harbour at night")
    await user.emit(more, "choose", "nonsense")


async def test_the_player_appears_once_the_file_has_been_read(user: Visitor) -> None:
    videos = user.library.videos
    videos.put(
        video(1, status="running", duration_ms=None, media_url=None, stages=stages("running"))
    )
    await user.open("/videos/video_1")
    await user.should_see("The video plays here once its file has been read.")
    await user.should_see("The transcript appears here once it is ready.")
    await user.until(lambda: user.library.listeners == 1)
    videos.transcripts["video_1"] = Transcript(None, None, "none", "Nobody speaks.", {}, ())
    videos.alter("video_1", duration_ms=9000, media_url="/files/talk")
    await user.should_see("No transcript: Nobody speaks.")
    assert user.only(VideoDeck)._props["lengthMs"] == 9000
    user.library.publish(
        "video.progress", "video_1", stage="ingest", status="running", progress="x"
    )
    await user.should_see("Talk 1")


async def test_a_viewer_plays_and_reads(user: Visitor) -> None:
    user.library.role = Role.VIEWER
    deck = await opened(user)
    await user.emit(deck, "pick", "moment_001")
    row = user.row("1  She says she is leaving")
    assert [each.label for each in row.item.buttons] == ["Play"]
    assert [each.label for each in row.item.menu] == ["Open in the library", "Download the clip"]
    await user.should_not_see("Find again")
    await user.emit(user.only(TranscriptLines), "edit", 1)
    await user.should_not_see("Correct this line")
    await user.act(row, "keep")
    await user.emit(deck, "draft", {"start": 0, "end": 150})
    assert not user.library.videos.found["video_1"][0].is_edited
    assert len(user.library.videos.found["video_1"]) == 2


async def test_who_signed_out_is_sent_to_sign_in(user: Visitor) -> None:
    deck = await opened(user)
    user.library.signed_in = False
    ui.navigate.to = (gone := []).append  # type: ignore[assignment,method-assign,var-annotated]
    await user.emit(deck, "draft", {"start": 0, "end": 150})
    await user.until(lambda: gone == ["/sign-in?next=%2Fvideos%2Fvideo_1"])


async def test_a_video_that_goes_away_says_so_and_comes_back(user: Visitor) -> None:
    await opened(user)
    await user.until(lambda: user.library.listeners == 1)
    _, more, _ = user.elements(MenuButton)
    await user.emit(more, "choose", "delete")
    await user.should_see("This video was deleted")
    await user.should_see("with its 2 moments")
    await user.emit(press(user, "Undo"), "click")
    await user.should_see("Welcome to the harbour.")
    assert len(user.elements(ListRow)) == 2


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"origin": "person"}, "Chosen by a person."),
        ({"origin": "model", "reasons": ()}, "Chosen by the language model."),
        ({"reasons": ()}, ""),
    ],
)
def test_why_a_moment_was_chosen(values: dict[str, Any], sentence: str) -> None:
    assert why(found_moment(moment(1), 0, 1000, **values)) == sentence


def test_how_much_each_speaker_speaks() -> None:
    assert shares_of(talk()) == {0: 66, 1: 34}
    assert about(Transcript(None, None, "none", "No audio.", {}, ())) == "No transcript: No audio."
