"""Every environmental error of the driver maps to one of ours."""

import asyncpg
import pytest

from domain.core.errors import BadInput, Conflict, DatabaseUnavailable, MomentsError
from domain.infra.transaction import translated


def _all(*bases: type[Exception]) -> list[type[Exception]]:
    """Return every error class of the driver below some bases."""
    found = [value for value in vars(asyncpg.exceptions).values() if isinstance(value, type)]
    return [error for error in found if issubclass(error, bases)]


_AWAY = [
    ConnectionRefusedError,
    ConnectionResetError,
    TimeoutError,
    *_all(
        asyncpg.PostgresConnectionError,
        asyncpg.InsufficientResourcesError,
        asyncpg.OperatorInterventionError,
        asyncpg.PostgresSystemError,
        asyncpg.InvalidAuthorizationSpecificationError,
    ),
    asyncpg.InterfaceError,  # without a connection: the pool is closing
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
]


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        *((error, DatabaseUnavailable) for error in _AWAY),
        *((error, BadInput) for error in _all(asyncpg.DataError)),
        (asyncpg.UniqueViolationError, Conflict),
        (asyncpg.ExclusionViolationError, Conflict),
    ],
)
def test_has_a_name(raised: type[Exception], expected: type[MomentsError]) -> None:
    error = raised("the driver's words")
    with pytest.raises(expected) as caught, translated():
        raise error
    assert caught.value.__cause__ is error
    assert "driver's words" not in caught.value.message


@pytest.mark.parametrize("raised", [asyncpg.PostgresSyntaxError, asyncpg.UndefinedTableError])
def test_a_mistake_in_the_code_stays_one(raised: type[Exception]) -> None:
    with pytest.raises(raised), translated():
        raise raised("the driver's words")
