"""Cameras that send JPEG images over HTTP: a multipart body without end, or one image per request.

Neither has timestamps, and libav would assume 25 frames per second: an image belongs to the instant
when it arrives. Multipart headers are skipped, not read: boundaries and lengths are often wrong,
while a JPEG image says itself where it ends (ITU-T T.81, annex B).
"""

import re
import time
from collections.abc import Callable, Iterator
from typing import Final

import av

from media_server.ingest.byte_reader import ByteReader
from media_server.ingest.lines import Lines
from media_server.ingest.reasons import SourceError
from media_server.ingest.unit import AvPacket, TrackPacket
from media_server.media.ticks import MICROSECONDS
from media_server.media.transcode import TranscodedVideo

POLL_S: Final = 1.0
_TYPES: Final = frozenset({"multipart/x-mixed-replace", "image/jpeg", "image/jpg", "image/pjpeg"})
_START: Final = b"\xff\xd8\xff"
_PART: Final = re.compile(
    rb"[\r\n]*--[^\r\n]+\r?\n(?:[^\r\n]+\r?\n)*?content-type: *image/jpe?g", re.I
)
_MARKER: Final = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")  # the end of entropy-coded data
_FIRST, _SOI, _EOI, _SOS = 0xC0, 0xD8, 0xD9, 0xDA
_MOST_BYTES: Final = 32 * 1024 * 1024
_READ_BYTES: Final = 64 * 1024


def are_sent(content_type: str, start: bytes) -> bool:
    """Return whether a body consists of JPEG images, by its type or its first bytes."""
    return content_type in _TYPES or start.startswith(_START) or bool(_PART.match(start))


class JpegSplitter:
    """Finds the JPEG images in a stream of bytes."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._restart()

    def _restart(self) -> None:
        self._at = 0  # everything before is parsed; 0 while there is no image
        self._is_in_scan = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the images that some bytes complete.

        Raises:
            SourceError: There is no image in far too many bytes.
        """
        self._held += data
        while self._has_begun() and (end := self._end()) is not None:
            yield bytes(self._held[:end])
            del self._held[:end]
            self._restart()
        if len(self._held) > _MOST_BYTES:
            raise SourceError("The source sends images that are too large.", kind="unsupported")

    def _has_begun(self) -> bool:
        if self._at:
            return True
        start = self._held.find(_START)
        if start < 0:
            del self._held[: -len(_START) + 1]
            return False
        del self._held[:start]
        self._at = 2
        return True

    def _end(self) -> int | None:
        """Return where the image ends, or None if it is not complete."""
        held = self._held
        while self._at + 2 <= len(held):
            if self._is_in_scan and not self._skip_scan():
                return None
            marker = held[self._at + 1]
            if held[self._at] != 0xFF or marker < _FIRST or marker == _SOI:
                # It was cut off: look for the next one.
                del held[: self._at]
                self._restart()
                if not self._has_begun():
                    return None
            elif marker == _EOI:
                return self._at + 2
            elif marker == 0xFF:  # a fill byte
                self._at += 1
            elif self._at + 4 > len(held):
                return None
            else:
                self._is_in_scan = marker == _SOS
                self._at += 2 + int.from_bytes(held[self._at + 2 : self._at + 4], "big")
        return None

    def _skip_scan(self) -> bool:
        found = _MARKER.search(self._held, self._at)
        self._at = found.start() if found else len(self._held) - 1
        self._is_in_scan = found is None
        return found is not None


class JpegSource:
    """The images of a URL as packets, without times.

    Args:
        first: The body that has been opened.
        again: Opens the URL once more; a camera that sends one image per request is polled.
        wait: Waits for so many seconds, or until the pull is stopped.
    """

    def __init__(
        self, first: ByteReader, again: Callable[[], ByteReader], wait: Callable[[float], object]
    ) -> None:
        self._first, self._again, self._wait = first, again, wait
        decoder = av.CodecContext.create("mjpeg", "r")
        assert isinstance(decoder, av.VideoCodecContext)  # noqa: S101 (by its name)
        self._video = TranscodedVideo(decoder, MICROSECONDS)
        self.lines = Lines(video=self._video)

    def packets(self) -> Iterator[TrackPacket]:
        """Yield packets until the source ends.

        Raises:
            SourceError: It ended, or sends no JPEG image.
        """
        body = self._first
        while True:
            began, count = time.monotonic(), 0
            for jpeg in _images(body):
                count += 1
                packet: AvPacket = av.Packet(jpeg)
                packet.time_base = MICROSECONDS
                yield TrackPacket(self._video, packet)
            body.close()
            if count == 0:
                raise SourceError("The source sends no JPEG image.", kind="unsupported")
            if count > 1:
                return
            self._wait(max(0.0, began + POLL_S - time.monotonic()))
            body = self._again()


def _images(body: ByteReader) -> Iterator[bytes]:
    splitter = JpegSplitter()
    while data := body.read(_READ_BYTES):
        yield from splitter.feed(data)
