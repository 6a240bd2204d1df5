"""The face of the visual diff: awaitable calls into its process."""

from typing import Any, Final

from domain.commits.visual import Calibration, Comparison, Settings
from domain.core.errors import BadInput
from domain.core.log import get_logger
from domain.infra.calls import Calls
from domain.infra.worker_process import WorkerLost

log = get_logger(__name__)

_MODULE: Final = "domain.commits.differ_process"
_IDLE_S: Final = 60
_TIMEOUT_S: Final = 600.0  # two noisy pictures of 50 million pixels take a minute on a busy machine


class Differ:
    """Every call raises BadInput if a picture cannot be read or the process dies of it."""

    def __init__(self) -> None:
        self.calls = Calls(_MODULE, idle_s=_IDLE_S, timeout_s=_TIMEOUT_S)

    async def compare(self, before: bytes, after: bytes, settings: Settings) -> Comparison:
        """Return the verdict on two pictures."""
        found: Comparison = await self._ask("compare", before, after, settings)
        return found

    async def draw(self, before: bytes, after: bytes, settings: Settings) -> bytes:
        """Return a PNG of what changed."""
        drawn: bytes = await self._ask("draw", before, after, settings)
        return drawn

    async def calibrate(self, first: bytes, second: bytes, settings: Settings) -> Calibration:
        """Measure the noise between two captures of the same thing."""
        found: Calibration = await self._ask("calibrate", first, second, settings)
        return found

    async def close(self) -> None:
        """End the process."""
        await self.calls.close()

    async def _ask(self, function: str, *args: object) -> Any:  # noqa: ANN401
        """Call a function, twice if the process dies: it may have been killed for others' memory.

        What took too long would take too long again.
        """
        try:
            return await self.calls.ask("differ_process", function, *args)
        except WorkerLost as lost:
            log.warning("differ_lost", function=function)
            if isinstance(lost.__cause__, TimeoutError):
                raise _too_much() from lost
        try:
            return await self.calls.ask("differ_process", function, *args)
        except WorkerLost as lost:
            raise _too_much() from lost


def _too_much() -> BadInput:
    return BadInput(
        "These pictures could not be compared: that took too long, or too much memory. "
        "Capture a part of them, or try again later.",
        code="bad_image",
    )
