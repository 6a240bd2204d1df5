"""Fetches an HLS video (RFC 8216): its best rendition, every request guarded and within budget."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import m3u8

from domain.core.errors import BadInput, TooLarge, Unavailable, UnsupportedMedia
from domain.infra.http.safe_http import FetchedBody, SafeFetcher

_PLAYLIST_BYTES: Final = 5 * 1024 * 1024
_PIECE: Final = 1024 * 1024
_TALLEST: Final = 1080
_MOST_SEGMENTS: Final = 20_000
_OPEN: Final = frozenset({None, "NONE"})


@dataclass
class Budget:
    """What is left of the bytes and the time that one video may take."""

    fetcher: SafeFetcher
    bytes_left: int
    ends_at: float
    report: Callable[[float], None] = field(default=lambda _fraction: None)

    def open(self, url: str) -> FetchedBody:
        """Request an address."""
        return self.fetcher.open_sync(url, max_bytes=self.bytes_left, total_s=self._left_s())

    def text(self, url: str) -> tuple[str, str]:
        """Return the address after redirects, and a playlist's text."""
        limit = min(_PLAYLIST_BYTES, self.bytes_left)
        with self.fetcher.open_sync(url, max_bytes=limit, total_s=self._left_s()) as body:
            return body.url, body.read().decode(errors="replace")

    def append(self, url: str, byte_range: tuple[int, int] | None, path: Path) -> None:
        """Append what is at an address to a file."""
        limits = {"max_bytes": self.bytes_left, "total_s": self._left_s()}
        with (
            self.fetcher.open_sync(url, byte_range=byte_range, **limits) as body,  # type: ignore[arg-type]
            path.open("ab") as file,
        ):
            if byte_range is not None and body.status != 206:
                raise UnsupportedMedia("The server does not send parts of its files.")
            while piece := body.read(_PIECE):
                self.bytes_left -= len(piece)
                file.write(piece)
        if self.bytes_left <= 0:
            raise TooLarge("The video is larger than the limit. Use a smaller one.")

    def _left_s(self) -> float:
        left = self.ends_at - time.monotonic()
        if left <= 0:
            raise Unavailable("Fetching the video took too long. Try again later.")
        return left


def fetch(budget: Budget, url: str, folder: Path) -> list[Path]:
    """Write a video's tracks to files: the video with its audio, or the two apart.

    Raises:
        BadInput: It is live, or no playlist. UnsupportedMedia: It is encrypted.
        TooLarge, Unavailable: The budget is used up, or the server fails.
    """
    playlist = _load(budget, url)
    addresses = [url]
    if playlist.is_variant:
        addresses = _choose(playlist)
    paths = []
    for number, address in enumerate(addresses):
        path = folder / f"track{number}"
        _fetch_track(budget, address, path)
        paths.append(path)
    return paths


def _load(budget: Budget, url: str) -> m3u8.M3U8:
    found_at, text = budget.text(url)
    if not text.lstrip("\ufeff \r\n").startswith("#EXTM3U"):
        raise BadInput("This address leads to no video and no playlist.", code="not_a_video")
    try:
        return m3u8.loads(text, uri=found_at)
    except (ValueError, KeyError, IndexError, AttributeError) as error:
        raise UnsupportedMedia("The playlist (HLS) cannot be read.") from error


def _choose(playlist: m3u8.M3U8) -> list[str]:
    """Return the addresses of the best rendition that is not needlessly large, and of its audio."""
    if not playlist.playlists:
        raise UnsupportedMedia("The playlist (HLS) is empty.")

    def rank(variant: m3u8.Playlist) -> tuple[bool, int]:
        info = variant.stream_info
        height = info.resolution[1] if info.resolution else 0
        return height <= _TALLEST, info.bandwidth or 0

    best = max(playlist.playlists, key=rank)
    addresses = [best.absolute_uri]
    group = best.stream_info.audio
    sounds = [m for m in playlist.media if m.type == "AUDIO" and m.group_id == group and m.uri]
    if group and sounds:
        addresses.append(max(sounds, key=lambda m: m.default == "YES").absolute_uri)
    return addresses


def _fetch_track(budget: Budget, url: str, path: Path) -> None:
    playlist = _load(budget, url)
    segments = playlist.segments
    if playlist.is_variant or not segments or len(segments) > _MOST_SEGMENTS:
        raise UnsupportedMedia("The playlist (HLS) cannot be read.")
    if not playlist.is_endlist:
        raise BadInput("This is a live stream. Add it as a stream, and clip what you need.")
    initial = None
    for number, segment in enumerate(segments):
        if segment.key is not None and segment.key.method not in _OPEN:
            raise UnsupportedMedia(
                "The video is encrypted and cannot be fetched. Use an unprotected copy."
            )
        section = segment.init_section
        if section is not None and section != initial:
            budget.append(section.absolute_uri, _range(section.byterange), path)
            initial = section
        budget.append(segment.absolute_uri, _range(segment.byterange), path)
        budget.report((number + 1) / len(segments))


def _range(text: str | None) -> tuple[int, int] | None:
    """Return a byte range, `length@start`, as [start, stop)."""
    if not text:
        return None
    length, at, start = text.partition("@")
    if not at:
        raise UnsupportedMedia("The playlist (HLS) cannot be read: a byte range has no start.")
    return int(start), int(start) + int(length)
