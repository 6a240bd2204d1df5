"""Converts FLV tags, as RTMP carries them, to the stream's units (FLV 10.1, Enhanced RTMP v2).

H.264, AAC and Opus pass through. Any other codec is refused by name, so that the publisher's log
says which setting to change.
"""

from typing import NoReturn

from domain.core.errors import UnsupportedMedia
from media_server.ingest import adts
from media_server.ingest.rtmp.timestamp_grid import TimestampGrid
from media_server.media.h264 import Converter, UnplayableH264
from media_server.media.packet import AudioParams, Buffer, VideoParams
from media_server.media.ticks import MICROSECONDS, SourcePacket

_KEY = 1
_H264, _AAC, _ENHANCED_SOUND = 7, 10, 9
_VIDEO_NAMES = {2: "Sorenson H.263", 3: "screen video", 4: "VP6", 5: "VP6", 12: "HEVC (H.265)"}
_SOUND_NAMES = {0: "PCM", 1: "ADPCM", 2: "MP3", 3: "PCM", 4: "Nellymoser", 5: "Nellymoser",
                6: "Nellymoser", 7: "G.711", 8: "G.711", 11: "Speex", 14: "MP3"}  # fmt: skip
_FOURCC_NAMES = {"hvc1": "HEVC (H.265)", "av01": "AV1", "vp09": "VP9", "vp08": "VP8",
                 "ac-3": "AC-3", "ec-3": "E-AC-3", ".mp3": "MP3", "fLaC": "FLAC"}  # fmt: skip
_START, _FRAMES, _END, _FRAMES_X, _METADATA = 0, 1, 2, 3, 4
_MULTITRACK, _SOUND_MULTITRACK, _MOD_EX = 6, 5, 7
# No encoder delays a frame's presentation this much: its time is damaged.
_MOST_LATE_MS = 10_000
_NOT_IN_SAMPLES = frozenset({7, 8, 9, 12})  # parameter sets, delimiters, filler


class CodecRefusedError(Exception):
    """The publisher's codec is not supported; the sentence is for the publisher."""


def _refuse_video(name: str) -> NoReturn:
    raise CodecRefusedError(f"{name} video is not supported over RTMP. Set the encoder to H.264.")


def _refuse_sound(name: str) -> NoReturn:
    raise CodecRefusedError(
        f"{name} audio is not supported over RTMP. Set the encoder to AAC, mono or stereo."
    )


class VideoTags:
    """The video of one publisher."""

    def __init__(self) -> None:
        self._converter: Converter | None = None
        self._declared = b""
        self._grid = TimestampGrid()
        self._fps = 0.0

    @property
    def params(self) -> VideoParams | None:
        """The parameter sets in use."""
        return self._converter.params if self._converter else None

    def set_rate(self, fps: float) -> None:
        """Set the frame rate that the publisher declares."""
        if 0 < fps < 250:
            self._fps = fps
            self._grid = TimestampGrid(1e6 / fps)

    def take(self, body: bytearray, ms: int) -> SourcePacket | None:
        """Return a tag's unit, if it has one.

        Raises:
            CodecRefusedError: It has another codec.
            UnsupportedMedia: It is damaged.
        """
        if len(body) < 5:
            return None  # an empty tag, which some send as a keep-alive
        kind, at = body[1], 5
        if body[0] & 0x80:
            kind, at = self._enhanced(body)
        elif body[0] & 15 != _H264:
            _refuse_video(_VIDEO_NAMES.get(body[0] & 15, f"codec {body[0] & 15}"))
        if body[0] >> 4 & 7 == 5:
            return None  # a player command, not a frame
        if kind == _START:
            self._begin(bytes(body[at:]))
        if kind not in {_FRAMES, _FRAMES_X} or self._converter is None:
            return None
        return self._unit(body, at, ms, _late_ms(body, at) if kind == _FRAMES else 0)

    @staticmethod
    def _enhanced(body: bytearray) -> tuple[int, int]:
        """Return an enhanced tag's type, and where its data begins."""
        kind = body[0] & 15
        if kind in {_MULTITRACK, _MOD_EX}:
            _refuse_video("several tracks")
        name = bytes(body[1:5]).decode("latin-1")
        if name != "avc1":
            _refuse_video(_FOURCC_NAMES.get(name, repr(name)))
        return kind, 8 if kind == _FRAMES else 5

    def _begin(self, declared: bytes) -> None:
        if declared == self._declared and self._converter is not None:
            return
        try:
            if self._converter is None:
                self._converter = Converter(declared, fps=self._fps or None)
            else:
                self._converter.declare(declared)
        except UnsupportedMedia as error:
            raise CodecRefusedError(error.message) from error
        self._declared = declared

    def _unit(self, body: bytearray, at: int, ms: int, late: int) -> SourcePacket:
        assert self._converter is not None  # noqa: S101 (the caller looked)
        view = memoryview(body)[at:]
        data: Buffer = view
        # Everybody sends a length size of 4; the converter handles the others.
        kinds = _kinds(view) if self._declared[4] & 3 == 3 else []
        is_key = 5 in kinds
        is_usual = bool(kinds) and (body[0] >> 4 & 7 != _KEY or is_key)
        is_usual = is_usual and _NOT_IN_SAMPLES.isdisjoint(kinds)
        if not is_usual or self._converter.has_changed:
            data, is_key = self._converted(view)
        dts = self._grid.place(ms)
        pts = dts + self._grid.offset(late)
        return SourcePacket("video", pts, dts, self._grid.duration_us, MICROSECONDS, is_key, data)

    def _converted(self, view: memoryview) -> tuple[bytes, bool]:
        assert self._converter is not None  # noqa: S101 (the caller looked)
        try:
            return self._converter.convert(view)
        except UnplayableH264 as error:
            raise CodecRefusedError(error.message) from error


