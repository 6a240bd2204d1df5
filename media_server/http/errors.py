"""Maps the domain's errors to responses: one table, looked up from a class through its bases."""

from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.status_codes import HTTP_500_INTERNAL_SERVER_ERROR

from domain.core import errors
from domain.core.log import get_logger
from domain.live.wire import WireError

AnyRequest = Request[Any, Any, Any]

STATUS: dict[type[errors.MomentsError], int] = {
    errors.BadInput: 400,
    errors.TooLarge: 413,
    errors.UnsupportedMedia: 415,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Gone: 410,
    errors.TooEarly: 425,
    errors.RateLimited: 429,
    errors.Unavailable: 503,
    errors.MomentsError: 500,
}
_CODES = {
    400: "bad_input",
    401: "unauthenticated",
    404: "not_found",
    405: "method_not_allowed",
    412: "other_version",
    422: "not_supported",
    428: "version_wanted",
}

log = get_logger(__name__)


def status_of(error: errors.MomentsError) -> int:
    """Return an error's status by the nearest class in the table."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def _answer(status: int, body: WireError, headers: dict[str, str] | None = None) -> Response[bytes]:
    return Response(
        msgspec.json.encode(body),
        status_code=status,
        media_type="application/json",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def domain_error(_request: AnyRequest, error: Exception) -> Response[bytes]:
    """Answer one of our errors."""
    if not isinstance(error, errors.MomentsError):
        return unknown_error(_request, error)
    headers = {}
    if isinstance(error, errors.RateLimited | errors.Unavailable):
        headers["Retry-After"] = str(error.retry_after_s)
    fields = error.fields if isinstance(error, errors.BadFields) else None
    return _answer(
        status_of(error), WireError(error=error.message, code=error.code, fields=fields), headers
    )


def http_error(_request: AnyRequest, error: Exception) -> Response[bytes]:
    """Answer one of Litestar's errors, such as an unknown path or a body that is not JSON."""
    if not isinstance(error, HTTPException):
        return unknown_error(_request, error)
    code = _CODES.get(error.status_code, "error")
    return _answer(error.status_code, WireError(error=error.detail or code, code=code))


def unknown_error(_request: AnyRequest, error: Exception) -> Response[bytes]:
    """Answer an unexpected error."""
    log.error("request_failed", exc_info=error)
    body = WireError(
        error=("The media node failed unexpectedly. See its log for details."), code="error"
    )
    return _answer(HTTP_500_INTERNAL_SERVER_ERROR, body)


HANDLERS = {
    errors.MomentsError: domain_error,
    HTTPException: http_error,
    Exception: unknown_error,
}
