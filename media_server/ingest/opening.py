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

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

import av

from media_server.ingest.http_io import HttpOpener
from media_server.ingest.nested import none_nested
from media_server.ingest.opened import STALL_S, Demuxed, Opened
from media_server.ingest.opening_http import COMMON, FORMATS, OPEN_S, opened_http
from media_server.ingest.policy import PullPolicy, host_in_url
from media_server.ingest.reasons import SourceError
from media_server.ingest.rtsp_relay import RtspRelay

_NETWORK = frozenset({"rtmp", "rtmps", "tcp", "udp"})


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
        opening = opened_http(url, http)
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


@contextmanager
def _opened_rtsp(url: str, policy: PullPolicy) -> Iterator[Opened]:
    options = COMMON | {"rtsp_transport": "tcp", "timeout": str(int(STALL_S * 1e6))}
    options |= {"protocol_whitelist": "tcp", "format_whitelist": f"rtsp,{FORMATS}"}
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
    scheme, options = parts.scheme, dict(COMMON)
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
    with file, av.open(file, "r", options=COMMON, io_open=none_nested()) as container:
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