def _late_ms(body: bytearray, at: int) -> int:
    """Return a frame's composition offset in milliseconds (FLV 10.1, E.4.3.1).

    Raises:
        UnsupportedMedia: It is implausible.
    """
    late = int.from_bytes(body[at - 3 : at], "big", signed=True)
    if abs(late) > _MOST_LATE_MS:
        raise UnsupportedMedia(
            f"A frame's presentation time is {late / 1000:.0f} s after its decode time. Check "
            "the encoder."
        )
    return late


def _kinds(data: memoryview) -> list[int]:
    """Return the types of the NAL units in a sample; empty if it is malformed."""
    kinds, at, end = [], 0, len(data)
    while at + 4 < end:
        kinds.append(data[at + 4] & 31)
        at += 4 + int.from_bytes(data[at : at + 4], "big")
    return kinds if at == end else []


class SoundTags:
    """The audio of one publisher."""

    def __init__(self) -> None:
        self.params: AudioParams | None = None
        self._grid = TimestampGrid()

    def take(self, body: bytearray, ms: int) -> SourcePacket | None:
        """Return a tag's unit, if it has one.

        Raises:
            CodecRefusedError: It has another codec.
            UnsupportedMedia: It is damaged.
        """
        if len(body) < 3:
            return None
        form = body[0] >> 4
        if form == _AAC:
            return self._aac(body, 2, body[1], ms)
        if form != _ENHANCED_SOUND:
            _refuse_sound(_SOUND_NAMES.get(form, f"codec {form}"))
        return self._enhanced(body, ms)

    def _enhanced(self, body: bytearray, ms: int) -> SourcePacket | None:
        kind, name = body[0] & 15, bytes(body[1:5]).decode("latin-1")
        if kind in {_SOUND_MULTITRACK, _MOD_EX}:
            _refuse_sound("several tracks")
        if name == "mp4a":
            return self._aac(body, 5, kind, ms)
        if name != "Opus":
            _refuse_sound(_FOURCC_NAMES.get(name, repr(name)))
        if kind == _START:
            self._begin_opus(bytes(body[5:]))
        if kind != _FRAMES or self.params is None or len(body) == 5:
            return None
        us, data = ms * 1000, memoryview(body)[5:]
        return SourcePacket("audio", us, us, None, MICROSECONDS, is_key=True, data=data)

    def _begin_opus(self, head: bytes) -> None:
        if len(head) < 19 or not head.startswith(b"OpusHead"):
            raise UnsupportedMedia("The audio's header is damaged (OpusHead).")
        if head[9] > 2:
            _refuse_sound(f"Opus with {head[9]} channels")
        self.params = AudioParams(codec="opus", extradata=head, sample_rate=48000, channels=head[9])

    def _aac(self, body: bytearray, at: int, kind: int, ms: int) -> SourcePacket | None:
        if kind == _START:
            self._begin_aac(bytes(body[at:]))
        if kind != _FRAMES or self.params is None or len(body) == at:
            return None
        us = self._grid.place(ms)
        duration = self._grid.duration_us
        data = memoryview(body)[at:]
        return SourcePacket("audio", us, us, duration, MICROSECONDS, is_key=True, data=data)

    def _begin_aac(self, config: bytes) -> None:
        if self.params is not None and self.params.extradata == config:
            return
        channels = config[1] >> 3 & 15 if len(config) > 1 and _has_usual_rate(config) else 0
        if channels > 2:
            _refuse_sound(f"AAC with {channels} channels")
        self.params = adts.params_of(config)
        self._grid = TimestampGrid(1024e6 / self.params.sample_rate)


def _has_usual_rate(config: bytes) -> bool:
    return (config[0] & 7) << 1 | config[1] >> 7 != 15
