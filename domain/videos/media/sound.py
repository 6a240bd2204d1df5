"""A file's sound as speech models take it: 16 kHz, mono, FLAC."""

from collections.abc import Callable
from pathlib import Path

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from domain.core.errors import UnsupportedMedia
from domain.videos.media.files import beginning_s, opened

RATE = 16_000
_MOST_S = 24 * 3600  # later timestamps are errors; silence up to them would take days to encode
Report = Callable[[float], None]


def extract(path: Path, target: Path, report: Report) -> int:
    """Write the sound of a file; return its length in milliseconds.

    Its time is the file's: a track that begins late begins with silence, and damaged packets are
    left out.

    Raises:
        UnsupportedMedia: The file or its timestamps are damaged.
    """
    with opened(path) as source, av.open(str(target), "w", format="flac") as container:
        track = source.streams.audio[0]
        total_s = (source.duration or 0) / 1_000_000
        out = container.add_stream("flac", rate=RATE, layout="mono", format="s16")
        writer = _Writer(container, out, beginning_s(source))
        resampler = AudioResampler(format="s16", layout="mono", rate=RATE)
        for packet in source.demux(track):
            try:
                frames = packet.decode()
            except av.InvalidDataError:
                continue
            for frame in frames:
                if isinstance(frame, AudioFrame):
                    writer.write(frame, resampler)
                    if total_s and frame.time is not None:
                        report((frame.time - beginning_s(source)) / total_s)
        writer.end(resampler)
    if writer.samples == 0:
        raise UnsupportedMedia("The file's sound cannot be decoded. Convert it to AAC.")
    return round(writer.samples * 1000 / RATE)


class _Writer:
    """Encodes resampled frames, without gaps."""

    def __init__(
        self, container: av.container.OutputContainer, stream: av.AudioStream, first_s: float
    ) -> None:
        self._container = container
        self._first_s = first_s
        self._stream = stream
        self.samples = 0

    def write(self, frame: AudioFrame, resampler: AudioResampler) -> None:
        """Encode a frame; fill the gap before it."""
        if frame.time is not None:
            at_s = frame.time - self._first_s
            if at_s > _MOST_S:
                raise UnsupportedMedia("The audio's timestamps are damaged. Convert the file.")
            self._fill(round(at_s * RATE) - self.samples)
        frame.pts = None
        for made in resampler.resample(frame):
            self._encode(made)

    def end(self, resampler: AudioResampler) -> None:
        """Encode what is left."""
        for made in resampler.resample(None):
            self._encode(made)
        self._container.mux(self._stream.encode(None))

    def _fill(self, missing: int) -> None:
        """Write silence for more than half a second that the track lacks."""
        if missing < RATE // 2:
            return
        while missing > 0:
            silence = AudioFrame(format="s16", layout="mono", samples=min(missing, RATE))
            silence.sample_rate = RATE
            for plane in silence.planes:
                plane.update(bytes(plane.buffer_size))
            self._encode(silence)
            missing -= silence.samples

    def _encode(self, frame: AudioFrame) -> None:
        frame.pts = self.samples
        self.samples += frame.samples
        self._container.mux(self._stream.encode(frame))
