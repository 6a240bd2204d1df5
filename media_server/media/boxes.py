"""Boxes that files and init sections share (ISO 14496-12, -14, -15; Opus in ISOBMFF 0.6.8)."""

import struct
from functools import lru_cache

from media_server.media.h264 import parse_avcc
from media_server.media.packet import AudioParams, VideoParams
from media_server.media.sps import parse_sps

VIDEO_TIMESCALE = 90_000
VIDEO_ID, AUDIO_ID = 1, 2
_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
# Counter-clockwise by so many quarters: a, b, c, d of the matrix (ISO 14496-12, 8.3.2).
_TURNS = ((1, 0, 0, 1), (0, -1, 1, 0), (-1, 0, 0, -1), (0, 1, -1, 0))


def box(kind: bytes, *payload: bytes) -> bytes:
    """Return a box around its payload."""
    body = b"".join(payload)
    return struct.pack(">I4s", len(body) + 8, kind) + body


def full_box(kind: bytes, *payload: bytes, version: int = 0, flags: int = 0) -> bytes:
    """Return a box with a version and flags."""
    return box(kind, struct.pack(">I", version << 24 | flags), *payload)


@lru_cache(maxsize=64)
def pixel_aspect(params: VideoParams) -> tuple[int, int]:
    """Return the width and height of a pixel."""
    _, sps, _ = parse_avcc(params.extradata)
    return params.aspect or parse_sps(sps[0]).sar


def track_size(params: VideoParams) -> tuple[int, int]:
    """Return the size with square pixels, before it is turned upright."""
    across, down = pixel_aspect(params)
    return round(params.width * across / down), params.height


def display_size(params: VideoParams) -> tuple[int, int]:
    """Return the size with square pixels, upright."""
    width, height = track_size(params)
    return (height, width) if params.quarters % 2 else (width, height)


@lru_cache(maxsize=64)
def avc1(params: VideoParams) -> bytes:
    """Return the sample entry of an H.264 track."""
    entry = struct.pack(
        ">6xH16xHHIII H32sHh", 1, params.width, params.height, 0x480000, 0x480000, 0, 1, b"", 24, -1
    )
    extra = b""
    if (aspect := pixel_aspect(params)) != (1, 1):
        extra = box(b"pasp", struct.pack(">II", *aspect))
    return box(b"avc1", entry, box(b"avcC", params.extradata), extra)


@lru_cache(maxsize=64)
def audio_entry(params: AudioParams) -> bytes:
    """Return the sample entry of an AAC or Opus track."""
    if params.codec == "aac":
        return box(b"mp4a", _audio_fields(params), _esds(params.extradata))
    return box(b"Opus", _audio_fields(params), _dops(params))


def _audio_fields(params: AudioParams) -> bytes:
    rate = params.sample_rate if params.sample_rate < 65536 else 0
    return struct.pack(">6xH8xHHIHH", 1, params.channels, 16, 0, rate, 0)


def _descriptor(tag: int, payload: bytes) -> bytes:
    size = len(payload)
    lengths = bytes([0x80 | size >> 21 & 127, 0x80 | size >> 14 & 127, 0x80 | size >> 7 & 127])
    return bytes([tag]) + lengths + bytes([size & 127]) + payload


def _esds(config: bytes) -> bytes:
    """ISO 14496-1, 7.2.6.5: MPEG-4 audio with its AudioSpecificConfig."""
    decoder = _descriptor(4, b"\x40\x15" + bytes(11) + _descriptor(5, config))
    return full_box(b"esds", _descriptor(3, b"\0\0\0" + decoder + _descriptor(6, b"\x02")))


def _dops(params: AudioParams) -> bytes:
    """The OpusHead in ISOBMFF byte order.

    A cut starts mid-stream, so pre-skip is 0; the edit list alone trims.
    """
    head = params.extradata
    if head[:8] != b"OpusHead" or len(head) < 19:
        return box(b"dOps", struct.pack(">BBHIhB", 0, params.channels, 0, 48000, 0, 0))
    rate, gain = struct.unpack_from("<Ih", head, 12)
    return box(b"dOps", struct.pack(">BBHIh", 0, head[9], 0, rate, gain), head[18:])


def tkhd(track_id: int, duration: int, video: VideoParams | None = None) -> bytes:
    """Return the header of a video or audio track; `duration` is in the movie's timescale."""
    volume = 0 if video else 0x100
    fields = struct.pack(">IIII I8xhhhH", 0, 0, track_id, 0, duration, 0, 0, volume, 0)
    size, matrix = (0, 0), _MATRIX
    if video:
        size, matrix = track_size(video), _turned(video)
    return full_box(b"tkhd", fields, matrix, struct.pack(">II", *(n << 16 for n in size)), flags=3)


def _turned(video: VideoParams) -> bytes:
    """Return the matrix that turns a track upright and moves it back to the origin."""
    (width, height), (a, b, c, d) = track_size(video), _TURNS[video.quarters]
    x, y = max(0, -a * width, -c * height), max(0, -b * width, -d * height)
    rows = (a << 16, b << 16, 0, c << 16, d << 16, 0, x << 16, y << 16, 1 << 30)
    return struct.pack(">9i", *rows)


def mvhd(duration: int, next_id: int = 3) -> bytes:
    """Return a movie header with a timescale of 90 kHz."""
    fields = struct.pack(">IIIIIH10x", 0, 0, VIDEO_TIMESCALE, duration, 0x10000, 0x100)
    return full_box(b"mvhd", fields, _MATRIX, bytes(24), struct.pack(">I", next_id))


def mdia(timescale: int, duration: int, stbl: bytes, *, is_video: bool) -> bytes:
    """Return the media box around sample tables; `duration` is in the track's timescale."""
    kind, name = (b"vide", b"video\0") if is_video else (b"soun", b"audio\0")
    sound_header = full_box(b"smhd", bytes(4))
    media_header = full_box(b"vmhd", bytes(8), flags=1) if is_video else sound_header
    reference = full_box(b"dref", struct.pack(">I", 1), full_box(b"url ", flags=1))
    return box(
        b"mdia",
        full_box(b"mdhd", struct.pack(">IIIIHH", 0, 0, timescale, duration, 0x55C4, 0)),
        full_box(b"hdlr", struct.pack(">I4s12x", 0, kind), name),
        box(b"minf", media_header, box(b"dinf", reference), stbl),
    )
