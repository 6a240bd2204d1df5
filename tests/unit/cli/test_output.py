"""What `moments up` shows, and that nobody waits for a terminal."""

import io
import threading

import pytest

from webapp.cli.output import Output


class Terminal(io.StringIO):
    """A terminal that can be held, as with Ctrl-S, or be gone."""

    def __init__(self, *, is_gone: bool = False) -> None:
        super().__init__()
        self.released = threading.Event()
        self._is_gone = is_gone

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if self._is_gone:
            raise OSError
        self.released.wait(30)
        return super().write(text)


def test_lines_stand_behind_names_of_one_width() -> None:
    shown = io.StringIO()
    output = Output(["web", "postgres"], shown)
    output.line("web", "one")
    output.line("postgres", "two")
    output.say("three\nfour")
    output.close()
    assert shown.getvalue().splitlines() == [
        "web      | one",
        "postgres | two",
        "moments  | three",
        "moments  | four",
    ]


def test_a_held_terminal_delays_nobody_and_losses_are_told() -> None:
    terminal = Terminal()
    output = Output(["web"], terminal, most=3)
    for number in range(10):
        output.line("web", str(number))  # returns although nothing is written
    terminal.released.set()
    output.close()
    shown = terminal.getvalue()
    assert "0\n" in shown
    assert "lines were not shown" in shown


def test_colours_are_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    terminal = Terminal()
    terminal.released.set()
    output = Output(["web"], terminal)
    output.line("web", "one")
    output.close()
    assert "\033[36mweb     |\033[0m one\n" in terminal.getvalue()


def test_a_terminal_that_is_gone_stops_nothing() -> None:
    output = Output(["web"], Terminal(is_gone=True))
    for _ in range(3):
        output.line("web", "one")
    output.close()
