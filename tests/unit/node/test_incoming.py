"""Our bit rate counter matches aiortc's."""

from aiortc.rate import RateCounter
from hypothesis import given
from hypothesis import strategies as st

from media_server.ingest.webrtc.incoming import IncomingRate

_STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "rate", "reset"]), st.integers(0, 700), st.integers(0, 9000)),
    max_size=60,
)


@given(_STEPS)
def test_the_rate_is_what_aiortc_says(steps: list[tuple[str, int, int]]) -> None:
    theirs, ours, now_ms = RateCounter(1000, 8000), IncomingRate(), 5000
    for what, later, size in steps:
        now_ms += later
        for counter in (theirs, ours):
            if what == "add":
                counter.add(size, now_ms)
            elif what == "reset":
                counter.reset()
        assert ours.rate(now_ms) == theirs.rate(now_ms)
