"""The restart delay of a process that died."""

from webapp.cli.child import FIRST_DELAY_S, LONGEST_DELAY_S, STEADY_S, Backoff


def test_the_first_death_is_healed_at_once() -> None:
    assert Backoff().after(0.0) == FIRST_DELAY_S


def test_short_runs_wait_longer_and_longer_up_to_a_limit() -> None:
    backoff = Backoff()
    delays = [backoff.after(0.1) for _ in range(2_000)]
    assert delays == sorted(delays)
    assert delays[1] > delays[0]
    assert delays[-1] == LONGEST_DELAY_S


def test_a_steady_run_is_forgiven() -> None:
    backoff = Backoff()
    for _ in range(6):
        backoff.after(0.1)
    assert backoff.after(STEADY_S) == FIRST_DELAY_S
