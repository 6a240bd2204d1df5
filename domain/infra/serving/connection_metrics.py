"""Prometheus metrics of HTTP connections."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from domain.infra.serving.connections import Connections


class ConnectionFigures(Collector):
    """Reads each port's connections when Prometheus scrapes."""

    def __init__(self, **ports: Connections) -> None:
        self._ports = ports

    def collect(self) -> Iterator[Metric]:
        """Yield the open connections, and those that limits refused or closed."""
        name = "moments_http_connections"
        current = GaugeMetricFamily(name, "Open HTTP connections.", labels=["port"])
        refused = CounterMetricFamily(
            f"{name}_refused", "Connections refused because all others were busy.", labels=["port"]
        )
        displaced = CounterMetricFamily(
            f"{name}_displaced", "Idle connections closed to admit new ones.", labels=["port"]
        )
        for port, connections in self._ports.items():
            current.add_metric([port], len(connections))
            refused.add_metric([port], connections.refused)
            displaced.add_metric([port], connections.displaced)
        yield from (current, refused, displaced)
