"""The audio track of a pulled source: AAC and Opus pass through, anything else becomes AAC."""

from collections.abc import Iterator
from fractions import Fraction

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream

from media_server.ingest import adts
from media_server.ingest.unit import AvPacket, Track, Unit
from media_server.media.packet import AudioParams

_FRAME = 1024
_GAP_S = 0.1
_OPUS_RATE = 48000


def audio_track(stream: AudioStream) -> Track[AudioParams]:
    """Return the track for a source's stream."""
    context = stream.codec_context
    if context.name.startswith("aac") and context.name != "aac_latm":
        line = PassedAac(stream)
        # Without a rate nothing is known yet; downmix more than stereo for browsers.
        return line if context.channels <= 2 else TranscodedAudio(stream)
    if "opus" in context.name and context.extradata and context.channels <= 2:
        return PassedOpus(stream)
    return TranscodedAudio(stream)


class PassedAac:
    """AAC, raw or in ADTS."""

    def __init__(self, stream: AudioStream) -> None:
        self._time_base = stream.time_base or Fraction(1, 90000)
        self.params: AudioParams | None = None
        if stream.codec_context.extradata:
            self.params = adts.params_of(stream.codec_context.extradata)

    def feed(self, packet: AvPacket) -> Iterator[Unit]:
        """Yield the packet without its ADTS header."""
        if packet.size == 0:
            return
        data = bytes(packet)
        if adts.has_header(data):
            config, data = adts.strip(data)
            if self.params is None or self.params.extradata != config:
                self.params = adts.params_of(config)
        if self.params is None:
            return
        duration = round(Fraction(_FRAME, self.params.sample_rate) / self._time_base)
        yield Unit(
            "audio", packet.pts, packet.dts, duration, self._time_base, is_key=True, data=data
        )


class PassedOpus:
    """Opus with its OpusHead."""

    def __init__(self, stream: AudioStream) -> None:
        self._time_base = stream.time_base or Fraction(1, _OPUS_RATE)
        self.params: AudioParams | None = AudioParams(
            codec="opus",
            extradata=stream.codec_context.extradata or b"",
            sample_rate=_OPUS_RATE,
            channels=stream.codec_context.channels,
        )

    def feed(self, packet: AvPacket) -> Iterator[Unit]:
        """Yield the packet."""
        if packet.size == 0:
            return
        duration = packet.duration or round(Fraction(1, 50) / self._time_base)
        data = bytes(packet)
        yield Unit(
            "audio", packet.pts, packet.dts, duration, self._time_base, is_key=True, data=data
        )


class TranscodedAudio:
    """Any audio as AAC: speech rates become 16 kHz, all others 48 kHz; at most stereo."""

    def __init__(self, stream: AudioStream) -> None:
        self._decoder = stream.codec_context
        self._time_base = stream.time_base or Fraction(1, 90000)
        self._rate = 16000 if 0 < self._decoder.sample_rate <= 16000 else 48000
        self._layout = "mono" if self._decoder.channels == 1 else "stereo"
        self._clock = Fraction(1, self._rate)
        self._encoder = self._open_encoder()
        self._resampler = self._new_resampler()
        self._next: int | None = None  # start of the encoder's next frame, on our clock
        self._taken = 0  # samples in the resampler since its start
        self.params: AudioParams | None = AudioParams(
            codec="aac",
            extradata=self._encoder.extradata or b"",
            sample_rate=self._rate,
            channels=1 if self._layout == "mono" else 2,
        )

    def _open_encoder(self) -> AudioCodecContext:
        encoder = av.CodecContext.create("aac", "w")
        encoder.sample_rate, encoder.layout, encoder.format = self._rate, self._layout, "fltp"
        encoder.bit_rate = 32000 if self._rate == 16000 else 128000
        encoder.time_base = self._clock
        encoder.open()
        return encoder

    def _new_resampler(self) -> AudioResampler:
        return AudioResampler("fltp", self._layout, self._rate, frame_size=_FRAME)

    def feed(self, packet: AvPacket) -> Iterator[Unit]:
        """Yield the encoded frames that a packet completes."""
        for sound in self._decoder.decode(packet):
            yield from self._encode(sound)

    def _encode(self, sound: av.AudioFrame) -> Iterator[Unit]:
        if sound.pts is not None:
            self._follow(round(sound.pts * (sound.time_base or self._time_base) / self._clock))
        self._taken += round(sound.samples * self._rate / sound.sample_rate)
        sound.pts = None
        for frame in self._resampler.resample(sound):
            frame.pts, frame.time_base = self._next, self._clock
            self._next = (self._next or 0) + frame.samples
            self._taken -= frame.samples
            for packet in self._encoder.encode(frame):
                pts = packet.pts or 0
                yield Unit("audio", pts, pts, _FRAME, self._clock, is_key=True, data=bytes(packet))

    def _follow(self, pts: int) -> None:
        """Follow the source's clock: after a gap or a step, restart there."""
        if self._next is None or abs(self._next + self._taken - pts) > _GAP_S * self._rate:
            if self._next is not None and pts < self._next:
                self._encoder = self._open_encoder()  # an encoder's time never decreases
            self._resampler = self._new_resampler()
            self._next, self._taken = pts, 0
