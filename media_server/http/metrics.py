"""The node's figures for Prometheus, read from its streams when they are asked for."""

import asyncio
from collections.abc import Callable, Iterable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from domain.live.wire import IngestInfo
from media_server.relay.registry import Registry

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_COUNTERS = {
    "corrupt_packets": "Packets of sources that were damaged and skipped",
    "dropped_packets": "Packets that were not kept or that slow readers lost",
    "discontinuities": "Breaks in time",
    "format_changes": "Changes of the picture's or the sound's format without a break",
    "reconnects": "Times that a source was opened anew",
}


_INGEST = {
    "packets": "Packets that a publisher sent",
    "lost_packets": "Packets of a publisher that never came",
    "recovered_packets": "Packets of a publisher that were sent again",
    "keyframe_requests": "Keyframes that a publisher was asked for",
    "loss_percent": "Loss on a publisher's network over the newest seconds",
    "jitter_ms": "Jitter of a publisher's packets",
}


def _ingest_families() -> dict[str, GaugeMetricFamily]:
    """Gauges, because all of it begins anew with each publisher."""
    return {
        name: GaugeMetricFamily(f"moments_ingest_{name}", text, labels=["stream", "way"])
        for name, text in _INGEST.items()
    }


def _add_ingest(families: dict[str, GaugeMetricFamily], stream_id: str, info: IngestInfo) -> None:
    for name, family in families.items():
        family.add_metric([stream_id, info.way], getattr(info, name))


class _Streams(Collector):
    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def collect(self) -> Iterator[Metric]:
        live = GaugeMetricFamily("moments_stream_live", "1 when packets come", labels=["stream"])
        viewers = GaugeMetricFamily("moments_stream_viewers", "Players", labels=["stream"])
        held = GaugeMetricFamily("moments_stream_ring_bytes", "Bytes held", labels=["stream"])
        bitrate = GaugeMetricFamily("moments_stream_bitrate_kbps", "Bit rate", labels=["stream"])
        fps = GaugeMetricFamily("moments_stream_fps", "Frames a second", labels=["stream"])
        gop = GaugeMetricFamily(
            "moments_stream_keyframe_interval_seconds", "Distance of keyframes", labels=["stream"]
        )
        counters = {
            name: CounterMetricFamily(f"moments_stream_{name}", text, labels=["stream"])
            for name, text in _COUNTERS.items()
        }
        publishers = _ingest_families()
        for running in self._registry.all():
            status, health = running.stream.status(), running.stream.health
            label = [status.stream_id]
            live.add_metric(label, float(running.stream.is_live))
            viewers.add_metric(label, status.viewers)
            held.add_metric(label, status.ring_bytes)
            bitrate.add_metric(label, health.bitrate_kbps)
            fps.add_metric(label, health.fps)
            gop.add_metric(label, health.keyframe_interval_us / 1e6)
            for name, family in counters.items():
                family.add_metric(label, getattr(status, name))
            if status.ingest is not None:
                _add_ingest(publishers, status.stream_id, status.ingest)
        yield from (
            live,
            viewers,
            held,
            bitrate,
            fps,
            gop,
            *counters.values(),
            *publishers.values(),
        )


class _Rtmp(Collector):
    def __init__(self, counts: Callable[[], dict[str, int]]) -> None:
        self._counts = counts

    def collect(self) -> Iterator[Metric]:
        states = GaugeMetricFamily("moments_rtmp_peers", "RTMP peers by state", labels=["state"])
        for state, count in self._counts().items():
            states.add_metric([state], count)
        yield states


class _Collected(Collector):
    """What was collected already."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


class Metrics:
    """All figures of a node."""

    def __init__(
        self,
        registry: Registry,
        rtmp: Callable[[], dict[str, int]] | None = None,
        *others: Collector,
    ) -> None:
        self._registry = CollectorRegistry()
        for other in others:
            self._registry.register(other)
        if rtmp is not None:
            self._registry.register(_Rtmp(rtmp))
        self._registry.register(_Streams(registry))
        ProcessCollector(registry=self._registry)

    async def text(self) -> bytes:
        """Return them as Prometheus reads them.

        All that is read belongs to the event loop, so it is read there; making text of it is not.
        """
        families = list(self._registry.collect())
        return await asyncio.to_thread(generate_latest, _Collected(families))
