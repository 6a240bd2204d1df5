"""Secrets in texts: what is hidden, what is not, and that it takes no longer for hostile texts."""

import random
import struct
import zlib
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import pytest
from PIL import Image

from webapp.agent.content import gather
from webapp.agent.errors import AgentError, UsageError
from webapp.agent.files import Upload
from webapp.agent.main import parser
from webapp.agent.masking import mask

LONG = "a1B2c3D4" * 5
DARK = b"\1\0\0"  # the darkest colour of a palette that has no room for black
PEM = "-----BEGIN RSA PRIVATE KEY-----\n+MIIEow{0}\n+{0}\n+-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    "text",
    [
        f"vmt_{LONG}",
        f"mt_{LONG}",
        f"ghp_{LONG}",
        f"github_pat_{LONG}",
        f"glpat-{LONG}",
        f"sk-proj-{LONG}",
        f"sk-ant-{LONG}",
        "AKIAIOSFODNN7EXAMPLE",
        f"xoxb-{LONG}",
        f"eyJ{LONG}.eyJ{LONG}.{LONG}",
        f"Authorization: Bearer {LONG}",
        f"-H 'authorization: {LONG}'",
        f"Cookie: session={LONG}",
        f"postgres://app:{LONG}@db/x",
        f"https://user:{LONG}@example.org",
        f"DB_PASSWORD={LONG}",
        f'+  "clientSecret": "{LONG}",',
        f"api_key: {LONG}",
        f"aws_secret_access_key = {LONG}",
        PEM.format(LONG),
    ],
)
def test_a_secret_is_hidden_and_the_rest_stays(text: str) -> None:
    masked = mask(f"before\n{text}\nafter")
    assert masked.findings == 1
    assert LONG not in masked.text
    assert masked.text.startswith("before\n")
    assert masked.text.endswith("\nafter")
    assert masked.text.count("\n") == text.count("\n") + 2
    assert mask(masked.text).findings == 0


