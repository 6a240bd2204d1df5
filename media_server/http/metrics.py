"""The node's Prometheus metrics, read from its streams at each scrape."""

import asyncio
from collections.abc import Callable, Iterable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from domain.live.wire import IngestInfo
from media_server.relay.registry import Registry

CONTENT_TYPE = "text/plain; version=0.0.4"  # Litestar adds the character set
_COUNTERS = {
    "corrupt_packets": "Damaged source packets that were skipped.",
    "dropped_packets": "Packets not kept, or dropped for slow readers.",
    "discontinuities": "Timeline discontinuities.",
    "format_changes": "Video or audio format changes without a discontinuity.",
    "reconnects": "Source reconnects.",
}


_INGEST = {
    "packets": "Packets sent by a publisher.",
    "lost_packets": "Packets of a publisher that never arrived.",
    "recovered_packets": "Packets that a publisher retransmitted.",
    "keyframe_requests": "Keyframes requested from a publisher.",
    "loss_percent": "Packet loss on a publisher's network over the last seconds.",
    "jitter_ms": "Jitter of a publisher's packets.",
}


def _ingest_families() -> dict[str, GaugeMetricFamily]:
    """Gauges rather than counters: each publisher starts again from zero."""
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
        live = GaugeMetricFamily(
            "moments_stream_live", ("1 when packets are arriving."), labels=["stream"]
        )
        viewers = GaugeMetricFamily("moments_stream_viewers", "Players", labels=["stream"])
        held = GaugeMetricFamily("moments_stream_ring_bytes", "Bytes buffered.", labels=["stream"])
        bitrate = GaugeMetricFamily("moments_stream_bitrate_kbps", "Bit rate.", labels=["stream"])
        fps = GaugeMetricFamily("moments_stream_fps", "Frames per second.", labels=["stream"])
        gop = GaugeMetricFamily(
            "moments_stream_keyframe_interval_seconds", "Keyframe interval.", labels=["stream"]
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
        states = GaugeMetricFamily("moments_rtmp_peers", "RTMP peers by state.", labels=["state"])
        for state, count in self._counts().items():
            states.add_metric([state], count)
        yield states


class _Collected(Collector):
    """Metric families that were collected already."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


class Metrics:
    """All metrics of a node."""

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
        """Return the metrics in Prometheus text format.

        The event loop owns the data, so it collects it; only the formatting runs in a thread.
        """
        families = list(self._registry.collect())
        return await asyncio.to_thread(generate_latest, _Collected(families))
