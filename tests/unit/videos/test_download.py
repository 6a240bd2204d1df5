"""Fetching a video: files, playlists, and what is refused, from a real server."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from domain.core.errors import BadInput, MomentsError, TooLarge, UnsupportedMedia
from domain.infra.http.safe_http import Policy, SafeFetcher
from domain.videos.download import download
from domain.videos.hls import Budget
from domain.videos.media.join import join
from domain.videos.media.probe import probe
from tests.support.films import write_segments, write_talk

PAGES: dict[str, tuple[int, dict[str, str], bytes]] = {}


class _Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, headers, body = PAGES.get(self.path, (404, {}, b""))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "chunked" not in headers.values():
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        if "chunked" in headers.values():
            body = b"%x\r\n%b\r\n" % (len(body), body) + b"0\r\n\r\n"
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    _Site.protocol_version = "HTTP/1.1"
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def fetcher() -> Iterator[SafeFetcher]:
    made = SafeFetcher(Policy.PULL, ["127.0.0.0/8"])
    yield made
    made.close()


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("talk") / "talk.mp4"
    write_talk(path)
    return path


def budget(fetcher: SafeFetcher, size: int = 10**8) -> Budget:
    return Budget(fetcher, size, time.monotonic() + 30)


def test_a_file_is_fetched_and_named(
    site: str, fetcher: SafeFetcher, talk: Path, tmp_path: Path
) -> None:
    PAGES["/a%20talk.mp4"] = (200, {"content-type": "application/octet-stream"}, talk.read_bytes())
    PAGES["/old"] = (302, {"location": "/a%20talk.mp4"}, b"")
    got = download(f"{site}/old", tmp_path, budget(fetcher))
    assert (got.file_name, got.mime_type) == ("a talk.mp4", "video/mp4")
    assert got.paths[0].read_bytes() == talk.read_bytes()


@pytest.mark.parametrize(
    ("status", "headers", "body", "wrong", "says"),
    [
        (200, {"content-type": "text/html"}, b"<html>", BadInput, "web page"),
        (200, {"content-type": "image/png"}, b"x", BadInput, "image/png"),
        (200, {"content-type": "video/mp4"}, b"", UnsupportedMedia, "empty"),
        (200, {"content-type": "video/mp4"}, bytes(5000), TooLarge, "limit"),
        (
            200,
            {"content-type": "video/mp4", "transfer-encoding": "chunked"},
            bytes(5000),
            TooLarge,
            "limit",
        ),
        (404, {}, b"", MomentsError, "404"),
    ],
    ids=["page", "picture", "empty", "declared", "without length", "missing"],
)
def test_what_is_refused_says_why(  # noqa: PLR0917 (each is one column)
    site: str,
    fetcher: SafeFetcher,
    tmp_path: Path,
    status: int,
    headers: dict[str, str],
    body: bytes,
    wrong: type[MomentsError],
    says: str,
) -> None:
    PAGES["/x"] = (status, headers, body)
    with pytest.raises(wrong, match=says):
        download(f"{site}/x", tmp_path, budget(fetcher, 4000))


def test_private_addresses_are_not_reached(site: str, fetcher: SafeFetcher, tmp_path: Path) -> None:
    public = SafeFetcher(Policy.PUBLIC_ONLY)
    with pytest.raises(BadInput, match="not a permitted address"):
        download(f"{site}/old", tmp_path, budget(public))
    public.close()
    PAGES["/inward"] = (302, {"location": "http://169.254.169.254/latest"}, b"")
    with pytest.raises(BadInput, match="not a permitted address"):
        download(f"{site}/inward", tmp_path, budget(fetcher))


def test_an_hls_video_is_fetched_at_its_best_and_becomes_an_mp4(
    site: str, fetcher: SafeFetcher, tmp_path: Path
) -> None:
    _serve_hls(tmp_path)
    PAGES["/all.m3u8"] = (
        200,
        {"content-type": "application/vnd.apple.mpegurl"},
        b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=100,RESOLUTION=320x180\nbad.m3u8\n"
        b"#EXT-X-STREAM-INF:BANDWIDTH=900,RESOLUTION=640x360\n/hls/media.m3u8\n",
    )
    got = download(f"{site}/all.m3u8", tmp_path, budget(fetcher))
    join(got.paths, tmp_path / "joined.mp4")
    facts = probe(tmp_path / "joined.mp4", tmp_path / "poster.jpg")
    assert (facts.width, facts.has_audio) == (320, True)
    assert abs(facts.duration_ms - 4000) < 150


@pytest.mark.parametrize(
    ("line", "wrong", "says"),
    [
        (b'#EXT-X-KEY:METHOD=AES-128,URI="k"\n', UnsupportedMedia, "encrypted"),
        (b"", BadInput, "live stream"),
    ],
)
def test_a_playlist_that_is_refused_says_why(
    site: str,
    fetcher: SafeFetcher,
    tmp_path: Path,
    line: bytes,
    wrong: type[MomentsError],
    says: str,
) -> None:
    end = b"#EXT-X-ENDLIST\n" if line else b""
    text = b"#EXTM3U\n#EXT-X-TARGETDURATION:4\n" + line + b"#EXTINF:4,\na.ts\n" + end
    PAGES["/one.m3u8"] = (200, {"content-type": "application/x-mpegurl"}, text)
    with pytest.raises(wrong, match=says):
        download(f"{site}/one.m3u8", tmp_path, budget(fetcher))


def _serve_hls(folder: Path) -> None:
    write_segments(folder / "hls")
    for path in (folder / "hls").iterdir():
        PAGES[f"/hls/{path.name}"] = (200, {"content-type": "video/mp2t"}, path.read_bytes())
