"""The moment that a request or a job is about: for services, logs and further jobs."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import structlog

_moment: ContextVar[str | None] = ContextVar("moment", default=None)


def current_moment() -> str | None:
    """Return the id of the moment that the running request or job is about."""
    return _moment.get()


@contextmanager
def about_moment(moment_id: str | None) -> Iterator[None]:
    """Name the moment that everything in this context is about, if there is one."""
    if moment_id is None:
        yield
        return
    token = _moment.set(moment_id)
    try:
        with structlog.contextvars.bound_contextvars(moment_id=moment_id):
            yield
    finally:
        _moment.reset(token)
