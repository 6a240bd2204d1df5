"""Prometheus metrics of the decoder processes."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from media_server.relay.decoders import DecoderPool


class DecoderFigures(Collector):
    """Reads the pool when Prometheus scrapes."""

    def __init__(self, decoders: DecoderPool) -> None:
        self._decoders = decoders

    def collect(self) -> Iterator[Metric]:
        """Yield the number of lost processes and the load of the rest."""
        queue = self._decoders.queue
        yield CounterMetricFamily(
            "moments_decoders_lost", "Decoder processes replaced.", self._decoders.lost
        )
        yield CounterMetricFamily(
            "moments_stills_refused", "Stills refused because the queue was full.", queue.refused
        )
        yield GaugeMetricFamily(
            "moments_stills_waiting", "Stills waiting for a decoder.", queue.waiting
        )
