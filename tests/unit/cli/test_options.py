"""Commands beside `moments up` use its options; the demo choice lasts longer."""

from pathlib import Path

import pytest

from domain.core.settings import Settings
from webapp.cli import options


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


def settings(home: Path, **chosen: object) -> Settings:
    return Settings.model_validate({"home": home, "_env_file": None, **chosen})


def test_a_command_beside_up_knows_what_it_was_told(home: Path) -> None:
    options.remember(settings(home, demo=False, port=9000))
    beside = options.recall(settings(home))
    assert not beside.demo
    assert beside.origin == "http://localhost:9000"


def test_what_a_command_is_told_itself_wins(home: Path) -> None:
    options.remember(settings(home, demo=False, port=9000))
    beside = options.recall(settings(home, demo=True))
    assert (beside.demo, beside.port) == (True, 9000)


def test_a_later_start_keeps_no_demo_and_takes_the_usual_port(home: Path) -> None:
    options.remember(settings(home, demo=False, port=9000))
    options.remember(settings(home, demo=False, port=9000), options.LASTING)  # `up` has ended
    later = options.recall(settings(home), options.LASTING)
    assert (later.demo, later.port) == (False, 8000)
    options.remember(later)
    assert not options.recall(settings(home)).demo


def test_a_demo_is_had_again_where_it_is_asked_for(home: Path) -> None:
    options.remember(settings(home, demo=False))
    options.remember(settings(home, demo=True))
    assert options.recall(settings(home)).demo


def test_a_home_without_an_up_changes_nothing(home: Path) -> None:
    plain = settings(home)
    assert options.recall(plain) == plain
