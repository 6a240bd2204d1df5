"""Captions drawn onto frames: a few words at a time, the one being said highlighted."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Final

import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame
from PIL import Image, ImageDraw, ImageFont

_WIDTH: Final = 720
_HEIGHT: Final = 200
_TOP: Final = 880  # of 1280: above the buttons that apps lay over the lower end
_SIZE: Final = 52
_STROKE: Final = 5
_MOST_LETTERS: Final = 26
_PAUSE_MS: Final = 800
_LINGER_MS: Final = 400
_PLAIN: Final = (255, 255, 255, 255)
_BRIGHT: Final = (255, 214, 10, 255)
Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Spoken:
    """A word and its time in the clip."""

    start_ms: int
    end_ms: int
    text: str


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A caption as the planes of a frame take it: what shines through, and what is added."""

    keeps: tuple[Bytes, Bytes]  # of luma, and of chroma at half the size
    adds: tuple[Bytes, Bytes, Bytes]


class Subtitles:
    """The captions of a clip of 720 by 1280."""

    def __init__(self, words: Sequence[Spoken]) -> None:
        self._groups = grouped(words)
        self._draw = lru_cache(maxsize=4)(_drawn)

    def draw(self, frame: VideoFrame, at_ms: float) -> None:
        """Draw what is said at a time onto a writable yuv420p frame."""
        for group in self._groups:
            if group[0].start_ms <= at_ms < group[-1].end_ms + _LINGER_MS:
                said = sum(word.start_ms <= at_ms for word in group) - 1
                _blend(frame, self._draw(tuple(word.text for word in group), said))
                return


def grouped(words: Sequence[Spoken]) -> list[list[Spoken]]:
    """Return words in groups that fit on the screen, split where somebody pauses."""
    groups: list[list[Spoken]] = []
    for word in words:
        last = groups[-1] if groups else []
        letters = sum(len(each.text) + 1 for each in last) + len(word.text)
        is_pause = bool(last) and word.start_ms - last[-1].end_ms > _PAUSE_MS
        if not last or letters > _MOST_LETTERS or is_pause:
            groups.append([word])
        else:
            last.append(word)
    return groups


@lru_cache(maxsize=8)
def _font(size: int) -> ImageFont.FreeTypeFont:
    path = resources.files("domain.videos.media") / "fonts" / "DejaVuSans-Bold.ttf"
    with path.open("rb") as file:
        return ImageFont.truetype(io.BytesIO(file.read()), size)


def _drawn(words: tuple[str, ...], said: int) -> _Drawn:
    image = Image.new("RGBA", (_WIDTH, _HEIGHT), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    size = _SIZE
    while size > 16 and _length(words, size) > _WIDTH - 60:
        size -= 4
    font, x = _font(size), (_WIDTH - _length(words, size)) / 2
    for number, word in enumerate(words):
        draw.text(
            (x, _HEIGHT / 2),
            word,
            fill=_BRIGHT if number == said else _PLAIN,
            font=font,
            anchor="lm",
            stroke_width=_STROKE,
            stroke_fill=(0, 0, 0, 255),
        )
        x += font.getlength(word + " ")
    return _planes(np.asarray(image, np.float32))


def _length(words: Sequence[str], size: int) -> float:
    return _font(size).getlength(" ".join(words))


def _planes(rgba: npt.NDArray[np.float32]) -> _Drawn:
    """Convert to BT.709 with video levels, premultiplied."""
    red, green, blue = rgba[..., 0], rgba[..., 1], rgba[..., 2]
    alpha = rgba[..., 3] / np.float32(255)
    luma = 16 + 0.1826 * red + 0.6142 * green + 0.0620 * blue
    chroma_b = 128 - 0.1006 * red - 0.3386 * green + 0.4392 * blue
    chroma_r = 128 + 0.4392 * red - 0.3989 * green - 0.0403 * blue
    half = _halved(alpha)
    return _Drawn(
        (_bytes((1 - alpha) * 255), _bytes((1 - half) * 255)),
        (
            _bytes(luma * alpha),
            _bytes(_halved(chroma_b * alpha)),
            _bytes(_halved(chroma_r * alpha)),
        ),
    )


def _halved(plane: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    height, width = plane.shape
    squares = plane.reshape(height // 2, 2, width // 2, 2)
    return np.asarray(squares.mean(axis=(1, 3)), np.float32)


def _bytes(plane: npt.NDArray[np.float32]) -> Bytes:
    return np.clip(np.rint(plane), 0, 255).astype(np.uint8)


def _blend(frame: VideoFrame, drawn: _Drawn) -> None:
    for number, plane in enumerate(frame.planes):
        step = 1 if number == 0 else 2
        keep, add = drawn.keeps[min(number, 1)], drawn.adds[number]
        pixels = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
        part = pixels[_TOP // step : (_TOP + _HEIGHT) // step, : _WIDTH // step]
        mixed = (part.astype(np.uint16) * keep) // 255 + add
        part[...] = np.minimum(mixed, 255)
