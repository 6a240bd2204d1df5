"""The format of an archive of moments, and the checks of one that somebody sends.

`moments.json` names every other member. A zip is a stranger's program for our decompressor, so
everything about it is checked before anything is stored: its directory before it is parsed, each
member's name, kind, place, size and ratio before it is read, and its contents while it is read.
"""

import hashlib
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from domain.core.errors import BadInput

MANIFEST: Final = "moments.json"
MAX_ARCHIVE: Final = 524_288_000  # bytes
MAX_MEMBERS: Final = 5000
MAX_MOMENTS: Final = 500
_MAX_DIRECTORY: Final = 4 * 1024 * 1024
_MAX_MANIFEST: Final = 64 * 1024 * 1024
_MAX_UNPACKED: Final = 2 * MAX_ARCHIVE
_MAX_RATIO: Final = 100  # of members over a megabyte
_SMALL: Final = 1024 * 1024
_CHUNK: Final = 1024 * 1024
_END: Final = b"PK\x05\x06"
_END_BYTES: Final = 22
_ZIP64: Final = b"PK\x06\x07"
_ZIP64_BYTES: Final = 20
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED: Final = 0x1

Text = Annotated[str, Meta(max_length=1_000_000)]
Key = Annotated[str, Meta(max_length=300)]  # two of them are indexed together
Short = Annotated[str, Meta(max_length=1000)]


class BundleFile(msgspec.Struct, frozen=True, rename="camel"):
    """A file of a moment."""

    path: Short
    name: Short
    mime_type: Short
    size: Annotated[int, Meta(ge=0)]
    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")] | None = None
    asset_type: Short = "other"


class BundleMoment(msgspec.Struct, frozen=True, rename="camel"):
    """A moment; what is not in it here is left as a new moment has it."""

    id: Key
    title: Short
    created_at: datetime
    kind: Short = "note"
    description: Text = ""
    tags: Annotated[list[Short], Meta(max_length=100)] = []
    metadata: dict[str, Any] = {}
    git_branch: Short | None = None
    git_commit_hash: Short | None = None
    git_commit_message: Text | None = None
    git_author: Short | None = None
    git_author_email: Short | None = None
    git_commit_date: datetime | None = None
    git_diff: Text | None = None
    files: Annotated[list[BundleFile], Meta(max_length=500)] = []


class Bundle(msgspec.Struct, frozen=True, rename="camel"):
    """All moments of an archive."""

    version: int
    origin: Key
    moments: Annotated[list[BundleMoment], Meta(min_length=1, max_length=MAX_MOMENTS)]


class OpenBundle:
    """A checked archive; blocking."""

    def __init__(self, archive: zipfile.ZipFile, bundle: Bundle) -> None:
        self._archive = archive
        self.bundle = bundle

    def read(self, file: BundleFile) -> Iterator[bytes]:
        """Yield a file's bytes.

        Raises:
            BadInput: It is damaged, or larger or smaller than declared.
        """
        yield from _read(self._archive, file.path, file.size)


@contextmanager
def open_bundle(path: Path) -> Iterator[OpenBundle]:
    """Open an archive after checking all of it, contents included; blocks for seconds.

    Raises:
        BadInput: It is no archive of moments, damaged, or made to do harm.
    """
    _check_directory(path)
    try:
        with zipfile.ZipFile(path) as archive:
            _check_members(archive.infolist())
            bundle = _manifest_of(archive)
            _check_files(archive, bundle)
            yield OpenBundle(archive, bundle)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, UnicodeError) as error:
        raise _bad("The archive is damaged. Export it again.") from error


def _bad(message: str) -> BadInput:
    return BadInput(message, code="bad_archive")


