"""Whole, upright pictures: deinterlaces fields and turns what a camera held sideways recorded."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

import av
from av.filter import Graph
from av.video.frame import VideoFrame

_TURNS: Final = {1: ("transpose", "cclock"), 2: ("hflip", ""), 3: ("transpose", "clock")}


class Upright:
    """Filters frames where that is needed; others pass."""

    def __init__(self, time_base: Fraction) -> None:
        self._time_base = time_base
        self._is_interlaced = False
        self._graph: Graph | None = None
        self._key: tuple[object, ...] = ()

    def filter(self, frame: VideoFrame) -> Iterator[VideoFrame]:
        """Yield upright, progressive frames; deinterlacing delays them by one."""
        self._is_interlaced = self._is_interlaced or frame.interlaced_frame
        quarters = quarters_of(frame)
        if not self._is_interlaced and not quarters:
            yield frame
            return
        key = (frame.width, frame.height, frame.format.name, self._is_interlaced, quarters)
        if self._graph is None or key != self._key:
            self._graph, self._key = self._build(frame, quarters), key
        self._graph.vpush(frame)
        while True:
            try:
                yield self._graph.vpull()
            except (av.BlockingIOError, av.EOFError):
                return

    def _build(self, frame: VideoFrame, quarters: int) -> Graph:
        graph = Graph()
        graph.threads = 1
        nodes = [
            graph.add_buffer(
                width=frame.width,
                height=frame.height,
                format=frame.format,
                time_base=frame.time_base or self._time_base,
            )
        ]
        if self._is_interlaced:
            nodes.append(graph.add("bwdif", "mode=send_frame:deint=interlaced"))
        if quarters:
            nodes.append(graph.add(*_TURNS[quarters]))
        if quarters == 2:
            nodes.append(graph.add("vflip"))
        graph.link_nodes(*nodes, graph.add("buffersink")).configure()
        return graph


def quarters_of(frame: VideoFrame) -> int:
    """Return how many quarters counter-clockwise turn a frame upright."""
    return round(frame.rotation / 90) % 4
