"""Reports to the directory when a node's streams were last on air.

That happens once when a stream goes off air, and every half minute while it is on air: that is the
most a killed node loses.
"""

from collections.abc import Mapping
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
        registry.on_stop.append(self._forget)

    def untold(self) -> dict[str, datetime]:
        """Return the streams to report, with when they were last on air."""
        return {
            running.config.stream_id: at
            for running in self._registry.all()
            if (at := self._news_of(running)) is not None
        }

    def told(self, on_air: Mapping[str, datetime]) -> None:
        """Note what the directory has stored."""
        self._told |= on_air

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
