"""Transcodes AAC to Opus while anybody watches over WebRTC, which does not support AAC.

One thread per stream; a second of stereo takes it about 10 ms.
"""

import asyncio
import queue
import threading
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Final

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.resampler import AudioResampler

from domain.core.log import get_logger
from media_server.media.packet import AudioParams, Packet

_RATE: Final = 48_000
_FRAME: Final = 960  # 20 ms
_MOST_WAITING: Final = 200  # frames: about four seconds
_GAP_US: Final = 100_000
_BIT_RATES: Final = {1: 64_000, 2: 96_000}

log = get_logger(__name__)

Frames = list[tuple[int, bytes]]


class ToOpus:
    """Turns AAC packets into Opus frames; calls `deliver` with them on the creating loop."""

    def __init__(self, params: AudioParams, deliver: Callable[["ToOpus", Frames], None]) -> None:
        self.params = params
        self.dropped = 0
        self._deliver = deliver
        self._loop = asyncio.get_running_loop()
        self._waiting: queue.Queue[Packet | None] = queue.Queue(_MOST_WAITING)
        self._thread = threading.Thread(target=self._run, name="aac-to-opus", daemon=True)
        self._thread.start()

    def feed(self, packet: Packet) -> None:
        """Queue a packet; never blocks."""
        try:
            self._waiting.put_nowait(packet)
        except queue.Full:
            self.dropped += 1

    def close(self) -> None:
        """Stop the thread after its queued packets."""
        while True:
            try:
                self._waiting.put_nowait(None)
            except queue.Full:
                self._waiting.get_nowait()
            else:
                return

    def _run(self) -> None:
        transcoder = OpusTranscoder(self.params)
        while (packet := self._waiting.get()) is not None:
            try:
                frames = list(transcoder.transcode(packet))
            except (av.FFmpegError, ValueError) as error:
                log.info("sound_skipped", error=str(error)[:200])
                continue
            if frames:
                try:
                    self._loop.call_soon_threadsafe(self._deliver, self, frames)
                except RuntimeError:
                    return  # the loop has closed


class OpusTranscoder:
    """Decodes AAC and encodes Opus, on the input's clock."""

    def __init__(self, params: AudioParams) -> None:
        decoder = av.CodecContext.create("aac", "r")
        decoder.extradata = params.extradata
        decoder.sample_rate = params.sample_rate
        self._decoder: AudioCodecContext = decoder
        self._layout = "mono" if params.channels == 1 else "stereo"
        self._encoder = self._new_encoder()
        self._resampler = self._new_resampler()
        self._next: int | None = None  # the encoder's next sample, since the epoch
        self._taken = 0  # samples in the resampler

    def _new_encoder(self) -> AudioCodecContext:
        encoder = av.CodecContext.create("libopus", "w")
        encoder.sample_rate, encoder.layout, encoder.format = _RATE, self._layout, "s16"
        encoder.bit_rate = _BIT_RATES[1 if self._layout == "mono" else 2]
        encoder.time_base = Fraction(1, _RATE)
        encoder.options = {"application": "audio", "frame_duration": "20", "vbr": "on"}
        encoder.open()
        return encoder

    def _new_resampler(self) -> AudioResampler:
        return AudioResampler("s16", self._layout, _RATE, frame_size=_FRAME)

    def transcode(self, packet: Packet) -> Iterator[tuple[int, bytes]]:
        """Yield the Opus frames that a packet completes, with their start times."""
        encoded = av.Packet(bytes(packet.data))
        at = packet.pts_us
        for sound in self._decoder.decode(encoded):
            self._follow(at)
            at += sound.samples * 1_000_000 // sound.sample_rate
            self._taken += round(sound.samples * _RATE / sound.sample_rate)
            sound.pts = None
            for frame in self._resampler.resample(sound):
                frame.pts, frame.time_base = self._next, Fraction(1, _RATE)
                self._next = (self._next or 0) + frame.samples
                self._taken -= frame.samples
                for opus in self._encoder.encode(frame):
                    yield (opus.pts or 0) * 1_000_000 // _RATE, bytes(opus)

    def _follow(self, pts_us: int) -> None:
        """Follow the stream's clock: after a gap or a step, restart there."""
        sample = pts_us * _RATE // 1_000_000
        ahead = None if self._next is None else self._next + self._taken - sample
        if ahead is None or abs(ahead) > _GAP_US * _RATE // 1_000_000:
            self._encoder = self._new_encoder()
            self._resampler = self._new_resampler()
            self._next, self._taken = sample, 0
