"""Writes a ring's selection as mp4: moov first, exact at both ends, nothing transcoded.

The file begins with the keyframe before the first requested frame. An edit list (ISO 14496-12,
8.6.6) gives each track's presentation start and duration, so players decode what is before and
after but present only the span. The columns of the selection's runs make the sample tables; the
bytes are never copied: the file is a list of buffers.

A mid-stream resolution change adds a second sample description. For players that read only the
first one, its keyframes also carry their parameter sets in band.
"""

import struct
from dataclasses import dataclass

import numpy as np

from domain.core.errors import StreamOffline
from media_server.media.boxes import (
    AUDIO_ID,
    VIDEO_ID,
    VIDEO_TIMESCALE,
    audio_entry,
    avc1,
    box,
    display_size,
    full_box,
    mdia,
    mvhd,
    tkhd,
)
from media_server.media.packet import AudioParams, Buffer, VideoParams
from media_server.media.selection import Selection
from media_server.media.sound import even, timescale
from media_server.media.span import Span, plan
from media_server.media.tables import Chunk, Table, chunk_map, offsets, stbl, to_ticks

_FTYP = box(b"ftyp", b"isom", struct.pack(">I", 512), b"isomiso2avc1mp41")


@dataclass(frozen=True, slots=True)
class ClipInfo:
    """The span that a file shows, in microseconds UTC."""

    start_us: int
    end_us: int
    width: int
    height: int
    has_video: bool
    has_audio: bool
    complete: bool
    reason: str | None
    byte_size: int

    @property
    def duration_ms(self) -> int:
        """The presented duration, to the nearest millisecond."""
        return round((self.end_us - self.start_us) / 1000)


@dataclass(frozen=True, slots=True)
class Clip:
    """A file as a list of buffers, to write or send in order, and its span."""

    buffers: list[Buffer]
    info: ClipInfo


def write(selection: Selection) -> Clip:
    """Return a selection as an mp4 file.

    Raises:
        StreamOffline: The selection has nothing to present.
        UnsupportedMedia: A header is damaged.
    """
    span = plan(selection)
    if not span.video and not span.audio:
        raise StreamOffline("There is nothing to clip in that span. Choose another one.")
    tables: list[Table] = []
    if span.video and span.video_params:
        tables.append(_video(span, span.video_params))
    if span.audio and span.audio_params:
        tables.append(_audio(span, span.audio_params))
    chunks = sorted((chunk for table in tables for chunk in table.chunks), key=lambda c: c.at_us)
    size = sum(chunk.byte_size for chunk in chunks)
    head, large = _head(tables, chunks, span, size)
    mdat = struct.pack(">I4s", 1, b"mdat") + struct.pack(">Q", size + 16)
    if not large:
        mdat = struct.pack(">I4s", size + 8, b"mdat")
    buffers: list[Buffer] = [head, mdat]
    for chunk in chunks:
        buffers.extend(chunk.buffers)
    width, height = display_size(span.video_params[0]) if span.video_params else (0, 0)
    return Clip(
        buffers,
        ClipInfo(
            start_us=span.start_us,
            end_us=span.end_us,
            width=width,
            height=height,
            has_video=bool(span.video),
            has_audio=bool(span.audio),
            complete=span.reason is None,
            reason=span.reason,
            byte_size=len(head) + len(mdat) + size,
        ),
    )


def _head(tables: list[Table], chunks: list[Chunk], span: Span, size: int) -> tuple[bytes, bool]:
    """Return ftyp and moov, and whether the file needs 64-bit offsets."""
    duration = max(table.empty + table.shown for table in tables)
    offset = 0
    for chunk in chunks:
        chunk.offset, offset = offset, offset + chunk.byte_size
    large = size > 0xFFF0_0000
    traks = [_trak(table, span, large=large) for table in tables]
    head = bytearray(_FTYP + box(b"moov", mvhd(duration), *traks))
    # Offsets count from mdat's payload until the size before it is known.
    start = len(head) + (16 if large else 8)
    for table in tables:
        relative = offsets(table.chunks, 0, large=large)
        at = head.index(relative)
        head[at : at + len(relative)] = offsets(table.chunks, start, large=large)
    return bytes(head), large


