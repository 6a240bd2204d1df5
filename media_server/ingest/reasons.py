"""Why a source fails, in a sentence for people; never with its credentials."""

import errno
from typing import Literal

import av

Kind = Literal[
    "unreachable", "unauthorized", "absent", "stalled", "refused", "unsupported", "ended"
]


class SourceError(Exception):
    """A source cannot be read; the sentence is for people.

    `kind` classifies the failure: `refused` and `unsupported` are permanent.
    """

    def __init__(self, message: str, *, kind: Kind | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.kind: Kind = kind or "unreachable"


_BY_ERRNO = {
    errno.ECONNREFUSED: "The source refused the connection. Check its address and port.",
    errno.EHOSTUNREACH: "The source's host is unreachable from here.",
    errno.ENETUNREACH: "The source's network is unreachable from here.",
    errno.ETIMEDOUT: "The camera did not answer. Check that it is on and reachable from here.",
    errno.ECONNRESET: "The source closed the connection.",
    errno.EPIPE: "The source closed the connection.",
    errno.EIO: "The connection to the source broke.",
}
_BY_TYPE: tuple[tuple[type[av.FFmpegError], str, Kind], ...] = (
    (av.HTTPUnauthorizedError, "Wrong user name or password.", "unauthorized"),
    (av.HTTPForbiddenError, "The source denied access (403 Forbidden).", "unauthorized"),
    (av.HTTPNotFoundError, "The source has no such stream. Check the path.", "absent"),
    (av.HTTPClientError, "The source refused the request.", "absent"),
    (av.HTTPServerError, "The source reported an internal error.", "unreachable"),
    (av.ExitError, "The camera did not answer. Check that it is on and reachable.", "unreachable"),
    (av.EOFError, "The source has ended.", "ended"),
    (av.InvalidDataError, "The source sends no supported video or audio.", "unsupported"),
    (av.ProtocolNotFoundError, "This build cannot pull this kind of URL.", "unsupported"),
)


def explain(error: BaseException) -> SourceError:
    """Return the failure as a sentence."""
    if isinstance(error, SourceError):
        return error
    for kind_of_error, message, kind in _BY_TYPE:
        if isinstance(error, kind_of_error):
            return SourceError(message, kind=kind)
    if isinstance(error, OSError) and error.errno in _BY_ERRNO:
        return SourceError(_BY_ERRNO[error.errno])
    if isinstance(error, TimeoutError):
        return SourceError(_BY_ERRNO[errno.ETIMEDOUT])
    if isinstance(error, av.FFmpegError) and error.strerror:
        return SourceError(f"The source failed: {error.strerror}.")
    return SourceError("The source failed. The node's log has the details.")
