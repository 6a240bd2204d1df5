"""`moments schema` prints the generated files."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from domain.core.errors import BadInput
from webapp.cli.main import app

_MIGRATIONS = Path(__file__).resolve().parents[3] / "migrations"


@pytest.mark.parametrize("provider", ["postgres", "tidb"])
def test_it_prints_the_file_of_the_provider(provider: str) -> None:
    printed = CliRunner().invoke(app, ["schema", "--provider", provider]).stdout
    assert printed == (_MIGRATIONS / provider / "install.sql").read_text(encoding="utf-8")


def test_an_unknown_provider_is_refused() -> None:
    error = CliRunner().invoke(app, ["schema", "--provider", "oracle"]).exception
    assert isinstance(error, BadInput)
    assert "postgres, tidb" in error.message
