"""How alike moments are, and whether the reason that is said is the strongest and true."""

from domain.discover.evidence import Evidence, Facts, likeness
from domain.discover.similar import is_playable

MINE = Facts("That drop, right when the strings let go", ("drop", "live"), ("tense",), 0.5)


def test_nothing_in_common_is_no_likeness() -> None:
    assert likeness(MINE, Evidence(Facts("Calm morning", ("tea",), ("calm",), 0.5))) is None
    assert likeness(Facts(), Evidence(Facts())) is None
    assert likeness(MINE, Evidence(Facts(), cosine=0.2)) is None


def test_the_strongest_reason_is_said() -> None:
    tagged = Facts("", ("drop", "live"), ("tense",))
    found = likeness(MINE, Evidence(tagged, cosine=0.4))
    assert found is not None
    assert (found.signal, found.reason) == ("tags", "Both are tagged “drop” and “live”.")
    found = likeness(MINE, Evidence(tagged, together=20, savers=30, others=40))
    assert found is not None
    assert found.reason == "20 of the 30 people who saved that part saved this too."
    found = likeness(MINE, Evidence(Facts("A drop of strings"), cosine=0.9))
    assert found is not None
    assert found.reason == "Both notes say “drop” and “strings”."
    found = likeness(MINE, Evidence(Facts("The beat falls"), cosine=0.9))
    assert found is not None
    assert found.reason == "The notes are close in meaning."


def test_more_evidence_is_more_likeness_and_what_all_save_says_little() -> None:
    def score(**more: float) -> float:
        found = likeness(MINE, Evidence(Facts(), **more))  # type: ignore[arg-type]
        return found.score if found else 0

    assert 0 < score(together=1) < score(together=5) < score(together=50) < 1
    rare = score(together=5, savers=10, others=8)
    assert rare > score(together=5, savers=10, others=5000)
    assert score(together=5, cosine=0.8) > score(together=5)


def test_what_a_provider_forbids_is_not_playable() -> None:
    assert is_playable(None, None)
    assert is_playable("{}", "DE")
    assert not is_playable('{"reason": "It is gone."}', None)
    assert not is_playable('{"regions_blocked": ["DE"]}', "DE")
    assert is_playable('{"regions_blocked": ["DE"]}', None)
    assert not is_playable('{"regions_allowed": ["US"]}', "DE")
    assert not is_playable('{"regions_allowed": []}', None)
