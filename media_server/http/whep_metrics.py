"""Prometheus metrics of WebRTC viewers."""

from collections.abc import Iterator
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from media_server.egress.webrtc.service import Whep

_COUNTERS: Final = {
    "frames_skipped": "Frames dropped for slow viewers until the next keyframe.",
    "slow": "Times a slow viewer skipped ahead to a keyframe.",
    "nacked": "Packets that viewers requested again.",
    "resent": "Packets retransmitted.",
    "not_resent": "Retransmission requests refused: too old or too many.",
    "keyframe_requests": "Keyframes that viewers requested.",
    "send_errors": "Packets that could not be sent.",
}


class WhepFigures(Collector):
    """Reads the broadcasts when Prometheus scrapes."""

    def __init__(self, whep: Whep) -> None:
        self._whep = whep

    def collect(self) -> Iterator[Metric]:
        """Yield the number of viewers, the fate of packets, and the sender in use."""
        viewers = GaugeMetricFamily("moments_whep_viewers", "WebRTC viewers.", labels=["stream"])
        counters = {
            name: CounterMetricFamily(f"moments_whep_{name}", text, labels=["stream"])
            for name, text in _COUNTERS.items()
        }
        for broadcast in self._whep.all():
            label, total = [broadcast.stream.id], broadcast.total()
            viewers.add_metric(label, len(broadcast.viewers) + broadcast.others)
            for name, family in counters.items():
                family.add_metric(label, getattr(total, name))
        way = GaugeMetricFamily(
            "moments_whep_way", "1 for the sender in use: own, or aiortc.", labels=["way"]
        )
        way.add_metric([self._whep.way or "own"], 1)
        yield from (viewers, *counters.values(), way)