def _trak(table: Table, span: Span, *, large: bool) -> bytes:
    is_video = table.track_id == VIDEO_ID
    video = span.video_params[0] if is_video else None
    edits = [struct.pack(">IiI", table.shown, table.media_start, 0x10000)]
    if table.empty:
        edits.insert(0, struct.pack(">IiI", table.empty, -1, 0x10000))
    elst = full_box(b"elst", struct.pack(">I", len(edits)), *edits)
    where = (chunk_map(table.chunks), offsets(table.chunks, 0, large=large))
    return box(
        b"trak",
        tkhd(table.track_id, table.empty + table.shown, video),
        box(b"edts", elst),
        mdia(
            table.timescale, table.duration, box(b"stbl", *table.boxes, *where), is_video=is_video
        ),
    )


def _video(span: Span, entries: list[VideoParams]) -> Table:
    base = int(span.video[0].run.dts_us[0])
    pts = np.concatenate([item.run.pts_us for item in span.video])
    dts = to_ticks(np.concatenate([item.run.dts_us for item in span.video]) - base)
    # A frame that lasts beyond the clip's start appears when the clip starts.
    first = int(np.argmax(np.where(pts <= span.start_us, pts, -1)))
    pts[first] = max(int(pts[first]), span.start_us)
    last_duration = int(to_ticks(span.video[-1].run.duration_us[-1:])[0])
    chunks = []
    for item in span.video:
        prefix = item.prefix
        size = item.run.size
        if prefix:
            size = size.copy()
            size[0] += len(prefix)
        buffers = (prefix, *item.run.buffers) if prefix else item.run.buffers
        chunks.append(Chunk(int(item.run.dts_us[0]), item.entry, size, buffers))
    start = int(to_ticks(np.array([span.start_us - base]))[0])
    stop = int(to_ticks(np.array([span.end_us - base]))[0])
    delta = np.empty_like(dts)
    delta[:-1], delta[-1] = dts[1:] - dts[:-1], last_duration
    return Table(
        track_id=VIDEO_ID,
        timescale=VIDEO_TIMESCALE,
        duration=int(delta.sum()),
        media_start=start,
        shown=stop - start,
        empty=0,
        boxes=stbl(
            [avc1(entry) for entry in entries],
            delta,
            np.concatenate([chunk.size for chunk in chunks]),
            composition=to_ticks(pts - base) - dts,
            is_key=np.concatenate([item.run.is_key for item in span.video]),
        ),
        chunks=chunks,
    )


def _audio(span: Span, params: AudioParams) -> Table:
    rate = timescale(params)
    base = int(span.audio[0].pts_us[0])
    sounds = even(span.audio, params, base)
    delta = np.concatenate([sound.delta for sound in sounds])
    heard_from = max(span.start_us, base)
    chunks = [
        Chunk(base + sound.start * 1_000_000 // rate, 1, sound.size, sound.buffers)
        for sound in sounds
    ]
    length = int(delta.sum()) * 1_000_000 // rate
    return Table(
        track_id=AUDIO_ID,
        timescale=rate,
        duration=int(delta.sum()),
        media_start=((heard_from - base) * rate + 500_000) // 1_000_000,
        shown=_ticks(min(span.end_us, base + length) - heard_from),
        empty=_ticks(heard_from - span.start_us),
        boxes=stbl(
            [audio_entry(params)],
            delta,
            np.concatenate([sound.size for sound in sounds]),
            roll=-1 if params.codec == "aac" else -4,
        ),
        chunks=chunks,
    )


def _ticks(us: int) -> int:
    return max(0, (us * 9 + 50) // 100)
