"""A check's result."""

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warn", "bad"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; `fix` says what to do about a state other than `ok`."""

    name: str
    state: State
    detail: str
    fix: str = ""


def ok(name: str, detail: str) -> Finding:
    """Return a finding without a problem."""
    return Finding(name, "ok", detail)


def warn(name: str, detail: str, fix: str) -> Finding:
    """Return a finding that does not stop Moments but deserves attention."""
    return Finding(name, "warn", detail, fix)


def bad(name: str, detail: str, fix: str) -> Finding:
    """Return a finding that stops something from working."""
    return Finding(name, "bad", detail, fix)
