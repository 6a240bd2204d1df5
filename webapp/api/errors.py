"""The one mapping from errors to HTTP: status, sentence, code and fields.

Every domain error has a status here; the framework's errors for bad requests get the same format.
Anything else is a bug: a sentence with the request's id, and the log has the details.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException, SerializationException, ValidationException

from domain.core import errors
from webapp.edge.access import LEFT, ClientLeft, log_failure, request_id
from webapp.edge.refusal import Refusal

STATUS: Mapping[type[errors.MomentsError], HTTPStatus] = MappingProxyType(
    {
        errors.BadInput: HTTPStatus.BAD_REQUEST,
        errors.TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        errors.UnsupportedMedia: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        errors.Unauthenticated: HTTPStatus.UNAUTHORIZED,
        errors.Forbidden: HTTPStatus.FORBIDDEN,
        errors.NotFound: HTTPStatus.NOT_FOUND,
        errors.Conflict: HTTPStatus.CONFLICT,
        errors.Gone: HTTPStatus.GONE,
        errors.TooEarly: HTTPStatus.TOO_EARLY,
        errors.RateLimited: HTTPStatus.TOO_MANY_REQUESTS,
        errors.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    }
)

FAILED = "failed"  # the option of a route that has its own sentence for a fault of ours

_CODES = {
    400: "bad_input",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media",
    429: "rate_limited",
    503: "unavailable",
}
_SENTENCES = {
    404: "There is nothing at this address. Check the path.",
    405: "This address does not support that method. See /api/docs.",
    413: "The request is too large. Send a smaller one.",
}
# msgspec's messages, such as: Expected `int`, got `str` - at `$.source.kind`
_AT = re.compile(r" - at `(?:key in )?\$\.?(?P<path>[^`]*)`$")
_MISSING = re.compile(r"^Object missing required field `(?P<name>[^`]+)`")
_UNKNOWN = re.compile(r"^Object contains unknown field `(?P<name>[^`]+)`")
_EXPECTED = re.compile(r"^Expected `(?P<wanted>[^`]+)`")
_GOT = re.compile(r", got `([^`]+)`")


def status_of(error: errors.MomentsError) -> HTTPStatus:
    """Return a domain error's status: its own, or its nearest ancestor's."""
    for kind in type(error).__mro__:
        if kind in STATUS:
            return STATUS[kind]
    return HTTPStatus.INTERNAL_SERVER_ERROR


def describe(error: BaseException) -> Refusal:
    """Return the response to an error."""
    if isinstance(error, errors.MomentsError):
        return _of_domain(error)
    if isinstance(error, ValidationException):
        return _of_validation(error)
    if isinstance(error, SerializationException):
        return Refusal(400, "The request body is not valid JSON.", "bad_json")
    if isinstance(error, HTTPException):
        return _of_framework(error)
    if isinstance(error, ClientLeft):
        return Refusal(LEFT, "The client left before its request was complete.", "client_left")
    return Refusal(
        500,
        "Something went wrong on our side; it was logged as request "
        f"{request_id()}. Please try again.",
        "internal",
    )


def handle(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Answer a failed request with JSON (Litestar's exception handler)."""
    refusal = describe(error)
    if refusal.code == "internal":
        # No route, if no address was found yet.
        options = getattr(request.scope.get("route_handler"), "opt", {})
        refusal = replace(refusal, error=options.get(FAILED, refusal.error))
    if refusal.status >= 500 and not isinstance(error, errors.MomentsError):
        log_failure(request.url.path, error)
    return Response(
        refusal.body,
        status_code=refusal.status,
        headers={"cache-control": "no-store", **refusal.headers},
        media_type="application/json",
    )


def _of_domain(error: errors.MomentsError) -> Refusal:
    status = status_of(error)
    headers: dict[str, str] = {}
    if isinstance(error, errors.RateLimited | errors.Unavailable):
        headers["retry-after"] = str(max(1, error.retry_after_s))
    if isinstance(error, errors.Unauthenticated):
        headers["www-authenticate"] = "Bearer"
    fields = error.fields if isinstance(error, errors.BadFields | errors.Conflict) else None
    return Refusal(int(status), error.message, error.code, fields, headers)


def _of_validation(error: ValidationException) -> Refusal:
    entries = [entry for entry in error.extra or () if isinstance(entry, dict)]
    fields = dict(map(_field, entries))
    if not fields:
        return Refusal(400, _sentence(error.detail), "bad_input")
    is_of_body = all(entry.get("source") in {None, "body"} for entry in entries)
    sentence = "Invalid request body" if is_of_body else "Invalid request"
    return Refusal(400, sentence, "bad_fields", fields)


def _of_framework(error: HTTPException) -> Refusal:
    status = error.status_code
    if status >= 500 and status != 503:
        return Refusal(
            status,
            f"Something went wrong on our side: request {request_id()}. Please try again.",
            "internal",
        )
    headers = {k: v for k, v in (error.headers or {}).items() if k.lower() != "content-length"}
    sentence = _SENTENCES.get(status) or _sentence(error.detail)
    return Refusal(status, sentence, _CODES.get(status, "error"), None, headers)


def _sentence(detail: str) -> str:
    """Shorten a framework's detail, dropping internals after a colon."""
    if "malformed" in detail.lower() or "json" in detail.lower():
        return "The request body does not match the JSON schema. See /api/docs."
    return detail.split("\n", maxsplit=1)[0][:200] or "Invalid request"


def _field(entry: Mapping[str, Any]) -> tuple[str, str]:
    """Translate one of the framework's errors into a field and its problem."""
    text = str(entry.get("message", "is not valid"))
    path = str(entry.get("key") or "")
    if match := _AT.search(text):
        text = text[: match.start()]
        path = path or match["path"]
    if match := _MISSING.match(text):
        return _join(path, match["name"]), "is required"
    if match := _UNKNOWN.match(text):
        return _join(path, match["name"]), "is not known"
    if match := _EXPECTED.match(text):
        wanted = match["wanted"].replace(" | null", "")
        rest = _GOT.sub(lambda got: f", not {_article(got[1])}", text[match.end() :])
        return path or "body", f"must be {_article(wanted)}{rest}"
    return path or "body", text[:1].lower() + text[1:]


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path not in {"", "data", name} else name


def _article(wanted: str) -> str:
    words = {
        "int": "a whole number",
        "str": "a text",
        "bool": "true or false",
        "array": "a list",
        "object": "an object",
        "float": "a number",
        "null": "nothing",
    }
    return words.get(wanted, f"of type {wanted}")
