"""The demo source: image, clock, counter and beep, at minimal cost.

Frame `n` is shown `n / 30` seconds after the Unix epoch, so its number and its time agree and
continue over a restart. Every second starts with a beep and a flash.
"""

import threading
import time
from collections.abc import Iterator
from fractions import Fraction

import av
import numpy as np
import numpy.typing as npt
from av.audio.codeccontext import AudioCodecContext
from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import VideoReformatter

from domain.core.log import get_logger
from media_server.ingest.demo_picture import FPS, HEIGHT, WIDTH, DemoPicture
from media_server.media.h264 import Converter
from media_server.media.packet import (
    AudioParams,
    Header,
    Packet,
)
from media_server.relay.source import Sink

RATE = 48000
_SAMPLES = 1024
_GOP = 2 * FPS
_BEEP_HZ, _BEEP_S = 1000, 0.1
_LATE_S = 1.5
_X264 = (
    f"keyint={_GOP}:min-keyint={_GOP}:scenecut=0:bframes=0:sliced-threads=0:"
    "repeat-headers=0:vbv-maxrate=2500:vbv-bufsize=2500:colorprim=bt709:transfer=bt709:"
    "colormatrix=bt709"
)

log = get_logger(__name__)


def _video_encoder(height: int) -> VideoCodecContext:
    codec = av.CodecContext.create("libx264", "w")
    codec.width, codec.height = height * WIDTH // HEIGHT // 2 * 2, height
    codec.pix_fmt = "yuv420p"
    codec.time_base, codec.framerate = Fraction(1, FPS), Fraction(FPS)
    codec.thread_count = 1
    codec.options = {"preset": "ultrafast", "tune": "zerolatency", "crf": "22"}
    codec.options |= {"x264-params": _X264, "profile": "baseline"}
    codec.flags |= av.codec.context.Flags.global_header
    codec.open()
    return codec


def _audio_encoder() -> AudioCodecContext:
    codec = av.CodecContext.create("aac", "w")
    codec.sample_rate, codec.layout, codec.format = RATE, "mono", "fltp"
    codec.bit_rate = 64000
    codec.time_base = Fraction(1, RATE)
    codec.open()
    return codec


def beep(first_sample: int, count: int = _SAMPLES) -> npt.NDArray[np.float32]:
    """Return samples of the beep at the start of every second."""
    place = (first_sample + np.arange(count)) % RATE
    envelope = np.minimum(1, np.minimum(place, _BEEP_S * RATE - place) / (0.004 * RATE)).clip(0)
    tone = 0.4 * np.sin(2 * np.pi * _BEEP_HZ / RATE * place) * envelope
    samples: npt.NDArray[np.float32] = tone.astype(np.float32)
    return samples


class DemoSource:
    """Feeds a stream with the demo, in real time.

    Args:
        sink: Takes the packets.
        height: Of the picture, in pixels; even, at most 720.
    """

    def __init__(self, sink: Sink, height: int = HEIGHT) -> None:
        self._sink = sink
        self._height = height
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="demo", daemon=True)

    def start(self) -> None:
        """Start; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to stop."""
        self._stopped.set()

    def join(self, timeout_s: float) -> bool:
        """Wait for the thread to stop; return whether it did."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        self._sink.report("connecting")
        while not self._stopped.is_set():
            try:
                self._play()
            except (av.FFmpegError, OSError, MemoryError) as error:
                log.exception("demo_failed")
                self._sink.report("error", f"The demo stream failed: {error}")
                self._stopped.wait(2)

    def _play(self) -> None:
        number = int(time.time() * FPS) + 1
        maker = _Maker(number, self._height)
        self._sink.report("live")
        while not self._stopped.is_set():
            wait = number / FPS - time.time()
            if wait > 0:
                self._stopped.wait(wait)
            elif wait < -_LATE_S:
                number = int(time.time() * FPS) + 1  # the machine was busy: continue from now
            for packet in maker.frame(number):
                self._sink.post(packet, maker.header)
            number += 1


class _Maker:
    """Encodes frames and their audio."""

    def __init__(self, first: int, height: int) -> None:
        self._picture = DemoPicture()
        self._scaler = VideoReformatter()  # one for all: its filters are made only once
        self._video, self._audio = _video_encoder(height), _audio_encoder()
        self._sample = first * RATE // FPS
        self._converter = Converter(self._video.extradata, fps=FPS)
        self.header = Header(
            video=self._converter.params,
            audio=AudioParams(
                codec="aac",
                extradata=self._audio.extradata or b"",
                sample_rate=RATE,
                channels=1,
            ),
        )

    def frame(self, number: int) -> Iterator[Packet]:
        """Yield the packets of a frame, and of the audio up to its end."""
        picture = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
        for plane, painted in zip(picture.planes, self._picture.paint(number), strict=True):
            plane.update(painted.tobytes())
        if self._video.height != HEIGHT:
            picture = self._scaler.reformat(picture, self._video.width, self._video.height)
        picture.pts = number
        for packet in self._video.encode(picture):
            data, is_key = self._converter.convert(bytes(packet))
            pts_us = _us(packet.pts or 0, FPS)
            yield Packet(
                track="video",
                pts_us=pts_us,
                dts_us=pts_us,
                duration_us=_us((packet.pts or 0) + 1, FPS) - pts_us,
                is_key=is_key,
                data=data,
            )
        if self._sample < (number - FPS) * RATE // FPS:
            self._sample = number * RATE // FPS  # frames were skipped, and so is their audio
        while self._sample < (number + 1) * RATE // FPS:
            yield from self._sound()

    def _sound(self) -> Iterator[Packet]:
        sound = av.AudioFrame.from_ndarray(beep(self._sample)[None], format="fltp", layout="mono")
        sound.sample_rate, sound.pts = RATE, self._sample
        self._sample += _SAMPLES
        for packet in self._audio.encode(sound):
            pts = packet.pts or 0  # one frame early at first: the encoder's priming
            pts_us = _us(pts, RATE)
            yield Packet(
                track="audio",
                pts_us=pts_us,
                dts_us=pts_us,
                duration_us=_us(pts + _SAMPLES, RATE) - pts_us,
                is_key=True,
                data=bytes(packet),
            )


def _us(ticks: int, rate: int) -> int:
    return (ticks * 2_000_000 + rate) // (2 * rate)
