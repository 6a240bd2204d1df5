"""`/metrics`: the web process's Prometheus metrics, the queue's and the spool's."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

from litestar import Request, get
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from domain.bootstrap import Services
from domain.core.errors import MomentsError
from domain.infra.queue import COUNTED_MOST
from webapp.api.schemas import Svc
from webapp.edge.access import Meters

_PATIENCE_S = 3.0  # scrapers give up after ten seconds by default


class _Given(Collector):
    """Metric families that were collected already."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        yield from self._families


async def _waiting(services: Services) -> AsyncIterator[Metric]:
    """Collect what all processes share; an unreachable part has no metrics: alert on that."""
    try:
        async with asyncio.timeout(_PATIENCE_S):
            queue = await services.queue.state()
    except (TimeoutError, MomentsError):
        pass
    else:
        jobs = GaugeMetricFamily(
            "moments_queue_jobs",
            f"Jobs by state, counted up to {COUNTED_MOST}.",
            labels=["state"],
        )
        for state in ("queued", "running", "parked"):
            jobs.add_metric([state], getattr(queue, state))
        yield jobs
        yield GaugeMetricFamily(
            "moments_queue_oldest_due_seconds",
            "Age of the oldest job that is due but not started.",
            queue.oldest_due_s,
        )
    backlog = await services.storage.backlog()
    if backlog is not None:
        yield GaugeMetricFamily(
            "moments_spool_objects", "Objects waiting for the store.", backlog.objects
        )
        yield GaugeMetricFamily("moments_spool_bytes", "Bytes waiting for the store.", backlog.size)


@get(
    "/metrics",
    tags=["Operations"],
    summary="Metrics",
    media_type="text/plain; version=0.0.4",
)
async def metrics(request: Request[Any, Any, Any], services: Svc) -> bytes:
    """Return the web process's, the queue's and the spool's metrics in Prometheus text format."""
    meters: Meters = request.app.state.meters
    waiting = CollectorRegistry()
    waiting.register(_Given([family async for family in _waiting(services)]))
    registries = (meters.process_registry(), meters.registry, waiting)
    return b"".join(generate_latest(registry) for registry in registries)
