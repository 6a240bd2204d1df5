"""Words in pictures are optional."""

from pathlib import Path

import pytest

from domain.infra import ocr

# What the package does: it prints as it pleases, answers lines, and dies of some pictures.
PACKAGE = """
print("loading")


class RapidOCR:
    def __call__(self, picture):
        print("reading")
        self.txts = picture.decode().split(",")
        return self
"""


@pytest.mark.skipif(ocr.is_installed(), reason="it reads the picture")
async def test_without_the_package_a_picture_has_no_words() -> None:
    assert await ocr.words_in(b"no picture") == ""


@pytest.mark.parametrize(
    ("picture", "words"), [(b"card,declined", "card\ndeclined"), (b"a\0b", "ab"), (b"\xff", "")]
)
async def test_the_words_alone_are_read_in_a_process_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, picture: bytes, words: str
) -> None:
    (tmp_path / "rapidocr.py").write_text(PACKAGE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert await ocr.words_in(picture) == words
