"""Why a source is not well, in a sentence for people; never with its credentials."""

import errno
from typing import Literal

import av

Kind = Literal[
    "unreachable", "unauthorized", "absent", "stalled", "refused", "unsupported", "ended"
]


class SourceError(Exception):
    """A source cannot be read; the sentence is for people.

    `kind` tells what it means: `refused` and `unsupported` will not mend themselves.
    """

    def __init__(self, message: str, *, kind: Kind | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.kind: Kind = kind or "unreachable"


_BY_ERRNO = {
    errno.ECONNREFUSED: "The source refused the connection: is its address and port right?",
    errno.EHOSTUNREACH: "The source's machine cannot be reached from here.",
    errno.ENETUNREACH: "The source's network cannot be reached from here.",
    errno.ETIMEDOUT: "The camera did not answer: is it switched on and reachable from here?",
    errno.ECONNRESET: "The source closed the connection.",
    errno.EPIPE: "The source closed the connection.",
    errno.EIO: "The connection to the source broke.",
}
_BY_TYPE: tuple[tuple[type[av.FFmpegError], str, Kind], ...] = (
    (av.HTTPUnauthorizedError, "Wrong user name or password.", "unauthorized"),
    (av.HTTPForbiddenError, "The source refused us: it answered 403 Forbidden.", "unauthorized"),
    (av.HTTPNotFoundError, "The source has no such stream: check the path.", "absent"),
    (av.HTTPClientError, "The source refused the request.", "absent"),
    (av.HTTPServerError, "The source has an error of its own.", "unreachable"),
    (av.ExitError, "The camera did not answer: is it switched on and reachable?", "unreachable"),
    (av.EOFError, "The source has ended.", "ended"),
    (av.InvalidDataError, "The source does not send a video or sound that we know.", "unsupported"),
    (av.ProtocolNotFoundError, "This build cannot pull from such an address.", "unsupported"),
)


def explain(error: BaseException) -> SourceError:
    """Return what went wrong as a sentence."""
    if isinstance(error, SourceError):
        return error
    for kind_of_error, message, kind in _BY_TYPE:
        if isinstance(error, kind_of_error):
            return SourceError(message, kind=kind)
    if isinstance(error, OSError) and error.errno in _BY_ERRNO:
        return SourceError(_BY_ERRNO[error.errno])
    if isinstance(error, TimeoutError):
        return SourceError(_BY_ERRNO[errno.ETIMEDOUT])
    return SourceError("The source broke off in a way that we do not know.")
