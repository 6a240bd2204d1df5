"""The streams that run on this node, reconciled with the configs."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from domain.core.errors import NotFound
from domain.core.log import get_logger
from domain.core.time import Clock
from domain.live.wire import StreamConfig
from media_server.relay.live import LiveStream
from media_server.relay.source import Sink, Source

# How long a packet may wait in an inlet: 40 checks a second cost almost nothing.
_PUMP_S = 0.025

MakeSource = Callable[[StreamConfig, Sink], Source | None]

log = get_logger(__name__)


@dataclass
class Running:
    """A stream with its source and config."""

    config: StreamConfig
    stream: LiveStream
    source: Source | None


class Registry:
    """Starts, changes and stops streams."""

    def __init__(self, make_source: MakeSource, clock: Clock, ring_bytes: int) -> None:
        self._make_source = make_source
        self._clock = clock
        self._ring_bytes = ring_bytes
        self._running: dict[str, Running] = {}
        self._fed = asyncio.Event()
        self.on_feed: list[Callable[[], None]] = [self._fed.set]  # a stream has a publisher
        self.on_start: list[Callable[[Running], None]] = []
        # With the previous config; called before starting a source that has changed.
        self.on_change: list[Callable[[StreamConfig, Running], None]] = []
        self.on_stop: list[Callable[[Running], None]] = []

    def get(self, stream_id: str) -> Running:
        """Return a stream that runs here.

        Raises:
            NotFound: It does not.
        """
        try:
            return self._running[stream_id]
        except KeyError:
            raise NotFound(
                "This node has no such stream. Check the name in the list of streams."
            ) from None

    def all(self) -> list[Running]:
        """Return the streams that run here."""
        return list(self._running.values())

    @property
    def is_fed(self) -> bool:
        """Whether any stream has a publisher."""
        return any(running.stream.is_fed for running in self._running.values())

    def reconcile(self, configs: list[StreamConfig]) -> None:
        """Reconcile the running streams with the configs; unchanged ones keep running untouched."""
        wanted = {config.stream_id: config for config in configs}
        for stream_id in self._running.keys() - wanted.keys():
            self._stop(self._running.pop(stream_id))
        for config in wanted.values():
            running = self._running.get(config.stream_id)
            if running is None:
                self._start(config)
            elif running.config != (config := _but_time(config, running.config)):
                self._change(running, config)

    def restart(self, stream_id: str) -> None:
        """Open a stream's source anew at once, without waiting for its backoff.

        A stream that is on air, or that waits for a publisher, stays as it is.

        Raises:
            NotFound: It does not run here.
        """
        running = self.get(stream_id)
        if running.source is None or running.stream.status().status == "live":
            return
        running.source.stop()
        self._start_source(running)

    def _start(self, config: StreamConfig) -> None:
        stream = LiveStream(
            config.stream_id,
            config.buffer_s * 1_000_000,
            self._ring_bytes,
            self._clock,
            config.on_air_us,
        )
        stream.on_inlet.extend(self.on_feed)
        running = Running(config, stream, None)
        self._running[config.stream_id] = running
        for callback in self.on_start:
            callback(running)
        self._start_source(running)
        log.info("stream_started", stream=config.stream_id, kind=config.kind)

    def _start_source(self, running: Running) -> None:
        running.source = self._make_source(running.config, running.stream.inlet())
        if running.source is None:
            running.stream.end("offline")  # it waits for its publisher
        else:
            running.source.start()

    def _change(self, running: Running, config: StreamConfig) -> None:
        before, running.config = running.config, config
        running.stream.ring.buffer_us = config.buffer_s * 1_000_000
        for callback in self.on_change:
            callback(before, running)
        if (before.kind, before.url) != (config.kind, config.url):
            if running.source is not None:
                running.source.stop()
            self._start_source(running)
        log.info("stream_changed", stream=config.stream_id)

    def _stop(self, running: Running) -> None:
        if running.source is not None:
            running.source.stop()
        running.stream.end("offline", "The stream has moved to another node.")
        for callback in self.on_stop:
            callback(running)
        log.info("stream_stopped", stream=running.config.stream_id)

    async def pump(self) -> None:
        """Drain the sources' inlets forever; sleep while there can be no packets."""
        while True:
            self._fed.clear()
            fed = [running.stream for running in self.all() if running.stream.is_fed]
            for stream in fed:
                stream.drain()
            if fed:
                await asyncio.sleep(_PUMP_S)
            else:
                await self._fed.wait()

    def close(self, timeout_s: float) -> None:
        """Stop all sources; wait briefly for their threads."""
        sources = [running.source for running in self._running.values() if running.source]
        for source in sources:
            source.stop()
        for source in sources:
            source.join(timeout_s / max(1, len(sources)))


def _but_time(config: StreamConfig, known: StreamConfig) -> StreamConfig:
    """Return a config, with the node's own knowledge of when the stream was last on air."""
    return msgspec.structs.replace(config, on_air_us=known.on_air_us)
