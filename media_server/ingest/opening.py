"""Opens a source: checks its address and confines libav to it.

- HTTP and HLS use `HttpOpener` only; libav opens nothing by itself there.
- RTSP uses `RtspRelay`, which makes the connections and checks redirects.
- Other network sources connect to the resolved, checked address, which replaces the host's name, so
  that a second DNS answer cannot lead elsewhere.
- Files must be inside the operator's folder after resolving all links, and are passed as open
  files.
- Only media demuxers are allowed, and playlist demuxers where we do the fetching: `concat`, `sdp`,
  `image2` and the like open further files and sockets.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

import av

from media_server.ingest.byte_reader import ByteReader
from media_server.ingest.http_io import HttpOpener
from media_server.ingest.jpegs import JpegSource, are_sent
from media_server.ingest.nested import Nested, none_nested
from media_server.ingest.opened import STALL_S, Demuxed, Opened
from media_server.ingest.policy import PullPolicy, host_in_url
from media_server.ingest.reasons import SourceError
from media_server.ingest.rtsp_relay import RtspRelay

OPEN_S = 10.0
_NETWORK = frozenset({"rtmp", "rtmps", "tcp", "udp"})
_FORMATS = (
    "mpegts,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,flv,live_flv,avi,ogg,wav,mp3,aac,flac,"
    "h264,hevc,mpeg,mpegvideo,mjpeg,mpjpeg,ac3,mpegtsraw,mxf"
)
_COMMON = {
    "format_whitelist": _FORMATS,
    "analyzeduration": "3000000",
    "probesize": "3000000",
    "fflags": "+genpts",
}


@contextmanager
def open_source(url: str, policy: PullPolicy, http: HttpOpener) -> Iterator[Opened]:
    """Open a source for reading.

    Args:
        url: As the user entered it.
        policy: Where pulls may connect to.
        http: The opener of this attempt; closing it from another thread ends a blocked read.

    Raises:
        SourceError: It is refused or not available; the sentence says why.
        av.FFmpegError: It cannot be opened.
    """
    parts = urlsplit(url)
    if parts.scheme in {"http", "https"}:
        opening = _opened_http(url, http)
    elif parts.scheme in {"rtsp", "rtsps"}:
        opening = _opened_rtsp(url, policy)
    elif parts.scheme in _NETWORK:
        opening = _opened_network(parts, policy)
    elif parts.scheme == "file":
        opening = _opened_file(parts, policy)
    elif parts.scheme == "srt":
        raise SourceError(
            "This build cannot pull SRT. Use RTSP, RTMP, HLS or MPEG-TS.", kind="unsupported"
        )
    else:
        raise SourceError(
            "This kind of URL cannot be pulled. Use rtsp, rtmp, http(s), tcp, udp or file.",
            kind="refused",
        )
    with opening as opened:
        yield opened


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


@contextmanager
def _opened_http(url: str, http: HttpOpener) -> Iterator[Opened]:
    http.deadline = time.monotonic() + OPEN_S
    body = http.open(url)
    start = body.read(4096)
    final = http.final_url
    first: list[_First] = [_First(start, body)]

    def io_open(wanted: str, _flags: int, options: dict[str, str]) -> ByteReader:
        return first.pop() if first and wanted == final else http.open(wanted, options)

    if are_sent(http.content_type, start):
        images = JpegSource(first.pop(), lambda: http.open(url), http.stopped.wait)
        yield Opened(images, http=http, is_untimed=True)
        return
    _refuse_still(http.content_type)
    is_live = http.size is None
    is_hls = start.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"#EXTM3U")
    options = dict(_COMMON)
    if is_hls:
        options |= {"http_persistent": "0", "http_seekable": "0", "extension_picky": "0"}
        options |= {"allowed_extensions": "ALL", "max_reload": "30", "seg_max_retry": "2"}
        options["format_whitelist"] = f"hls,{_FORMATS}"
    with av.open(
        final,
        format="hls" if is_hls else None,
        options=options,
        io_open=Nested(io_open),
        timeout=(OPEN_S, STALL_S),
    ) as container:
        source = Demuxed(container, is_live=is_live)
        yield Opened(
            source, http=http, is_paced=not source.is_untimed, is_untimed=source.is_untimed
        )


def _refuse_still(content_type: str) -> None:
    if content_type.startswith("image/"):
        raise SourceError(
            f"The URL is an image of type {content_type}. Only JPEG images can be pulled.",
            kind="unsupported",
        )


@contextmanager
def _opened_rtsp(url: str, policy: PullPolicy) -> Iterator[Opened]:
    options = _COMMON | {"rtsp_transport": "tcp", "timeout": str(int(STALL_S * 1e6))}
    options |= {"protocol_whitelist": "tcp", "format_whitelist": f"rtsp,{_FORMATS}"}
    with RtspRelay.to_camera(url, policy) as relay:
        try:
            with av.open(
                relay.url, "r", "rtsp", options, io_open=none_nested(), timeout=(OPEN_S, STALL_S)
            ) as container:
                yield Opened(Demuxed(container))
        except (av.FFmpegError, SourceError) as error:
            raise relay.reason or error from error


@contextmanager
def _opened_network(parts: SplitResult, policy: PullPolicy) -> Iterator[Opened]:
    address, port = policy.pin(parts)
    scheme, options = parts.scheme, dict(_COMMON)
    if scheme in {"rtmp", "rtmps"}:
        application = parts.path.strip("/").rpartition("/")[0] or parts.path.strip("/")
        options |= {"rtmp_live": "live", "rtmp_tcurl": f"{scheme}://{_name(parts)}/{application}"}
        options |= {"protocol_whitelist": "rtmp,rtmps,tcp,tls"}
    elif scheme == "tcp":
        options |= {"protocol_whitelist": "tcp"}
    else:
        options |= {"protocol_whitelist": "udp", "overrun_nonfatal": "1"}
    with av.open(
        _pinned_url(parts, address, port),
        format=None if scheme != "udp" else "mpegts",
        options=options,
        timeout=(OPEN_S, STALL_S),
    ) as container:
        source = Demuxed(container, is_live=True)
        yield Opened(source, is_untimed=source.is_untimed)


def _name(parts: SplitResult) -> str:
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)


def _pinned_url(parts: SplitResult, address: str, port: int) -> str:
    """Replace the host with the checked address; drop libav's own options in queries."""
    host = host_in_url(address)
    user = parts.netloc.rpartition("@")[0]
    netloc = f"{user}@{host}:{port}" if user and parts.scheme != "udp" else f"{host}:{port}"
    query = parts.query if parts.scheme in {"rtmp", "rtmps"} else ""
    return urlunsplit((parts.scheme, netloc, parts.path, query, ""))


@contextmanager
def _opened_file(parts: SplitResult, policy: PullPolicy) -> Iterator[Opened]:
    path = checked_path(unquote(parts.path), policy.folder)
    try:
        file = path.open("rb")
    except OSError as error:
        raise SourceError(
            ("The file cannot be read. Check its permissions."), kind="absent"
        ) from error
    with file, av.open(file, "r", options=_COMMON, io_open=none_nested()) as container:
        rewind = partial(container.seek, 0)
        yield Opened(Demuxed(container), is_paced=True, rewind=rewind)


def checked_path(path: str, folder: Path | None) -> Path:
    """Return the file at a path inside the operator's folder.

    Raises:
        SourceError: It is outside, or there is no such folder.
    """
    if folder is None:
        raise SourceError(
            (
                "Files cannot be pulled here because the operator has not configured a folder for "
                "them."
            ),
            kind="refused",
        )
    resolved, root = Path(path).resolve(), folder.resolve()
    if not resolved.is_relative_to(root):
        raise SourceError(
            "The file is outside the folder that the operator allows.", kind="refused"
        )
    if not resolved.is_file():
        raise SourceError("There is no such file. Check the path.", kind="absent")
    return resolved
