"""Reports to the directory when a node's streams were last on air, and which of them failed.

That happens once when a stream goes off air, and every half minute while it is on air: that is the
most a killed node loses.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Final

from domain.core.time import from_us
from media_server.relay.registry import Registry, Running

_EVERY: Final = timedelta(seconds=30)


class OnAir:
    """Remembers what the directory already knows."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._told: dict[str, datetime] = {}
        self._told_failed: set[str] = set()  # until they are on air again
        registry.on_stop.append(self._forget)

    def untold(self) -> dict[str, datetime]:
        """Return the streams to report, with when they were last on air."""
        return {
            running.config.stream_id: at
            for running in self._registry.all()
            if (at := self._news_of(running)) is not None
        }

    def failed(self) -> dict[str, str]:
        """Return the streams that broke off with an error since they were on air."""
        found = {}
        for running in self._registry.all():
            stream, stream_id = running.stream, running.config.stream_id
            if stream.is_live:
                self._told_failed.discard(stream_id)
            elif stream.error and stream.last_on_air_us and stream_id not in self._told_failed:
                found[stream_id] = stream.error
        return found

    def told(self, on_air: Mapping[str, datetime], failed: Collection[str] = ()) -> None:
        """Note what the directory has stored."""
        self._told |= on_air
        self._told_failed |= {*failed}

    def _news_of(self, running: Running) -> datetime | None:
        last_us = running.stream.last_on_air_us
        if last_us is None:
            return None
        at = from_us(last_us)
        told = self._told.get(running.config.stream_id, from_us(running.config.on_air_us or 0))
        is_news = at - told >= _EVERY if running.stream.is_live else at > told
        return at if is_news else None

    def _forget(self, running: Running) -> None:
        self._told.pop(running.config.stream_id, None)
        self._told_failed.discard(running.config.stream_id)
