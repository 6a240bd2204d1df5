"""A clip as 720 by 1280 for phones: fitted over its blurred self, or cropped as asked."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.filter import Graph
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from domain.core.errors import UnsupportedMedia
from domain.core.upright import DEINTERLACED, TURNS, quarters_of
from domain.videos.media.facts import HEIGHT, WIDTH
from domain.videos.media.files import opened
from domain.videos.media.subtitles import Spoken, Subtitles

_FPS: Final = 30
_AUDIO_RATE: Final = 48_000
_MOST_S: Final = 180
Report = Callable[[float], None]


def render(
    path: Path, target: Path, *, crop: float | None, words: Sequence[Spoken], report: Report
) -> None:
    """Write the vertical form of a clip.

    Args:
        path: The clip.
        target: The new mp4.
        crop: The centre of what is kept, 0 (left) to 1 (right); None keeps everything.
        words: What is said, at its time in the clip.
        report: Called with the share that is done.

    Raises:
        UnsupportedMedia: The clip is damaged, has no video, or is longer than three minutes.
    """
    with (
        opened(path) as source,
        av.open(str(target), "w", options={"movflags": "faststart"}) as out,
    ):
        if not source.streams.video:
            raise UnsupportedMedia("This moment has no video to show.")
        total_s = (source.duration or 0) / 1_000_000
        if total_s > _MOST_S:
            raise UnsupportedMedia("A vertical clip can be three minutes long. Trim it first.")
        Rendering(source, out, Subtitles(words), crop).run(
            lambda at_s: report(at_s / (total_s or 1))
        )


class Rendering:
    """One clip on its way."""

    def __init__(
        self,
        source: InputContainer,
        out: OutputContainer,
        subtitles: Subtitles,
        crop: float | None,
    ) -> None:
        self._source = source
        self._out = out
        self._subtitles = subtitles
        self._track = source.streams.video[0]
        self._crop = crop
        self._graph: Graph | None = None
        video = out.add_stream("libx264", rate=_FPS, options={"preset": "veryfast", "crf": "22"})
        if not isinstance(video, VideoStream):
            raise AssertionError
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        self._video = video
        self._audio: AudioStream | None = None
        if source.streams.audio:
            self._audio = out.add_stream("aac", rate=_AUDIO_RATE, layout="stereo")
        self._resampler = AudioResampler(format="fltp", layout="stereo", rate=_AUDIO_RATE)
        self._samples = 0

    def run(self, report: Report) -> None:
        """Decode, draw and encode everything."""
        tracks = [self._track, *self._source.streams.audio[:1]]
        for packet in self._source.demux(tracks):
            for frame in _decoded(packet):
                if frame.time is None or frame.time < 0:  # before the clip's start
                    continue
                if isinstance(frame, VideoFrame):
                    if self._graph is None:
                        self._graph = _graph(self._track, quarters_of(frame), self._crop)
                    self._graph.push(frame)
                    report(frame.time)
                    self._drain(self._graph)
                else:
                    self._encode_audio(frame)
        if self._graph is not None:
            self._graph.push(None)
            self._drain(self._graph)
        self._out.mux(self._video.encode(None))
        if self._audio is not None:
            self._encode_audio(None)
            self._out.mux(self._audio.encode(None))

    def _drain(self, graph: Graph) -> None:
        for frame in _pulled(graph):
            frame.make_writable()
            self._subtitles.draw(frame, (frame.time or 0.0) * 1000)
            self._out.mux(self._video.encode(frame))

    def _encode_audio(self, frame: AudioFrame | None) -> None:
        if self._audio is None:
            return
        if frame is not None:
            frame.pts = None
        for made in self._resampler.resample(frame):
            made.pts = self._samples
            self._samples += made.samples
            self._out.mux(self._audio.encode(made))


def _decoded(packet: "av.Packet[Any]") -> Iterator[VideoFrame | AudioFrame]:
    """Yield a packet's frames; a damaged one is left out."""
    try:
        yield from packet.decode()
    except av.InvalidDataError:
        return


def _pulled(graph: Graph) -> Iterator[VideoFrame]:
    while True:
        try:
            frame = graph.pull()
        except (BlockingIOError, av.EOFError):
            return
        if isinstance(frame, VideoFrame):
            yield frame


def _graph(track: VideoStream, quarters: int, crop: float | None) -> Graph:
    graph = Graph()
    source = graph.add_buffer(template=track)
    rate = graph.add("fps", f"fps={_FPS}")
    square = graph.add("scale", "w=trunc(iw*sar/2)*2:h=trunc(ih/2)*2")
    upright = source
    for each in (DEINTERLACED, *TURNS[quarters]):
        turned = graph.add(*each)
        upright.link_to(turned)
        upright = turned
    upright.link_to(rate)
    rate.link_to(square)
    last = graph.add("format", "pix_fmts=yuv420p")
    sink = graph.add("buffersink")
    if crop is not None:
        cut = graph.add(
            "crop",
            f"w=min(iw\\,ih*9/16):h=min(ih\\,iw*16/9):x=(iw-ow)*{min(max(crop, 0.0), 1.0):.4f}",
        )
        large = graph.add("scale", f"w={WIDTH}:h={HEIGHT}")
        square.link_to(cut)
        cut.link_to(large)
        large.link_to(last)
    else:
        _fit(graph, square, last)
    last.link_to(sink)
    graph.configure()
    return graph


def _fit(
    graph: Graph, square: "av.filter.context.FilterContext", last: "av.filter.context.FilterContext"
) -> None:
    """Lay the whole picture over its blurred self, which is blurred while it is small."""
    small_w, small_h = WIDTH // 4, HEIGHT // 4
    split = graph.add("split")
    behind = graph.add("scale", f"w={small_w}:h={small_h}:force_original_aspect_ratio=increase")
    cut = graph.add("crop", f"w={small_w}:h={small_h}")
    blur = graph.add("gblur", "sigma=6")
    large = graph.add("scale", f"w={WIDTH}:h={HEIGHT}:flags=fast_bilinear")
    whole = graph.add(
        "scale",
        f"w={WIDTH}:h={HEIGHT}:force_original_aspect_ratio=decrease:force_divisible_by=2",
    )
    over = graph.add("overlay", "x=(W-w)/2:y=(H-h)/2")
    square.link_to(split)
    split.link_to(behind, output_idx=0)
    behind.link_to(cut)
    cut.link_to(blur)
    blur.link_to(large)
    split.link_to(whole, output_idx=1)
    large.link_to(over, input_idx=0)
    whole.link_to(over, input_idx=1)
    over.link_to(last)
