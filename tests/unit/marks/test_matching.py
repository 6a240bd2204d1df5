"""Matching recordings: precise on hard pairs, and never automatic where it cannot know."""

from dataclasses import replace

import pytest

from benchmarks.matching import read_hard, score, wilson
from domain.marks.matching import Recording, keys_of, match

HALO = Recording("Halo", ("Beyoncé",), 261_600, "USSM10804763", "I Am… Sasha Fierce")
TOPIC = Recording("Halo", ("Beyoncé",), 262_000, channel="topic")


def test_hard_pairs() -> None:
    pairs = read_hard()
    assert len(pairs) >= 300
    precision, timeline, recall = score(
        "hard", pairs, lambda pair: match(pair.one, pair.other).decision == "same"
    )
    assert (precision, timeline) == (1, 1)
    assert recall >= 0.9


def test_nothing_is_automatic_without_both_lengths() -> None:
    assert match(HALO, TOPIC).decision == "same"
    for pair in read_hard():
        assert match(replace(pair.one, duration_ms=None), pair.other).decision != "same"
        assert match(pair.one, replace(pair.other, duration_ms=None)).decision != "same"


def test_isrc_wins_over_texts() -> None:
    other = Recording("ハロー", ("someone",), 262_500, "ussm10804763")
    assert match(HALO, other).decision == "same"
    verdict = match(HALO, replace(other, duration_ms=266_000))
    assert (verdict.decision, verdict.confidence) == ("ask", 0.95)
    assert match(HALO, replace(other, duration_ms=None)).decision == "ask"
    assert match(HALO, replace(other, duration_ms=300_000)).confidence < 0.95


@pytest.mark.parametrize(
    ("title", "artist"),
    [
        ("Gnossienne No. 1", "Erik Satie"),
        ("Solomon, HWV 67, Act III: The Arrival of the Queen of Sheba", "The English Concert"),
        ("Prelude in E Minor, Op. 28", "Martha Argerich"),
        ("Canon in D Major", "Some Quartet"),
        ("Adagio", "Berliner Philharmoniker"),
        ("Babylon (Club Version)", "SpongeBOZZ"),
        ("Babylon - My Own Version", "SpongeBOZZ"),
    ],
)
def test_classical_and_named_versions_are_asked(title: str, artist: str) -> None:
    one = Recording(title, (artist,), 200_000)
    assert match(one, replace(one, channel="topic")).decision == "ask"


@pytest.mark.parametrize(
    ("apart_ms", "decision"),
    [(1_900, "same"), (2_100, "ask"), (60_000, "ask"), (121_000, "different")],
)
def test_lengths_decide(apart_ms: int, decision: str) -> None:
    assert match(HALO, replace(TOPIC, duration_ms=261_600 + apart_ms)).decision == decision


@pytest.mark.parametrize("title", ["", "()", "-", "((((", "\u202e", "official video", "x" * 5000])
def test_any_title_is_taken(title: str) -> None:
    assert match(HALO, replace(TOPIC, title=title)).decision != "same"
    match(replace(HALO, title=title), replace(TOPIC, title=title, channel="other"))


def test_keys_find_a_title_in_any_order() -> None:
    halo = set(keys_of("Halo"))
    for title in ("Beyoncé - HALO (Official Video)", "Halo | Beyoncé", "halo - Remastered 2011"):
        assert halo & set(keys_of(title)), title


def test_wilson() -> None:
    low, high = wilson(110, 110)
    assert (round(low, 3), round(high, 3)) == (0.966, 1.0)
    assert wilson(0, 0) == (0, 1)
