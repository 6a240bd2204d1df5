"""Archives that do harm are refused with a sentence before anything is stored."""

import io
import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from domain.core.errors import BadInput
from domain.moments.bundle import MAX_MEMBERS, open_bundle

_MOMENT = {"id": "moment_1", "title": "Release", "createdAt": "2026-11-28T12:00:00Z"}


def _manifest(*paths: str, size: int = 3) -> str:
    files = [
        {"path": path, "name": "a.txt", "mimeType": "text/plain", "size": size} for path in paths
    ]
    moments = [{**_MOMENT, "files": files}]
    return json.dumps({"version": 1, "origin": "http://a.example", "moments": moments})


def _zip(*members: tuple[str | zipfile.ZipInfo, bytes], manifest: str = "") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "moments.json", manifest or _manifest(*[str(_name(m)) for m, _ in members])
        )
        for member, data in members:
            archive.writestr(member, data)
    return made.getvalue()


def _name(member: str | zipfile.ZipInfo) -> str:
    return member if isinstance(member, str) else member.filename


def _link() -> zipfile.ZipInfo:
    link = zipfile.ZipInfo("files/001/a.txt")
    link.external_attr = 0o120777 << 16
    return link


def _patched(data: bytes, patch: Callable[[bytearray], None]) -> bytes:
    changed = bytearray(data)
    patch(changed)
    return bytes(changed)


def _lie(size: int) -> bytes:
    """Return an archive whose second member declares another size than it has."""
    data = bytearray(
        _zip(("files/001/a.txt", b"x" * 5000), manifest=_manifest("files/001/a.txt", size=size))
    )
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", size)
    return bytes(data)


def _encrypted() -> bytes:
    data = bytearray(_zip(("files/001/a.txt", b"abc")))
    at = data.rindex(b"PK\x01\x02")
    data[at + 8] |= 1
    return bytes(data)


def _overlapping() -> bytes:
    """Return an archive of which two members are the same bytes."""
    data = bytearray(_zip(("files/a", b"abc"), ("files/b", b"abc")))
    last = data.rindex(b"PK\x01\x02")
    before = data.rindex(b"PK\x01\x02", 0, last)
    data[last + 42 : last + 46] = data[before + 42 : before + 46]
    return bytes(data)


def _many() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for number in range(MAX_MEMBERS + 1):
            archive.writestr(str(number), b"")
    return made.getvalue()


def _counting() -> bytes:
    """Return an archive that says that its directory is endless."""
    data = bytearray(_zip(("files/a", b"abc")))
    data[-10:-6] = struct.pack("<I", 0xFFFFFFF0)
    return bytes(data)


HARMFUL = {
    "no zip": b"hello",
    "empty": b"",
    "bomb": _zip(("files/a", bytes(50_000_000)), manifest=_manifest("files/a", size=50_000_000)),
    "up": _zip(("../../etc/cron.d/x", b"abc")),
    "inner up": _zip(("files/../../x", b"abc")),
    "absolute": _zip(("/etc/passwd", b"abc")),
    "windows": _zip(("files\\..\\x", b"abc")),
    "drive": _zip(("C:/x", b"abc")),
    "folder": _zip(("files/", b"")),
    "link": _zip((_link(), b"/etc/passwd")),
    "twice in the manifest": _zip(("files/a", b"abc"), manifest=_manifest("files/a", "files/a")),
    "not in the manifest": _zip(("a", b"abc"), ("b", b"x"), manifest=_manifest("a")),
    "not in the zip": _zip(manifest=_manifest("files/a")),
    "smaller than said": _lie(9000),
    "larger than said": _lie(100),
    "encrypted": _encrypted(),
    "overlapping": _overlapping(),
    "many": _many(),
    "endless directory": _counting(),
    "comment": _zip(("files/a", b"abc")) + b"PK\x05\x06" + bytes(10),
    "no manifest": _zip(("files/a", b"abc"), manifest="{}"),
    "deep manifest": _zip(manifest="[" * 100_000),
    "long origin": _zip(manifest=_manifest().replace("http://a.example", "o" * 301)),
    "newer": _zip(manifest=_manifest().replace('"version": 1', '"version": 2')),
    "damaged": _patched(_zip(("files/a", b"abc" * 99)), lambda data: data.__setitem__(200, 0x55)),
}  # fmt: skip


@pytest.mark.parametrize("kind", HARMFUL)
def test_harmful_archives_are_refused_with_a_sentence(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(HARMFUL[kind])
    with pytest.raises(BadInput) as caught, open_bundle(path):
        pass
    assert caught.value.code == "bad_archive"
    assert caught.value.message.endswith(".")


def test_a_sound_archive_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(_zip(("files/001/a.txt", b"abc")))
    with open_bundle(path) as opened:
        [moment] = opened.bundle.moments
        assert b"".join(opened.read(moment.files[0])) == b"abc"
