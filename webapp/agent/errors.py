# ruff: noqa: N818 (named as in `domain.core.errors`)
"""What can go wrong, as one sentence and an exit code.

AgentError           1  it failed
├── UsageError       2  wrong options or settings
├── Unreachable      4  the server cannot be reached; run `resume` later
└── Refused          5  the server said no; `status` is its HTTP status
"""


class AgentError(Exception):
    """A failure that the user is told in one sentence."""

    exit_code = 1

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class UsageError(AgentError):
    """Wrong options or settings."""

    exit_code = 2


class Unreachable(AgentError):
    """The server cannot be reached, or stayed busy through every retry."""

    exit_code = 4


class Refused(AgentError):
    """The server refused a request."""

    exit_code = 5

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status
