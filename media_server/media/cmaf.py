"""Init sections and fragments of LL-HLS (ISO 14496-12, 8.8; CMAF, ISO 23000-19).

Composition offsets are signed: decode times are shifted so that a section's keyframes decode at
their presentation time. So a segment's base decode time is the time of its first frame, which
players match with `EXT-X-PROGRAM-DATE-TIME`.
"""

import struct
from dataclasses import dataclass

import numpy as np

from media_server.media.boxes import (
    AUDIO_ID,
    VIDEO_ID,
    VIDEO_TIMESCALE,
    audio_entry,
    avc1,
    box,
    full_box,
    mdia,
    mvhd,
    tkhd,
)
from media_server.media.h264 import codec_string
from media_server.media.packet import AudioParams, Buffer, Header, VideoParams
from media_server.media.run import Run
from media_server.media.sound import nominal_samples, timescale
from media_server.media.tables import to_ticks

_FTYP = box(b"ftyp", b"iso6", struct.pack(">I", 1), b"iso6cmfcmp41")
_KEY, _DELTA, _SOUND = 0x02000000, 0x01010000, 0x02000000
_BASE_IS_MOOF = 0x020000
_TRUN_VIDEO = 0x000F01  # offset; duration, size, flags and composition offset of each sample
_TRUN_AUDIO = 0x000301


@dataclass(frozen=True, slots=True)
class Fragment:
    """The contents of one moof and its mdat.

    Times in the fragment count from `origin_us`; video decode times are moved by `shift_us`;
    `end_dts_us` is the decode time after the last video packet.
    """

    sequence: int
    origin_us: int
    shift_us: int
    end_dts_us: int
    video: Run | None
    audio: Run | None
    audio_params: AudioParams | None


def init_section(header: Header) -> bytes:
    """Return the init section of a header: its tracks, without samples."""
    traks, extends = [], []
    if header.video is not None:
        traks.append(_trak(VIDEO_ID, VIDEO_TIMESCALE, avc1(header.video), header.video))
        extends.append(_trex(VIDEO_ID))
    if header.audio is not None:
        rate = timescale(header.audio)
        traks.append(_trak(AUDIO_ID, rate, audio_entry(header.audio)))
        extends.append(_trex(AUDIO_ID))
    return _FTYP + box(b"moov", mvhd(0), *traks, box(b"mvex", *extends))


def _trak(track_id: int, scale: int, entry: bytes, video: VideoParams | None = None) -> bytes:
    nothing = struct.pack(">I", 0)
    stbl = box(
        b"stbl",
        full_box(b"stsd", struct.pack(">I", 1), entry),
        full_box(b"stts", nothing),
        full_box(b"stsc", nothing),
        full_box(b"stsz", nothing, nothing),
        full_box(b"stco", nothing),
    )
    media = mdia(scale, 0, stbl, is_video=track_id == VIDEO_ID)
    return box(b"trak", tkhd(track_id, 0, video), media)


def _trex(track_id: int) -> bytes:
    return full_box(b"trex", struct.pack(">IIIII", track_id, 1, 0, 0, 0))


def fragment(content: Fragment) -> list[Buffer]:
    """Return a fragment as buffers, without copying the packets' bytes."""
    trafs: list[tuple[bytes, bytes, int, bytes]] = []
    payload: list[Buffer] = []
    if content.video is not None:
        trafs.append(_video_traf(content, content.video))
        payload += content.video.buffers
    if content.audio is not None and content.audio_params is not None:
        trafs.append(_audio_traf(content, content.audio, content.audio_params))
        payload += content.audio.buffers
    size = sum(item[2] for item in trafs)
    head = full_box(b"mfhd", struct.pack(">I", content.sequence & 0xFFFFFFFF))
    # A trun is its box header, version and flags, count, data offset and rows.
    moof_size = 8 + len(head) + sum(8 + len(front) + 20 + len(rows) for front, _, _, rows in trafs)
    offset = moof_size + 8
    boxes = []
    for front, trun, length, rows in trafs:
        run = box(b"trun", trun + struct.pack(">i", offset) + rows)
        boxes.append(box(b"traf", front, run))
        offset += length
    moof = box(b"moof", head, *boxes)
    return [moof + struct.pack(">I4s", size + 8, b"mdat"), *payload]


def _front(track_id: int, time: int, *, default_flags: int | None = None) -> bytes:
    flags = _BASE_IS_MOOF | (0x20 if default_flags is not None else 0)
    extra = b"" if default_flags is None else struct.pack(">I", default_flags)
    tfhd = full_box(b"tfhd", struct.pack(">I", track_id), extra, flags=flags)
    return tfhd + full_box(b"tfdt", struct.pack(">Q", max(0, time)), version=1)


def _video_traf(content: Fragment, run: Run) -> tuple[bytes, bytes, int, bytes]:
    moved = content.shift_us - content.origin_us
    edges = to_ticks(np.append(run.dts_us, max(content.end_dts_us, run.dts_us[-1])) + moved)
    rows = np.empty((len(run), 4), ">i4")
    rows[:, 0] = np.diff(edges)
    rows[:, 1] = run.size
    rows[:, 2] = np.where(run.is_key, _KEY, _DELTA)
    rows[:, 3] = to_ticks(run.pts_us - content.origin_us) - edges[:-1]
    trun = struct.pack(">II", 1 << 24 | _TRUN_VIDEO, len(run))
    return _front(VIDEO_ID, int(edges[0])), trun, run.byte_size, rows.tobytes()


def _audio_traf(
    content: Fragment, run: Run, params: AudioParams
) -> tuple[bytes, bytes, int, bytes]:
    rate = timescale(params)
    times = ((run.pts_us - content.origin_us) * rate + 500_000) // 1_000_000
    nominal = nominal_samples(run, params)
    rows = np.empty((len(run), 2), ">i4")
    rows[:, 0] = np.append(np.maximum(1, np.diff(times)), nominal[-1])
    rows[:, 1] = run.size
    trun = struct.pack(">II", _TRUN_AUDIO, len(run))
    front = _front(AUDIO_ID, int(times[0]), default_flags=_SOUND)
    return front, trun, run.byte_size, rows.tobytes()


def codecs(header: Header) -> str:
    """Return the value of a CODECS attribute (RFC 6381)."""
    names = []
    if header.video is not None:
        names.append(codec_string(header.video.extradata))
    if header.audio is not None and header.audio.codec == "opus":
        names.append("opus")
    elif header.audio is not None:
        config = header.audio.extradata
        kind = config[0] >> 3 if config else 2
        names.append(f"mp4a.40.{kind if kind != 31 else 2}")
    return ",".join(names)
