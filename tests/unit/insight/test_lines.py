"""Windows of speech, lines of words, and the gate for stuck decoders."""

from itertools import pairwise

import pytest

from domain.insight.facts import Word
from domain.insight.lines import is_loop, lines_of, windows


def _words(text: str, *, start_s: float = 0.0, step_s: float = 0.3) -> list[Word]:
    return [
        Word(start_s + i * step_s, start_s + (i + 1) * step_s, f" {word}", 0.9)
        for i, word in enumerate(text.split())
    ]


def test_windows_join_speech_and_end_at_long_silences() -> None:
    found = windows([(1.0, 3.0), (4.0, 20.0), (30.0, 31.0)])
    assert found == [(0.2, 20.8), (29.2, 31.8)]


def test_no_window_is_longer_than_the_recogniser_takes_and_none_overlap() -> None:
    found = windows([(0.0, 100.0), (100.1, 126.0)])
    assert all(end - start <= 30 for start, end in found)
    assert all(one[1] <= two[0] for one, two in pairwise(found))
    assert (found[0][0], found[-1][1]) == (0.0, 126.8)


def test_nothing_spoken_is_no_window_and_no_line() -> None:
    assert windows([]) == []
    assert lines_of([]) == []


def test_lines_end_with_sentences_and_at_pauses() -> None:
    words = [*_words("I am here. Are you"), *_words("there?", start_s=9.0)]
    assert [line.text for line in lines_of(words)] == ["I am here.", "Are you", "there?"]


def test_a_long_sentence_is_cut_to_two_lines_of_captions() -> None:
    lines = lines_of(_words("word " * 60))
    assert all(len(line.text) <= 84 for line in lines)
    assert sum(len(line.words) for line in lines) == 60


@pytest.mark.parametrize(
    "text",
    [
        "he's he's he's he's he's he's he's he's he's he's",
        "thank you for watching thank you for watching thank you for watching thank you for "
        "watching",
        "Sìììììììììììììì",
    ],
)
def test_a_stuck_decoder_is_recognised(text: str) -> None:
    assert is_loop(text)


def test_people_may_repeat_themselves() -> None:
    assert not is_loop("No, no, no, no! Row, row, row your boat. Very, very good, very good.")
    assert is_loop("anything", compression=2.5, logprob=-0.8)
    assert not is_loop("a chorus that is sung three times", compression=2.5, logprob=-0.1)
