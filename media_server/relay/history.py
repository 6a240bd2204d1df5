"""Streams' health over the last minutes: a sample every few seconds, for charts."""

import asyncio
from collections import deque
from typing import Final

from domain.core.time import Clock
from domain.live.wire import Figures, History
from media_server.relay.live import LiveStream
from media_server.relay.registry import Registry, Running

EVERY_S: Final = 2
_KEPT: Final = 5 * 60 // EVERY_S


class Histories:
    """The newest samples of every stream of a node: about 15 kB a stream."""

    def __init__(self, registry: Registry, clock: Clock) -> None:
        self._registry = registry
        self._clock = clock
        self._kept: dict[str, deque[Figures]] = {}
        registry.on_stop.append(self._forget)

    def of(self, stream_id: str) -> History:
        """Return a stream's samples, oldest first."""
        return History(
            stream_id=stream_id, every_s=EVERY_S, figures=list(self._kept.get(stream_id, ()))
        )

    def sample(self) -> None:
        """Sample every stream now."""
        now_us = self._clock.now_us()
        for running in self._registry.all():
            kept = self._kept.setdefault(running.config.stream_id, deque(maxlen=_KEPT))
            kept.append(_figures(running.stream, now_us))

    async def run(self) -> None:
        """Sample until cancelled."""
        while True:
            self.sample()
            await asyncio.sleep(EVERY_S)

    def _forget(self, running: Running) -> None:
        self._kept.pop(running.config.stream_id, None)


def _figures(stream: LiveStream, now_us: int) -> Figures:
    status = stream.status()
    window, ingest = status.window, status.ingest
    held_ms = (window.end_us - window.start_us) // 1000 if window else 0
    if not stream.is_live:
        return Figures(at_us=now_us, buffer_ms=held_ms, viewers=status.viewers)
    return Figures(
        at_us=now_us,
        bitrate_kbps=stream.health.bitrate_kbps,
        fps=stream.health.fps,
        keyframe_interval_ms=status.keyframe_interval_ms,
        loss_percent=ingest.loss_percent if ingest else 0.0,
        rtt_ms=ingest.rtt_ms if ingest else 0.0,
        viewers=status.viewers,
        buffer_ms=held_ms,
    )
