"""Whole, upright pictures: deinterlaces fields and turns what a camera held sideways recorded."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

import av
from av.filter import Graph
from av.video.frame import VideoFrame

_Filter = tuple[str, str]
TURNS: Final[dict[int, list[_Filter]]] = {
    0: [],
    1: [("transpose", "cclock")],
    2: [("hflip", ""), ("vflip", "")],
    3: [("transpose", "clock")],
}
DEINTERLACED: Final = ("bwdif", "mode=send_frame:deint=interlaced")
_BY_ITSELF: Final = ("estdif", "mode=frame:deint=interlaced")


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
        key = (*_shape(frame), self._is_interlaced, quarters)
        if self._graph is None or key != self._key:
            filters = [*([DEINTERLACED] if self._is_interlaced else []), *TURNS[quarters]]
            self._graph, self._key = _graph(frame, self._time_base, filters), key
        self._graph.vpush(frame)
        yield from _filtered(self._graph)


def whole(frame: VideoFrame, before: VideoFrame | None) -> VideoFrame:
    """Return an interlaced frame as one picture, of its first field's moment; others as they are.

    Where nothing has moved since `before`, a frame shown earlier, it keeps its full detail.
    """
    if not frame.interlaced_frame:
        return frame
    if before is not None and _shape(before) != _shape(frame):
        before = None
    base, pts = frame.time_base or Fraction(1, 1_000_000), frame.pts
    graph = _graph(frame, base, [_BY_ITSELF if before is None else DEINTERLACED])
    for number, each in enumerate([frame, frame] if before is None else [before, frame, frame]):
        each.pts = number
        graph.vpush(each)
    made = [*_filtered(graph)][-1]
    made.pts, made.time_base = pts, base
    return made


def _shape(frame: VideoFrame) -> tuple[int, int, str]:
    return frame.width, frame.height, frame.format.name


def _graph(frame: VideoFrame, time_base: Fraction, filters: list[_Filter]) -> Graph:
    graph = Graph()
    graph.threads = 1
    source = graph.add_buffer(
        width=frame.width,
        height=frame.height,
        format=frame.format,
        time_base=frame.time_base or time_base,
    )
    nodes = [source, *(graph.add(*each) for each in filters), graph.add("buffersink")]
    graph.link_nodes(*nodes).configure()
    return graph


def _filtered(graph: Graph) -> Iterator[VideoFrame]:
    while True:
        try:
            yield graph.vpull()
        except (av.BlockingIOError, av.EOFError):
            return


def quarters_of(frame: VideoFrame) -> int:
    """Return how many quarters counter-clockwise turn a frame upright."""
    return round(frame.rotation / 90) % 4
