"""Words of public pages."""

from datetime import timedelta

import pytest

from webapp.public.render import time_left


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(days=6, hours=13), "7 more days"),
        (timedelta(days=2), "48 more hours"),
        (timedelta(hours=2), "120 more minutes"),
        (timedelta(seconds=61), "1 more minute"),
        (timedelta(seconds=3), "1 more minute"),
    ],
)
def test_a_link_says_for_how_long_it_still_works(left: timedelta, words: str) -> None:
    assert time_left(left) == words
