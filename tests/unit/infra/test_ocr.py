"""Words in pictures are optional."""

import pytest

from domain.infra import ocr


@pytest.mark.skipif(ocr.is_installed(), reason="it reads the picture")
async def test_without_the_package_a_picture_has_no_words() -> None:
    assert await ocr.words_in(b"no picture") == ""
