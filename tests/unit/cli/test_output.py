"""The output of `moments up`, which no slow terminal may block."""

import io
import threading
from pathlib import Path

import pytest

from webapp.cli.log_file import LogFile
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


def test_a_newcomer_sees_our_sentences_alone_and_a_file_has_the_rest(tmp_path: Path) -> None:
    shown, log = io.StringIO(), tmp_path / "logs" / "up.log"
    output = Output(["web"], shown, log=log)
    output.say("Starting …")
    output.line("web", "imported")
    output.say("Ready:")
    output.say("http://localhost/first-start/secret", is_secret=True)
    output.close()
    assert shown.getvalue() == "Starting …\nReady:\nhttp://localhost/first-start/secret\n"
    assert log.read_text() == "moments | Starting …\nweb     | imported\nmoments | Ready:\n"


def test_a_log_goes_on_without_a_terminal(tmp_path: Path) -> None:
    log = tmp_path / "up.log"
    output = Output(["web"], Terminal(is_gone=True), log=log)
    output.say("one")
    output.line("web", "two")
    output.close()
    assert log.read_text().splitlines() == ["moments | one", "web     | two"]


def test_a_log_keeps_the_newest_lines(tmp_path: Path) -> None:
    path = tmp_path / "up.log"
    log = LogFile(path, most_bytes=20)
    for number in range(7):
        log.write(f"line {number:04}\n")  # of 10 bytes
    log.close()
    assert path.read_text() == "line 0006\n"
    assert path.with_name("up.log.1").read_text() == "line 0004\nline 0005\n"


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    shown = io.StringIO()
    (tmp_path / "logs").write_text("no folder")
    output = Output(["web"], shown, log=tmp_path / "logs" / "up.log")
    output.line("web", "one")
    output.say("two")
    output.close()
    assert shown.getvalue() == "two\n"
