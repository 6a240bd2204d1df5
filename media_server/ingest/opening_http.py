"""Opens what an http(s) URL leads to; libav fetches everything through the guarded client."""

import io
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

import av
from av.container import InputContainer

from media_server.ingest.byte_reader import ByteReader
from media_server.ingest.hls import choose
from media_server.ingest.http_io import HttpOpener
from media_server.ingest.jpegs import JpegSource, are_sent
from media_server.ingest.nested import Nested
from media_server.ingest.opened import STALL_S, Demuxed, Merged, Opened
from media_server.ingest.read_ahead import read_ahead
from media_server.ingest.reasons import SourceError

OPEN_S: Final = 10.0
FORMATS: Final = (
    "mpegts,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,flv,live_flv,avi,ogg,wav,mp3,aac,flac,"
    "h264,hevc,mpeg,mpegvideo,mjpeg,mpjpeg,ac3,mpegtsraw,mxf"
)
COMMON: Final = {
    "format_whitelist": FORMATS,
    "analyzeduration": "3000000",
    "probesize": "3000000",
    "fflags": "+genpts",
}
_HLS: Final = COMMON | {
    "format_whitelist": f"hls,{FORMATS}",
    "http_persistent": "0",
    "http_seekable": "0",
    "extension_picky": "0",
    "allowed_extensions": "ALL",
    "max_reload": "30",
    "seg_max_retry": "2",
}
_SEGMENT_S: Final = 60.0  # between segments nothing is read
_ENDED: Final = b"#EXT-X-ENDLIST"
_MOST_PLAYLIST_BYTES: Final = 8 * 1024 * 1024


@contextmanager
def opened_http(url: str, http: HttpOpener) -> Iterator[Opened]:
    """Open media, a playlist of it, or JPEG images.

    Raises:
        SourceError: It is not available.
        av.FFmpegError: It cannot be opened.
    """
    http.deadline = time.monotonic() + OPEN_S
    with ExitStack() as stack:
        stack.callback(http.close)
        body = http.open(url)
        start = body.read(4096)
        final, content_type, is_live = http.final_url, http.content_type, http.size is None
        first = _First(start, body)
        if are_sent(content_type, start):
            images = JpegSource(first, lambda: http.open(url), http.stopped.wait)
            yield Opened(images, http=http, is_untimed=True)
            return
        if content_type.startswith("image/"):
            raise SourceError(
                f"The URL is an image of type {content_type}. Only JPEG images can be pulled.",
                kind="unsupported",
            )
        if start.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"#EXTM3U"):
            source, is_live = _hls(stack, final, _text_of(first), http)
            patience_s = _SEGMENT_S
        else:
            demuxed = Demuxed(stack.enter_context(_container(final, first, http)), is_live=is_live)
            if demuxed.is_untimed:
                yield Opened(demuxed, http=http, is_untimed=True)
                return
            source, patience_s = Merged(demuxed), STALL_S
        if is_live:
            yield Opened(stack.enter_context(read_ahead(source, http, patience_s)), http=http)
        else:
            yield Opened(source, http=http, is_paced=True)


def _hls(stack: ExitStack, url: str, text: bytes, http: HttpOpener) -> tuple[Merged, bool]:
    """Open a playlist, or those chosen of a multivariant one; return also whether it is live."""
    chosen = choose(text.decode("utf-8", "replace"), url)
    if chosen is None:
        playlist = stack.enter_context(_container(url, io.BytesIO(text), http, is_hls=True))
        return Merged(Demuxed(playlist)), _ENDED not in text
    text = _text_of(http.open(chosen.video))
    video = stack.enter_context(_container(http.final_url, io.BytesIO(text), http, is_hls=True))
    if chosen.audio is None:
        return Merged(Demuxed(video)), _ENDED not in text
    body = http.open(chosen.audio)
    audio = stack.enter_context(_container(http.final_url, body, http, is_hls=True))
    return Merged(Demuxed(video, without_audio=True), Demuxed(audio)), _ENDED not in text


def _container(
    url: str, body: ByteReader, http: HttpOpener, *, is_hls: bool = False
) -> InputContainer:
    """Open a body with libav; it fetches anything else by itself, through us."""
    first = [body]

    def io_open(wanted: str, _flags: int, options: dict[str, str]) -> ByteReader:
        return first.pop() if first and wanted == url else http.open(wanted, options)

    return av.open(
        url,
        format="hls" if is_hls else None,
        options=_HLS if is_hls else COMMON,
        io_open=Nested(io_open),
        timeout=(OPEN_S, _SEGMENT_S if is_hls else STALL_S),
    )


def _text_of(body: ByteReader) -> bytes:
    """Return a whole playlist.

    Raises:
        SourceError: It is far too large.
    """
    text = bytearray()
    while data := body.read(64 * 1024):
        text += data
        if len(text) > _MOST_PLAYLIST_BYTES:
            raise SourceError("The HLS playlist is too large.", kind="unsupported")
    body.close()
    return bytes(text)


class _First:
    """A body whose beginning has been peeked at."""

    def __init__(self, start: bytes, rest: ByteReader) -> None:
        self._start, self._rest = start, rest

    def read(self, size: int = -1) -> bytes:
        if self._start:
            out = self._start if size < 0 else self._start[:size]
            self._start = self._start[len(out) :]
            return out
        return self._rest.read(size)

    def close(self) -> None:
        self._rest.close()
