"""The Procfile is the one list of processes."""

import pytest

from webapp.cli.procfile import Line, parse, read


def test_the_projects_own_lines() -> None:
    assert read() == [
        Line("postgres", ("moments", "postgres")),
        Line("web", ("moments", "web")),
        Line("media", ("moments", "media")),
        Line("worker", ("moments", "worker")),
    ]


def test_comments_blank_lines_and_quotes() -> None:
    text = "# all of it\n\n  web:  run --title 'two words'\r\nmedia-2: node\n"
    assert parse(text) == [
        Line("web", ("run", "--title", "two words")),
        Line("media-2", ("node",)),
    ]


@pytest.mark.parametrize("text", ["web", "web:", ": run", "a b: run", "web: a\nweb: b"])
def test_what_is_no_line_is_refused_with_its_number(text: str) -> None:
    with pytest.raises(ValueError, match=r"Procfile, line \d"):
        parse(text)
