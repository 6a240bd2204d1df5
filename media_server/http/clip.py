"""Cuts clips out of the buffer and sends them."""

import asyncio

import msgspec
from litestar import Response

from domain.core.errors import BadInput, StreamOffline, TooEarly
from domain.live.wire import META_HEADER, CutMeta, CutRequest
from media_server.media import mp4
from media_server.media.ring import Ring

# Above this many packets, building the sample tables blocks the loop too long; use a thread.
_LARGE_US = 120_000_000
# An end just past the window means the window's end.
_NEAR_US = 100_000


async def cut(ring: Ring, wanted: CutRequest) -> mp4.Clip:
    """Cut a span of the buffer.

    Raises:
        BadInput: The span is empty, or longer than the buffer.
        LeftTheBuffer, TooEarly, StreamOffline: The span is outside the window.
    """
    window = ring.window()
    if window is None:
        raise StreamOffline(
            "The stream's buffer is still empty. Try again when the stream is live."
        )
    start_us, end_us = _span(wanted, window)
    if end_us - start_us > ring.buffer_us:
        raise BadInput(
            f"A clip can be at most {ring.buffer_us // 1_000_000} s long on this "
            "stream. Choose a shorter one."
        )
    selection = ring.select(start_us, end_us)
    if end_us > window[1] + _NEAR_US:
        raise TooEarly(
            "The span ends after the newest frame. Record it instead, or choose an earlier end."
        )
    if end_us - start_us > _LARGE_US:
        return await asyncio.to_thread(mp4.write, selection)
    return mp4.write(selection)


def why_shorter(clip: mp4.Clip, wanted: CutRequest) -> str | None:
    """Return why a clip of the last milliseconds is shorter than requested, or None."""
    held_us = clip.info.end_us - clip.info.start_us
    if clip.info.reason is not None:
        return None  # the file knows better: its first milliseconds are in a gap
    if wanted.last_ms is None or held_us + _NEAR_US >= wanted.last_ms * 1000:
        return None
    return (
        "The stream's buffer does not reach back that far. The clip holds everything that was "
        "buffered."
    )


def _span(wanted: CutRequest, window: tuple[int, int]) -> tuple[int, int]:
    if wanted.last_ms is not None:
        if wanted.last_ms <= 0:
            raise BadInput("last_ms must be more than 0.")
        return max(window[0], window[1] - wanted.last_ms * 1000), window[1]
    if wanted.start_us is None or wanted.end_us is None:
        raise BadInput("Give either start_us and end_us, or last_ms.")
    return wanted.start_us, wanted.end_us


def clip_answer(clip: mp4.Clip, reason: str | None = None) -> Response[bytes]:
    """Return a clip as a response, with its actual span in the headers."""
    meta = meta_of(clip, reason)
    return Response(
        b"".join(clip.buffers),
        status_code=200,
        media_type="video/mp4",
        headers={META_HEADER: msgspec.json.encode(meta).decode()},
    )


def meta_of(clip: mp4.Clip, reason: str | None = None) -> CutMeta:
    """Return what a clip shows, and why it is shorter than requested."""
    info = clip.info
    why = reason or info.reason
    return CutMeta(
        start_us=info.start_us,
        end_us=info.end_us,
        duration_ms=info.duration_ms,
        width=info.width,
        height=info.height,
        has_video=info.has_video,
        has_audio=info.has_audio,
        complete=why is None,
        reason=why,
    )
