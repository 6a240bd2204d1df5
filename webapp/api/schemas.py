"""What all resources share on the wire: instants, lists, errors, parameters, documentation."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, TypeVar

import msgspec
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import HeaderParameter, QueryParameter, SkipValidation
from msgspec import Meta

from domain.accounts.models import Caller
from domain.bootstrap import Services
from domain.core.errors import BadFields
from domain.core.time import isoformat, parse_instant

# Dependencies are our own objects, not input: skip validation and conversion.
Svc = NamedDependency[SkipValidation[Services]]
Who = NamedDependency[SkipValidation[Caller]]
Anybody = NamedDependency[SkipValidation[Caller | None]]

Instant = Annotated[
    str,
    Meta(
        description="An instant in UTC with milliseconds.",
        examples=["2026-11-21T14:02:29.000Z"],
        extra_json_schema={"extra": {"format": "date-time"}},
    ),
]
Limit = Annotated[int, QueryParameter(ge=1, le=100, description="Maximum number of items.")]
Offset = Annotated[
    int, QueryParameter(ge=0, le=1_000_000_000, description="Number of items to skip.")
]
IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        required=False,
        max_length=255,
        description="A unique text for this attempt: within 24 hours, the same key and body "
        "return the first result and do nothing twice.",
    ),
]


class In(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of request bodies: unknown fields are errors."""


class Out(msgspec.Struct, frozen=True, kw_only=True):
    """Base of responses."""


class Problem(Out, frozen=True, kw_only=True):
    """An error: a sentence for people, a code for programs, and the problem of each field."""

    error: Annotated[str, Meta(examples=["There is no clip with this id."])]
    code: Annotated[str, Meta(examples=["not_found"])]
    fields: dict[str, str] | msgspec.UnsetType = msgspec.UNSET


class Done(Out, frozen=True, kw_only=True):
    """Success."""

    success: bool = True


class Page(Out, frozen=True, kw_only=True):
    """Base of lists: one page of `items`, and their total number."""

    total: int
    limit: int
    offset: int


class Ids(In, frozen=True, kw_only=True):
    """Several snapshots and clips."""

    ids: Annotated[
        list[str],
        Meta(min_length=1, max_length=500, examples=[["clip_01jdk2v7w8x9y0z1a2b3c4d5e6"]]),
    ]


_MEANING = {
    400: "The body, a query or a path parameter is invalid.",
    401: "Missing or invalid credentials.",
    403: "Authenticated, but not allowed.",
    404: "Absent, or in another organisation.",
    409: "It conflicts with existing data.",
    410: "It existed and no longer does.",
    413: "Request body too large.",
    415: "Unsupported media type.",
    425: "The range starts after the newest frame.",
    429: "Too many attempts: see Retry-After.",
    503: "A dependency is down: see Retry-After.",
}


def problems(*statuses: int) -> dict[int, ResponseSpec]:
    """Return the documentation of an operation's errors."""
    wanted = {400, 503, *statuses}
    return {
        status: ResponseSpec(
            data_container=Problem, description=_MEANING[status], generate_examples=False
        )
        for status in sorted(wanted)
    }


READ = problems(401, 404)
WRITE = problems(401, 403, 404, 409, 413, 415)
CAPTURE = problems(401, 403, 404, 409, 410, 413, 415, 425, 429)

T = TypeVar("T")


def page_of(kind: Callable[..., T], items: Sequence[object], limit: int, offset: int) -> T:
    """Return one page of a short, complete list."""
    shown = list(items[offset : offset + limit])
    return kind(items=shown, total=len(items), limit=limit, offset=offset)


def instant(moment: datetime | None) -> str | None:
    """Return an instant in wire format."""
    return None if moment is None else isoformat(moment)


def parse(name: str, text: str | None) -> datetime | None:
    """Parse a field's instant.

    Raises:
        BadFields: It is not one.
    """
    if text is None:
        return None
    try:
        return parse_instant(text)
    except (ValueError, OverflowError) as error:
        message = str(error) if str(error).startswith("is not") else "is not a time that exists"
        raise BadFields({name: message}) from error
