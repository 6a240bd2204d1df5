import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from media_server.ingest.counter import BITS, BLOCK, LEFT, TOP, bits, read_counter
from media_server.ingest.demo_picture import DemoPicture

_PICTURE = DemoPicture()


def _grey(number: int, width: int) -> np.ndarray:
    luma = _PICTURE.paint(number)[0]
    image = Image.fromarray(luma).resize((width, round(width * 9 / 16)), Image.Resampling.BILINEAR)
    return np.asarray(image)


@pytest.mark.parametrize("width", [1280, 854, 640, 390])
@pytest.mark.parametrize("number", [0, 1, 2**32 - 1, 53_857_512_345])
def test_is_read_back_at_any_size(number: int, width: int) -> None:
    assert read_counter(_grey(number, width)) == number & 0xFFFFFFFF


@given(st.integers(0, 2**32 - 1), st.integers(0, BITS - 1))
def test_a_wrong_bit_is_noticed(number: int, flipped: int) -> None:
    image = np.full((720, 1280), 20, np.uint8)
    row = bits(number)
    row[flipped] ^= True
    image[TOP : TOP + BLOCK, LEFT : LEFT + BITS * BLOCK] = np.repeat(
        np.where(row, 220, 30), BLOCK
    ).astype(np.uint8)
    assert read_counter(image) is None


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_a_picture_without_one_reads_as_none(shade: int) -> None:
    assert read_counter(np.full((720, 1280, 3), shade, np.uint8)) is None