@pytest.mark.parametrize(
    "text",
    [
        "commit 04d273f6d3cf25a7e56e57ab4b8e411189a5d95d",
        "index 3f2a1bc..9d8e7f6 100644",
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "12:00:01 INFO start of the worker",
        "password = os.environ['PASSWORD']",
        "password: ${DB_PASSWORD}",
        "token: str | None = None",
        "max_tokens: 4096",
        "tokenizer: bert-base-uncased",
        "https://example.org:8080/a@b",
        "The secret of good tests",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert mask(text).text == text


def test_hostile_texts_take_linear_time() -> None:
    """Each would take hours if the expression tried every way to split it."""
    for piece in ("token", "password=", "-----BEGIN PRIVATE KEY-----", "a" * 50, "://x:", "eyJ."):
        mask(piece * (200_000 // len(piece)))


def _sent(folder: Path, *words: str) -> dict[str, Upload]:
    """Return what a capture of files would send."""
    options = parser().parse_args(["capture", "--file", *words])
    (copies := folder / "copies").mkdir()
    return {each.name: each for each in gather(options, {}, copies).uploads}


def test_what_is_text_is_masked_whatever_its_name(tmp_path: Path) -> None:
    """A name without a suffix, one that promises a picture, and a text of Windows."""
    secret = f"DB_PASSWORD={LONG}\r\n"
    (tmp_path / "env").write_text(secret)
    (tmp_path / "shot.png").write_text(secret)
    (tmp_path / "setup.log").write_text(secret, "utf-16")
    (tmp_path / "data.bin").write_bytes(b"\0\xff" + secret.encode())
    (tmp_path / "pack.log").write_bytes(b"PK\x03\x04" + secret.encode())
    sent = _sent(tmp_path, f"{tmp_path}/*[gnv]")
    hidden = secret.replace(LONG, f"****{LONG[-4:]}")
    assert sent["env"].path.read_bytes().decode() == hidden
    assert sent["shot.png"].path.read_bytes().decode() == hidden
    assert sent["shot.png"].mime_type == "text/plain"
    assert sent["setup.log"].path.read_bytes().decode("utf-16") == hidden
    for name in ("data.bin", "pack.log"):
        assert sent[name].path.read_bytes().endswith(secret.encode())


def _noise(depth: int, colours: int, order: int) -> bytes:
    """Return a PNG of 40 by 30 whose rows use each filter in turn; any bytes are a picture."""
    passes: Sequence[tuple[int, int]] = ((40, 30),)
    if order:  # of Adam7
        passes = ((5, 4), (5, 4), (10, 4), (10, 8), (20, 7), (20, 15), (40, 15))
    bits = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colours] * depth
    noise = random.Random(depth + order)
    rows = b"".join(
        bytes([y % 5]) + noise.randbytes((width * bits + 7) // 8)
        for width, height in passes
        for y in range(height)
    )
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", 40, 30, depth, colours, 0, 0, order)),
        (b"tEXt", b"Comment\0a secret"),
        *([(b"PLTE", DARK + noise.randbytes(3 * ((1 << depth) - 1)))] if colours == 3 else []),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def _is_masked(sent: Path, original: Path, black: object, mode: str | None = None) -> bool:
    """Whether 5,6,9,8 and 35,29,99,99 are black, and all else is as it was."""
    with Image.open(original) as first, Image.open(sent) as second:
        picture, found = (each.convert(mode) if mode else each for each in (first, second))
        return all(
            found.getpixel((x, y))
            == (
                black
                if (5 <= x < 14 and 6 <= y < 14) or (x >= 35 and y == 29)
                else picture.getpixel((x, y))
            )
            for x, y in product(range(40), range(30))
        )


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize(
    ("depths", "colours", "black"),
    [
        ((1, 2, 4, 8, 16), 0, 0),
        ((8,), 2, (0, 0, 0)),
        ((1, 2, 4, 8), 3, 0),
        ((8,), 4, (0, 255)),
        ((8,), 6, (0, 0, 0, 255)),
    ],
)
def test_a_mask_is_drawn_on_png_files(
    tmp_path: Path, depths: Sequence[int], colours: int, black: object, order: int
) -> None:
    """A file without a suffix is a picture by its content; Pillow reads it the same elsewhere."""
    paths = [tmp_path / f"shot-{depth}" for depth in depths]
    for path, depth in zip(paths, depths, strict=True):
        path.write_bytes(_noise(depth, colours, order))
    sent = _sent(tmp_path, f"{tmp_path}/shot-*", "--mask", "5,6,9,8", "--mask", "35,29,99,99")
    for path in paths:
        copy = sent[path.name]
        assert (copy.mime_type, b"secret" in copy.path.read_bytes()) == ("image/png", False)
        assert _is_masked(copy.path, path, black), path.name


@pytest.mark.parametrize("transparency", [None, b"\0\xff\xff"])
def test_a_palette_without_black_gets_it(tmp_path: Path, transparency: bytes | None) -> None:
    path = tmp_path / "shot.png"
    whole = Image.effect_noise((40, 30), 90).convert("RGB").quantize(5)
    whole.save(path, bits=4, transparency=transparency)
    sent = _sent(tmp_path, str(path), "--mask", "5,6,9,8", "--mask", "35,29,99,99")["shot.png"]
    assert _is_masked(sent.path, path, (0, 0, 0, 255), "RGBA")


@pytest.mark.parametrize(
    ("name", "mask_at", "reason"),
    [
        ("shot.jpg", "0,0,9,9", "only PNG"),
        ("no-palette.png", "0,0,9,9", "only PNG"),
        ("cut.png", "0,0,9,9", "only PNG"),
        ("film.mp4", "0,0,9,9", "only PNG"),
        ("shot.jpg", ".secret", "CSS is for pages"),
        ("app.log", "0,0,9,9", "there is none"),
    ],
)
def test_a_mask_that_no_file_gets_is_refused(
    tmp_path: Path, name: str, mask_at: str, reason: str
) -> None:
    whole = Image.effect_noise((40, 30), 90)
    whole.save(tmp_path / "shot.jpg")
    (tmp_path / "no-palette.png").write_bytes(_noise(8, 3, 0).replace(b"PLTE", b"none"))
    whole.save(tmp_path / "whole.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "whole.png").read_bytes()[:-200])
    (tmp_path / "film.mp4").write_bytes(b"\0\0\0\x18ftypmp42")
    (tmp_path / "app.log").write_text("x")
    words = ["capture", "--file", str(tmp_path / name), "--mask", mask_at]
    with pytest.raises(UsageError, match=reason):
        gather(parser().parse_args(words), {}, tmp_path)


def test_a_mask_leaves_a_log_beside_the_screen_alone(tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text("x")
    words = ["capture", "--file", str(tmp_path / "app.log"), "--mask", "0,0,9,9", "--screen"]
    with pytest.raises(AgentError, match="There is no screen"):  # it got as far as the screen
        gather(parser().parse_args(words), {}, tmp_path)
