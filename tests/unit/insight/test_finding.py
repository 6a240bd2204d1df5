"""Parts worth keeping, found in a scripted talk; skipped without the sentence model."""

from itertools import pairwise

import pytest

from domain.insight.choosing import Pick
from domain.insight.facts import Candidate, Line, Span
from domain.insight.finding import find
from domain.insight.models import ModelChoice, available

pytestmark = pytest.mark.skipif(
    available(ModelChoice())["sentences"] is not None, reason="needs the sentence model"
)

_BEES = [
    "How do bees know where the flowers are?",
    "They dance in the hive to tell the others.",
    "The angle of the dance is the angle to the sun.",
    "A longer dance means a longer flight to the flowers.",
]
_DATABASE = [
    "The orders table had four hundred million rows.",
    "Every query on the table was slow.",
    "We added an index on the customer column.",
    "The slowest report takes two seconds now.",
]
_GAP_S = 0.5


def _talk(*texts: str) -> tuple[list[Line], list[Span]]:
    lines: list[Line] = []
    for text in texts:
        start = lines[-1].end_s + _GAP_S if lines else 1.0
        lines.append(Line(start, start + 4.0, text, 0.9))
    return lines, [(line.start_s + 0.1, line.end_s + 0.2) for line in lines]


@pytest.fixture(scope="module")
def found() -> list[Candidate]:
    lines, speech = _talk(*_DATABASE, *_BEES, "[Laughter]", *_DATABASE)
    return find(lines, speech)


def test_an_answered_question_is_found_whole(found: list[Candidate]) -> None:
    best = max(found, key=lambda candidate: candidate.score)
    assert best.first_line == 4
    assert best.last_line >= 6
    assert "question" in {reason.signal for reason in best.reasons}
    assert best.title in _BEES


def test_parts_do_not_overlap_and_are_in_order(found: list[Candidate]) -> None:
    assert found
    for one, two in pairwise(found):
        assert one.last_line < two.first_line
        assert one.end_s <= two.start_s


def test_every_part_says_why_and_scores_by_rank(found: list[Candidate]) -> None:
    assert all(candidate.reasons for candidate in found)
    assert all(0 < candidate.score <= 1 for candidate in found)


def test_cuts_are_in_gaps_of_speech(found: list[Candidate]) -> None:
    _, speech = _talk(*_DATABASE, *_BEES, "[Laughter]", *_DATABASE)
    edges = [edge for candidate in found for edge in (candidate.start_s, candidate.end_s)]
    assert not [edge for edge in edges if any(a < edge < b for a, b in speech)]


def test_nothing_is_found_in_nothing_or_in_too_little() -> None:
    assert find([], []) == []
    assert find(*_talk("One short sentence.")) == []


def test_a_models_picks_join_the_others_with_cuts_and_a_rank() -> None:
    lines, speech = _talk(*_DATABASE, *_BEES, *_DATABASE)
    alone = find(lines, speech)
    picked = find(lines, speech, picks=[Pick(9, 11, "", is_standalone=True)])
    (model,) = [candidate for candidate in picked if candidate.source == "model"]
    assert (model.first_line, model.last_line) == (9, 11)
    assert model.title in _DATABASE
    assert "model" in {reason.signal for reason in model.reasons}
    assert len(picked) > 1
    assert {c.first_line for c in alone} & {c.first_line for c in picked}
