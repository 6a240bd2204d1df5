"""What the doctor says of this machine."""

from pathlib import Path

from domain.core.settings import Settings
from domain.insight.models import LARGE, SMALL
from webapp.cli.doctor import machine


def test_an_engine_that_is_off_says_why_and_what_to_do(tmp_path: Path) -> None:
    settings = Settings.model_validate(
        {"home": tmp_path, "speech_model": str(tmp_path / "absent"), "_env_file": None}
    )
    found = {each.name: each for each in machine.check(settings, is_running=True)}
    assert found["speech"].state == "warn"
    assert "make models" in found["speech"].fix
    assert found["gaps"].state == "ok"
    assert "search by meaning" in found


def test_the_small_model_is_something_to_know_about() -> None:
    assert machine.search_model(LARGE).state == "ok"
    assert "make models" in machine.search_model(SMALL).fix
