"""Named signals of a talk, ranks, and titles."""

from collections import Counter

import numpy as np

from domain.insight import signals
from domain.insight.facts import Line, Turn
from domain.insight.finding import ranked
from domain.insight.signals import Sentence
from domain.insight.titles import about, is_title, title_of, words_of


def _lines(*texts: str, step_s: float = 2.0) -> list[Line]:
    return [Line(i * step_s, i * step_s + 1.8, text, 0.9) for i, text in enumerate(texts)]


def _sentence(text: str, confidence: float = 0.9) -> Sentence:
    return Sentence(0, 0, 0.0, 1.0, text, confidence)


def test_lines_join_to_sentences_until_an_end_or_a_pause() -> None:
    lines = [*_lines("We went to the", "market today.", "And then"), Line(30, 31, "home", 0.9)]
    found = signals.sentences_of(lines)
    assert [(each.first_line, each.last_line) for each in found] == [(0, 1), (2, 2), (3, 3)]
    assert found[0].text == "We went to the market today."


def test_laughter_and_applause_count_for_what_came_before() -> None:
    found = signals.reactions(
        [_sentence("The punchline."), _sentence("[Laughter]"), _sentence("I have a chat.")]
    )
    np.testing.assert_allclose(found, [0.8, 1, 0])
    assert signals.reactions([_sentence("(applause)")])[0] == 1
    assert signals.reactions([_sentence("Ha ha ha, good one")])[0] == 1
    assert signals.reactions([_sentence("They ha[d] laughter in the house")])[0] == 0


def test_only_real_questions_count() -> None:
    texts = ("Right?", "How does the engine start again?", "It starts.")
    assert signals.questions([_sentence(text) for text in texts]).tolist() == [0, 1, 0]


def test_energy_is_against_the_speakers_own_median() -> None:
    spoken = signals.sentences_of(_lines("One.", "Two.", "Three.", "Four.", "Five.", "Six."))
    # The second speaker is always louder; only the last sentence is loud for its speaker.
    loudness = np.repeat([-40, -20, -40, -20, -40, -10], 20).astype(np.float32)
    found = signals.energy(spoken, loudness, [0, 1, 0, 1, 0, 1])
    assert found.argmax() == 5
    np.testing.assert_allclose(found[[0, 1, 2, 3, 4]], 0, atol=0.5)


def test_a_sentence_belongs_to_who_speaks_most_of_it() -> None:
    spoken = signals.sentences_of(_lines("One.", "Two."))
    assert signals.speakers_of(spoken, [Turn(0, 1.2, 3), Turn(1.2, 4, 1)]) == [3, 1]
    assert signals.speakers_of(spoken, []) == [0, 0]


def test_equal_values_share_a_rank_in_the_middle() -> None:
    assert ranked(np.array([7, 7, 7, 7], np.float32)).tolist() == [0.5] * 4
    assert ranked(np.array([3, 1, 2, 2], np.float32)).tolist() == [0.875, 0.125, 0.5, 0.5]


def test_a_title_is_a_whole_sentence() -> None:
    assert is_title(_sentence("Bees dance to tell where the flowers are."))
    for bad in (
        "Is it having a",
        "so we went home then.",
        "Yes.",
        "Well... I think so...",
        "A. " * 60,
    ):
        assert not is_title(_sentence(bad))
    assert not is_title(_sentence("Beets dense to tell were the flours are.", confidence=0.3))


def test_the_title_is_the_sentence_nearest_to_the_rest() -> None:
    part = [_sentence("And that was it for today."), _sentence("The bees make honey in summer.")]
    vectors = np.array([[0.6, 0.8], [1.0, 0.0]], np.float32)
    assert title_of(part, vectors, words_of(part)) == "The bees make honey in summer."


def test_without_a_whole_sentence_the_title_names_the_words() -> None:
    part = [_sentence("honey and beehives, honey")]
    video = words_of(part) + Counter({"beehives": 9})
    assert title_of(part, np.ones((1, 2), np.float32), video) == (
        "This part is about honey and beehives."
    )
    assert about(Counter(), Counter()) == "Somebody speaks."
