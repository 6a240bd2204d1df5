"""Every error has a status and a sentence; foreign ones leak nothing."""

from collections.abc import Iterator

import msgspec
import pytest
from litestar.exceptions import (
    ClientException,
    InternalServerException,
    MethodNotAllowedException,
    NotFoundException,
    ValidationException,
)

from domain.core import errors
from webapp.api.errors import STATUS, describe, status_of


def tree(kind: type[errors.MomentsError]) -> Iterator[type[errors.MomentsError]]:
    for child in kind.__subclasses__():
        yield child
        yield from tree(child)


def make(kind: type[errors.MomentsError]) -> errors.MomentsError:
    if issubclass(kind, errors.BadFields):
        return kind({"title": "is required"})
    if issubclass(kind, errors.RateLimited):
        return kind("Too many attempts", retry_after_s=7)
    return kind("What happened, and what to do")


ALL = sorted(set(tree(errors.MomentsError)), key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", ALL)
def test_every_error_of_the_domain_has_a_status(kind: type[errors.MomentsError]) -> None:
    error = make(kind)
    refusal = describe(error)
    assert any(ancestor in STATUS for ancestor in kind.__mro__)
    assert 400 <= refusal.status < 600
    assert refusal.status != 500
    assert refusal.status == status_of(error)
    body = msgspec.json.decode(refusal.body)
    assert body["error"] == error.message
    assert body["code"] == error.code


def test_statuses_are_the_contracts() -> None:
    wanted = {
        errors.BadInput: 400,
        errors.BadFields: 400,
        errors.TooLargeDeclared: 400,
        errors.TooLarge: 413,
        errors.UnsupportedMedia: 415,
        errors.Unauthenticated: 401,
        errors.Forbidden: 403,
        errors.NotFound: 404,
        errors.Conflict: 409,
        errors.Gone: 410,
        errors.LeftTheBuffer: 410,
        errors.TooEarly: 425,
        errors.RateLimited: 429,
        errors.Unavailable: 503,
        errors.StreamOffline: 503,
        errors.NodeUnavailable: 503,
        errors.StorageUnavailable: 503,
        errors.DatabaseUnavailable: 503,
    }
    assert {kind: describe(make(kind)).status for kind in wanted} == wanted


def test_fields_of_a_bad_body_are_told() -> None:
    refusal = describe(errors.BadFields({"title": "is required"}))
    assert msgspec.json.decode(refusal.body) == {
        "error": "Invalid request body",
        "code": "bad_fields",
        "fields": {"title": "is required"},
    }


@pytest.mark.parametrize("kind", [errors.RateLimited, errors.Unavailable, errors.StreamOffline])
def test_who_shall_come_back_is_told_when(kind: type[errors.MomentsError]) -> None:
    assert int(describe(make(kind)).headers["retry-after"]) >= 1


@pytest.mark.parametrize(
    ("message", "key", "field", "text"),
    [
        ("Object missing required field `name`", "data", "name", "is required"),
        ("Object contains unknown field `nmae`", "", "nmae", "is not known"),
        ("Expected `int`, got `str`", "limit", "limit", "must be a whole number, not a text"),
        (
            "Object missing required field `kind` - at `$.source`",
            "",
            "source.kind",
            "is required",
        ),
        ("Expected `int` >= 1", "last_ms", "last_ms", "must be a whole number >= 1"),
    ],
)
def test_the_frameworks_words_become_ours(message: str, key: str, field: str, text: str) -> None:
    error = ValidationException(extra=[{"message": message, "key": key}])
    refusal = describe(error)
    assert refusal.status == 400
    assert refusal.fields == {field: text}


def test_the_frameworks_refusals_keep_their_status() -> None:
    assert describe(NotFoundException()).status == 404
    assert describe(ClientException("x")).status == 400
    allowed = describe(MethodNotAllowedException(headers={"allow": "GET"}))
    assert (allowed.status, allowed.headers["allow"]) == (405, "GET")


@pytest.mark.parametrize("error", [RuntimeError("secret"), InternalServerException("secret")])
def test_a_fault_of_ours_tells_nothing_but_the_request(error: Exception) -> None:
    refusal = describe(error)
    assert refusal.status == 500
    assert b"secret" not in refusal.body
    assert refusal.code == "internal"
