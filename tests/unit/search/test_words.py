"""Words of queries and passages of texts: pure functions."""

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.search import words
from domain.search.passages import MOST_PASSAGES, Said, joined, pieces
from domain.search.service import fused


def test_a_query_is_read_as_people_type_it() -> None:
    assert words.clean(" the\0  second\nbutton\ud800 ") == "the second button"
    assert words.words_of("The Second button, second") == ["second", "button"]
    assert words.words_of("what is it") == ["what", "is", "it"]
    assert words.unfinished("blue her") == "blue & her:*"
    assert words.unfinished("blue of") == "blue & of"
    assert [words.unfinished(text) for text in ('"blue her"', "blue -her", "a or b", "")] == [
        ""
    ] * 4
    begun = [words.loose_query(["oyelaren", "12"], part) for part in words.BEGINNINGS]
    assert begun == ["oyel:*", "oye:*"]


def test_words_are_marked_in_other_forms_and_spelled_alike() -> None:
    text = "Two buttons: the second <b>Button</b>."
    marked = [text[start:end] for start, end in words.highlights(["button"], text)]
    assert marked == ["buttons", "Button"]
    assert words.highlights(["but"], text) == []
    alike = words.alike_highlights(["quilfeather"], "We asked Quillfeather.")
    assert alike == [(9, 21)]
    assert words.likeness(["quilfeather", "zebra"], "We asked Quillfeather.")[0] == 0.5


def test_ranks_are_fused() -> None:
    scores = fused([1, 2], [2, 3])
    assert max(scores, key=lambda id_: scores[id_]) == 2
    assert scores[1] > scores[3]


def test_lines_of_one_speaker_are_joined() -> None:
    lines = [
        Said(0, 1, "So I would", "Ada"),
        Said(1, 2, "put a button there.", "Ada", "calm"),
        Said(2, 3, "Why?", "Jun"),
        Said(9, 10, "Because.", "Jun"),
        Said(10, 11, " ", "Ada"),
    ]
    assert [(each.start_s, each.text) for each in joined(lines)] == [
        (0, "So I would put a button there."),
        (2, "Why?"),
        (9, "Because."),
    ]


@settings(max_examples=40)
@given(st.text("ab. \né", max_size=400))
def test_pieces_hold_the_whole_text(text: str) -> None:
    found = pieces(text, 50)
    assert all(0 < len(piece) <= 50 for piece in found)
    if len(found) < MOST_PASSAGES:
        assert "".join("".join(found).split()) == "".join(text.split())


def test_a_letter_and_its_accent_are_one_as_most_texts_have_it() -> None:
    assert words.clean("cafe\u0301") == "caf\u00e9"
    assert words.words_of(words.clean("cafe\u0301")) == ["caf\u00e9"]
