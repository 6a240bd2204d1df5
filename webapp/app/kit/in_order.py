"""Readings one after another: a slow older answer must not replace a newer one."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

P = ParamSpec("P")
T = TypeVar("T")
S = TypeVar("S")


def in_order(
    read: Callable[Concatenate[S, P], Awaitable[T]],
) -> Callable[Concatenate[S, P], Coroutine[Any, Any, T]]:
    """Let each call of a method begin once the one before it has ended, for each object."""
    locks: WeakKeyDictionary[Any, asyncio.Lock] = WeakKeyDictionary()

    @wraps(read)
    async def wait(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        async with locks.setdefault(self, asyncio.Lock()):
            return await read(self, *args, **kwargs)

    return wait
