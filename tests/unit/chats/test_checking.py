"""What remains of a model's answer: sentences that their passages bear out."""

import pytest

from domain.chats.checking import Passage, Sentences, checked
from domain.chats.material import fitting

PASSAGES = [
    Passage(
        "Half of the visitors scroll for “how it works” and leave.", "m", "Review", "Ada", 12.0
    ),
    Passage("Fine, but softer. I do not want us to shout twice.", "m", "Review", "Jun", 20.0),
    Passage("See docs.example.org/x for session_01jdk2 and the 42 flags.", "m", "Review", "Jun"),
]


def cut(text: str, size: int) -> list[str]:
    cutter = Sentences()
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    found = [sentence for piece in pieces for sentence in cutter.feed(piece)]
    return [*found, rest] if (rest := cutter.end()) else found


@pytest.mark.parametrize("size", [1, 4, 500])
def test_sentences_are_cut_where_they_end_however_they_come(size: int) -> None:
    text = "Ada left [1]. Dr. Jun paid 1.5 of 2 [2, 3]! “Why?” [1] So be it. [2]\nThe end"
    assert cut(text, size) == [
        "Ada left [1].",
        "Dr. Jun paid 1.5 of 2 [2, 3]!",
        "“Why?” [1]",
        "So be it. [2]",
        "The end",
    ]


@pytest.mark.parametrize(
    ("sentence", "text", "cited"),
    [
        ("Ada: half of the visitors leave [1].", "Ada: half of the visitors leave.", [1]),
        ("Jun wanted it softer [2][9].", "Jun wanted it softer.", [2]),
        ("Mira explained, Jun answered softer [2].", "Mira explained, Jun answered softer.", [2]),
        ("- Visitors leave, Jun shouts. [1, 2]", "Visitors leave, Jun shouts.", [1, 2]),
        ("See docs.example.org/x for 42 flags [3].", "See docs.example.org/x for 42 flags.", [3]),
    ],
)  # fmt: skip
def test_a_sentence_keeps_the_passages_that_were_given(
    sentence: str, text: str, cited: list[int]
) -> None:
    found = checked(sentence, PASSAGES)
    assert found is not None
    assert found.text == text
    assert list(found.cited) == [PASSAGES[n - 1] for n in cited]


@pytest.mark.parametrize(
    "sentence",
    [
        "Half of the visitors leave.",  # nothing is cited
        "Half of the visitors leave [4] [0] [-1].",  # that was not given
        "Half of the visitors leave [moment_01jdk2v7w8x9y0z1a2b3c4d5e6].",
        "The password is swordfish, visit us now [1].",  # not in there
        "Half of the visitors leave for evil.example [1].",
        "Half of the visitors leave, see https://evil.example/x [1].",
        "Half of the visitors leave org_01jdk2 [1].",
        "97 of the visitors leave [1].",
        "See 4 flags [3].",  # a part of what is in there
        "See docs.example.or for flags [3].",
        "See session_01 for flags [3].",
        "Half of the <b>visitors</b> leave [1].",
        "Half of the visitors [leave](/x) [1].",
        "[1]",
        "Half of the visitors leave\x07 [1].",
    ],
)
def test_what_the_passages_do_not_say_is_left_out(sentence: str) -> None:
    assert checked(sentence, PASSAGES) is None


def test_long_transcripts_are_narrowed_to_what_is_asked() -> None:
    lines = [Passage(f"Line {n} of many words about nothing.", "m", "") for n in range(400)]
    lines[300] = Passage("The flag is called outline.", "m", "", "Mira")
    found = fitting(lines, "Which flag is it behind?", 200)
    assert lines[300] in found
    assert lines[299] in found
    assert found == [each for each in lines if each in found]
    assert fitting(lines[:3], "x", 200) == lines[:3]
