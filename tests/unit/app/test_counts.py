"""Counts in words."""

import pytest

from webapp.app.kit.counts import moments, tally


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "about 0"),
        (985, "about 980"),
        (9960, "about 10k"),
        (723_411, "about 720k"),
        (1_240_000, "about 1.2M"),
    ],
)
def test_only_exact_counts_have_all_their_digits(count: int, words: str) -> None:
    assert tally(count, is_estimate=True) == words
    assert tally(count, is_estimate=False) == str(count)


def test_a_day_says_how_many_moments_it_has() -> None:
    assert moments(1, is_estimate=False) == "1 moment"
    assert moments(720_000, is_estimate=True) == "about 720k moments"
