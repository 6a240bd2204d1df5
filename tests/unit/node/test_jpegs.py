"""Cameras that send JPEG images over HTTP, at the rate at which they send them."""

import io
import threading
from collections.abc import Iterator

import pytest
from PIL import Image

from domain.live.wire import Status
from media_server.ingest.demux import Reader
from media_server.ingest.jpegs import POLL_S, JpegSource, JpegSplitter, are_sent
from media_server.ingest.opened import Opened
from media_server.ingest.reasons import SourceError
from media_server.media.packet import Header, Packet
from media_server.media.timeline import Timeline

NOW = 1_790_000_000_000_000
S = 1_000_000


def jpeg(shade: int = 90, **options: bool) -> bytes:
    """Return an image whose EXIF data contains another one."""
    preview, out = io.BytesIO(), io.BytesIO()
    image = Image.effect_noise((64, 48), shade).convert("RGB")
    image.resize((16, 12)).save(preview, "JPEG")
    exif = b"Exif\0\0" + preview.getvalue()
    image.save(out, "JPEG", exif=exif, **options)
    return out.getvalue()


def multipart(*images: bytes) -> bytes:
    """Return a body as small cameras write it: without lengths, boundaries as they like."""
    return b"".join(b"\r\n--x\r\nContent-Type: image/jpeg\r\n\r\n" + each for each in images)


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_images_are_found_however_their_bytes_arrive(size: int) -> None:
    images = [jpeg(20), jpeg(60, progressive=True), jpeg(90)]
    body = b"noise" + multipart(*images)
    splitter = JpegSplitter()
    pieces = (body[at : at + size] for at in range(0, len(body), size))
    assert [each for piece in pieces for each in splitter.feed(piece)] == images


@pytest.mark.parametrize("length", range(4))
def test_an_image_is_complete_with_its_last_byte(length: int) -> None:
    image = b"\xff\xd8\xff\xda\0\2" + bytes(length) + b"\xff\xd9"
    splitter = JpegSplitter()
    found = [[*splitter.feed(bytes([each]))] for each in image]
    assert found == [[]] * (len(image) - 1) + [[image]]


def test_an_image_that_was_cut_off_takes_only_itself_along() -> None:
    first, second, third = jpeg(20), jpeg(60), jpeg(90)
    body = multipart(first[: len(first) * 2 // 3], second, b"\xff\xd8\xff\0no image", third)
    assert [*JpegSplitter().feed(body)] == [second, third]


def test_an_endless_body_without_an_image_is_refused() -> None:
    splitter = JpegSplitter()
    assert [*splitter.feed(bytes(64 * S))] == []  # nothing of it is kept
    with pytest.raises(SourceError, match="too large"):
        [*splitter.feed(b"\xff\xd8\xff\xda\0\2" + bytes(64 * S))]


@pytest.mark.parametrize(
    ("content_type", "start", "are"),
    [
        ("multipart/x-mixed-replace", b"", True),
        ("image/jpeg", b"", True),
        ("text/html", b"\xff\xd8\xff\xe0", True),
        ("", multipart(b""), True),
        ("application/octet-stream", b"--x\nX-A: b\nContent-type: image/jpg", True),
        ("video/mp2t", b"\x47\x40", False),
        ("", b"#EXTM3U\n", False),
    ],
)
def test_they_are_told_apart(content_type: str, start: bytes, are: bool) -> None:  # noqa: FBT001
    assert are_sent(content_type, start) is are


class Camera:
    """Sends images at instants of its own clock; what is read then has that time."""

    def __init__(self, *bodies: list[tuple[float, bytes]]) -> None:
        self.now_us = NOW
        self.waited: list[float] = []
        self._bodies = iter(bodies)

    def open(self) -> "Body":
        return Body(self, next(self._bodies, []))

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now_us += round(seconds * S)


class Body:
    """One answer."""

    def __init__(self, camera: Camera, images: list[tuple[float, bytes]]) -> None:
        self._camera = camera
        self._images: Iterator[tuple[float, bytes]] = iter(images)

    def read(self, size: int = -1) -> bytes:
        for elapsed, data in self._images:
            self._camera.now_us += round(elapsed * S)
            return data
        return b""

    def close(self) -> None:
        """Do nothing."""


class Kept:
    """A sink that keeps what it is given."""

    def __init__(self) -> None:
        self.packets: list[Packet] = []
        self.fps: set[float] = set()

    def post(self, packet: Packet, header: Header, *, discontinuity: bool = False) -> None:
        self.packets.append(packet)
        assert header.video is not None
        self.fps.add(header.video.fps)

    def report(self, status: Status, error: str | None = None) -> None:
        """Do nothing."""

    def drifts(self, percent: float) -> None:
        assert percent == 0

    def count(self, *, corrupt: int = 0, reconnects: int = 0) -> None:
        assert corrupt == 0


def pulled(camera: Camera) -> tuple[Kept, str]:
    """Pull until the camera ends."""
    source = JpegSource(camera.open(), camera.open, camera.wait)
    kept = Kept()
    reader = Reader(
        Opened(source, is_untimed=True),
        Timeline(settle_us=0),
        kept,
        threading.Event(),
        now_us=lambda: camera.now_us,
    )
    with pytest.raises(SourceError) as ended:
        reader.run()
    return kept, ended.value.message


@pytest.mark.parametrize("step", [0.2, 1 / 30, 10.0])
def test_frames_are_shown_when_they_arrive(step: float) -> None:
    image = jpeg()
    kept, why = pulled(Camera([(step, multipart(image)) for _ in range(20)]))
    times = [packet.pts_us - NOW for packet in kept.packets]
    assert times == pytest.approx([step * S * number for number in range(1, 21)], abs=20)
    assert kept.fps == {0.0}  # none is declared, so none is missing
    assert why == "The source has ended."


def test_an_image_per_request_is_a_slow_camera() -> None:
    camera = Camera(*[[(0.0, jpeg())] for _ in range(5)])
    kept, why = pulled(camera)
    assert len(kept.packets) == 5
    assert [round(each) for each in camera.waited] == [POLL_S] * 5
    assert "no JPEG" in why