def _check_directory(path: Path) -> None:
    """Check how large the list of members is before it is parsed: each costs memory."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - _END_BYTES - _ZIP64_BYTES))
        tail = file.read()
    end = tail[-_END_BYTES:]
    if len(end) < _END_BYTES or not end.startswith(_END) or end[20:] != b"\0\0":
        raise _bad("This is not an archive of Moments. Choose a zip that was exported here.")
    members, directory = int.from_bytes(end[10:12], "little"), int.from_bytes(end[12:16], "little")
    is_zip64 = tail[:4] == _ZIP64
    if is_zip64 or members > MAX_MEMBERS or directory > _MAX_DIRECTORY:
        raise _bad(f"The archive has too many files. Export at most {MAX_MEMBERS} at a time.")


def _check_members(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MAX_MEMBERS:
        raise _bad(f"The archive has too many files. Export at most {MAX_MEMBERS} at a time.")
    if len({each.filename for each in members}) < len(members):
        raise _bad("The archive has two files of one name. Export it again.")
    for each in members:
        _check_member(each)
    if sum(each.file_size for each in members) > _MAX_UNPACKED:
        raise _bad("The archive unpacks to more than 1 GB. Export fewer moments at a time.")
    end = 0
    for each in sorted(members, key=lambda member: member.header_offset):
        if each.header_offset < end:
            raise _bad("Files in the archive overlap. Export it again.")
        end = each.header_offset + 30 + each.compress_size


def _check_member(each: zipfile.ZipInfo) -> None:
    name = each.orig_filename
    if name.startswith("/") or "\\" in name or "\0" in name or ":" in name.partition("/")[0]:
        raise _bad("The archive has a file with an absolute path. Export it again.")
    if any(part in {"", ".", ".."} for part in name.split("/")):
        raise _bad("The archive has a file outside its own folder. Export it again.")
    kind = stat.S_IFMT(each.external_attr >> 16)
    if kind not in {0, stat.S_IFREG}:
        raise _bad("The archive has a link or a device in it. Export it again.")
    if each.flag_bits & _ENCRYPTED or each.compress_type not in _METHODS:
        raise _bad("The archive is encrypted or packed in an unknown way. Export it again.")
    if each.file_size > max(_SMALL, each.compress_size * _MAX_RATIO):
        raise _bad("A file in the archive unpacks to far more than it should. Export it again.")


def _manifest_of(archive: zipfile.ZipFile) -> Bundle:
    if MANIFEST not in archive.NameToInfo:
        raise _bad(f"The archive has no {MANIFEST}. Choose a zip that was exported here.")
    size = archive.getinfo(MANIFEST).file_size
    if size > _MAX_MANIFEST:
        raise _bad(f"The archive's {MANIFEST} is too large. Export fewer moments at a time.")
    try:
        bundle = msgspec.json.decode(b"".join(_read(archive, MANIFEST, size)), type=Bundle)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise _bad(f"The archive's {MANIFEST} cannot be read: {str(error)[:200]}.") from error
    if bundle.version != 1:
        raise _bad("The archive is of a newer Moments. Update this one first.")
    return bundle


def _check_files(archive: zipfile.ZipFile, bundle: Bundle) -> None:
    """Read every file once: what is damaged or lies is found before anything is stored."""
    named = [file.path for moment in bundle.moments for file in moment.files]
    if len(set(named)) < len(named) or MANIFEST in named:
        raise _bad("The archive names a file twice. Export it again.")
    if archive.NameToInfo.keys() - {MANIFEST} != set(named):
        raise _bad(f"The archive's files are not those of its {MANIFEST}. Export it again.")
    for moment in bundle.moments:
        for file in moment.files:
            digest = hashlib.sha256()
            for chunk in _read(archive, file.path, file.size):
                digest.update(chunk)
            if file.sha256 not in {None, digest.hexdigest()}:
                raise _bad("A file in the archive is not the one that was exported.")


def _read(archive: zipfile.ZipFile, name: str, size: int) -> Iterator[bytes]:
    left = size
    with archive.open(name) as member:
        while chunk := member.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                break
            yield chunk
    if left != 0:
        raise _bad("A file in the archive is not as large as it says. Export it again.")
