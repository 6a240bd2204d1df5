"""An event loop that records its timers: each is a wake-up of an idle process."""

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any, TypeVarTuple

Ts = TypeVarTuple("Ts")


class TimerLoop(asyncio.SelectorEventLoop):
    """Records each timer's duration, in seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.timers_s: list[float] = []

    def call_at(
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        self.timers_s.append(when - self.time())
        return super().call_at(when, callback, *args, context=context)


def timers_of(main: Coroutine[Any, Any, None]) -> list[float]:
    """Run a coroutine in a new loop; return the duration of each timer."""
    loops: list[TimerLoop] = []

    def make() -> TimerLoop:
        loops.append(TimerLoop())
        return loops[0]

    with asyncio.Runner(loop_factory=make) as runner:
        runner.run(main)
    return loops[0].timers_s
