"""The errors of the domain: one tree, drawn here, mapped once by each face.

MomentsError
 ├─ BadInput                the request is invalid
 │   ├─ BadFields           a body, with the problem of each field
 │   └─ TooLargeDeclared    a declared size is over the limit
 ├─ TooLarge                received bytes went over the limit
 ├─ UnsupportedMedia        the type or codec is not supported
 ├─ Unauthenticated         no credential, or an invalid one
 ├─ Forbidden               authenticated, but not allowed
 ├─ NotFound                absent, or in another organisation: the same answer
 ├─ Conflict                it conflicts with existing data
 ├─ Gone                    it existed and no longer does
 │   └─ LeftTheBuffer       a live range has already left the buffer
 ├─ TooEarly                a live range starts after the newest frame
 ├─ RateLimited             too many attempts; says when to retry
 └─ Unavailable             a dependency is down; says when to retry
     ├─ StreamOffline       the stream has nothing in its buffer
     ├─ NodeUnavailable     the media node does not answer
     ├─ StorageUnavailable  neither the store nor the spool accepts data
     └─ DatabaseUnavailable the database does not answer

A message is one sentence for the person who caused the error: what happened and what to do.
`code` is stable and for programs. No HTTP status here: faces map them.
"""

from collections.abc import Mapping


class MomentsError(Exception):
    """Base of all deliberate errors of the domain."""

    code = "error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code


class BadInput(MomentsError):  # noqa: N818 (the tree reads as a sentence)
    """The request is invalid."""

    code = "bad_input"


class BadFields(BadInput):
    """A body with invalid fields, with a reason for each."""

    code = "bad_fields"

    def __init__(self, fields: Mapping[str, str], message: str = "Invalid request body") -> None:
        super().__init__(message)
        self.fields = dict(fields)


class TooLargeDeclared(BadInput):
    """A declared size is over the limit."""

    code = "too_large"


class TooLarge(MomentsError):  # noqa: N818
    """Received bytes went over the limit."""

    code = "too_large"


class UnsupportedMedia(MomentsError):  # noqa: N818
    """The type or codec is not supported."""

    code = "unsupported_media"


class Unauthenticated(MomentsError):  # noqa: N818
    """No credential, or an invalid one."""

    code = "unauthenticated"

    def __init__(
        self, message: str = "Missing or invalid authentication", *, code: str | None = None
    ) -> None:
        super().__init__(message, code=code)


class Forbidden(MomentsError):  # noqa: N818
    """Authenticated, but not allowed."""

    code = "forbidden"

    def __init__(
        self, message: str = "Unauthorized to perform this action", *, code: str | None = None
    ) -> None:
        super().__init__(message, code=code)


class NotFound(MomentsError):  # noqa: N818
    """Absent, or in another organisation: the same answer."""

    code = "not_found"


class Conflict(MomentsError):  # noqa: N818
    """It conflicts with existing data; `fields` can name it."""

    code = "conflict"

    def __init__(
        self, message: str, *, code: str | None = None, fields: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message, code=code)
        self.fields = dict(fields or {})


class Gone(MomentsError):  # noqa: N818
    """It existed and no longer does."""

    code = "gone"


class LeftTheBuffer(Gone):
    """A live range has already left the buffer."""

    code = "left_the_buffer"


class TooEarly(MomentsError):  # noqa: N818
    """A live range starts after the newest frame."""

    code = "too_early"


class RateLimited(MomentsError):  # noqa: N818
    """Too many attempts."""

    code = "rate_limited"

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Unavailable(MomentsError):  # noqa: N818
    """A dependency is down."""

    code = "unavailable"

    def __init__(self, message: str, *, retry_after_s: int = 2, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.retry_after_s = retry_after_s


class StreamOffline(Unavailable):
    """The stream has nothing in its buffer."""

    code = "stream_offline"


class NodeUnavailable(Unavailable):
    """The media node does not answer."""

    code = "node_unavailable"


class StorageUnavailable(Unavailable):
    """Neither the store nor the spool accepts data."""

    code = "storage_unavailable"


class DatabaseUnavailable(Unavailable):
    """The database does not answer."""

    code = "database_unavailable"
