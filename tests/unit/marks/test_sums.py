"""The best part, its confidence, and groups of saves, without a database."""

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st

from domain.marks.best import best_contour
from domain.marks.groups import densest, neighbours

SPANS = st.lists(
    st.tuples(st.integers(0, 1500), st.integers(1, 300)).map(lambda s: (s[0], s[0] + s[1])),
    max_size=60,
)


def votes(spans: list[tuple[int, int]], seed: int = 0) -> npt.NDArray[np.int64]:
    """Return deltas by bucket and second; each span is another user's."""
    random = np.random.default_rng(seed)
    deltas = np.zeros((32, 300), dtype=np.int64)
    for start, end in spans:
        bucket = random.integers(32)
        deltas[bucket, start] += 1
        deltas[bucket, end] -= 1
    return deltas


def test_what_64_people_saved_is_the_best_part() -> None:
    best = best_contour(votes([(45, 60)] * 64 + [(0, 200)] * 20))
    assert best is not None
    assert (best.start_s, best.end_s, best.users) == (45, 60, 84)
    assert best.confidence > 0.99


def test_two_drops_alike_are_not_certain() -> None:
    best = best_contour(votes([(45, 60)] * 40 + [(180, 195)] * 40))
    assert best is not None
    assert 0.2 < best.confidence < 0.8


def test_nothing_saved_has_no_best_part() -> None:
    assert best_contour(votes([])) is None


def test_a_high_confidence_is_right_about_as_often() -> None:
    """Draw users of a drop that a third of them save, and see whether the peak is found."""
    said, right = [], []
    for seed in range(60):
        random = np.random.default_rng(seed)
        starts = np.where(random.random(40) < 0.25, 100, random.integers(0, 250, 40))
        best = best_contour(votes([(int(s), int(s) + 15) for s in starts], seed))
        assert best is not None
        said.append(best.confidence)
        right.append(abs(best.start_s - 100) <= 5)
    certain = [is_right for is_right, share in zip(right, said, strict=True) if share >= 0.9]
    assert len(certain) >= 10
    assert sum(certain) / len(certain) >= 0.85


@given(SPANS)
def test_neighbours_equal_a_self_join(spans: list[tuple[int, int]]) -> None:
    counted = neighbours(np.array(spans, dtype=np.int64).reshape(-1, 2))
    expected = [sum(abs(a - c) <= 20 and abs(b - d) <= 20 for c, d in spans) for a, b in spans]
    assert counted.tolist() == expected


def test_groups_are_apart_and_the_densest_first() -> None:
    spans = [(450, 600)] * 5 + [(460, 610)] * 3 + [(1800, 1950)] * 4 + [(10, 20)]
    chosen = densest(np.array(spans, dtype=np.int64), 10)
    assert chosen == [(450, 600), (1800, 1950), (10, 20)]
    assert densest(np.zeros((0, 2), dtype=np.int64), 10) == []
