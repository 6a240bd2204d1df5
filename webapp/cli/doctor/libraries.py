"""Checks Python, the libraries, and their compiled parts."""

import importlib
import sys
from collections.abc import Iterator
from importlib import metadata
from typing import Literal

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from webapp.cli.doctor.finding import Finding, bad, ok

REINSTALL = "Run `make run` again. If that does not help, delete .venv first."
# Those with compiled parts: being installed is not enough, they must load on this machine.
COMPILED = (
    "argon2", "asyncpg", "av", "httptools", "msgspec", "numpy", "PIL", "psutil", "pydantic_core",
    "simplejpeg", "uuid_utils", "uvloop",
)  # fmt: skip
CODECS: tuple[tuple[str, Literal["r", "w"], str], ...] = (
    ("h264", "r", "decodes most cameras' video"),
    ("hevc", "r", "decodes some cameras' video"),
    ("libx264", "w", "transcodes other video to H.264"),
    ("aac", "w", "transcodes other audio to AAC"),
    ("libopus", "w", "encodes Opus"),
    ("mjpeg", "r", "decodes browsers' frames"),
)


def check() -> Iterator[Finding]:
    """Check the interpreter, every library and every codec."""
    yield _python()
    yield _installed()
    yield _loaded()
    yield _codecs()
    yield _jpeg()


def _python() -> Finding:
    version = sys.version.split()[0]
    wanted = metadata.metadata("moments")["Requires-Python"]
    if version not in SpecifierSet(wanted, prereleases=True):
        return bad("python", version, f"Moments needs Python {wanted}.")
    return ok("python", f"{version}, {sys.platform}")


def _installed() -> Finding:
    wrong = []
    wanted = [Requirement(text) for text in metadata.requires("moments") or []]
    # an extra's library is for tests; a marker may exclude this platform
    wanted = [each for each in wanted if each.marker is None or each.marker.evaluate({"extra": ""})]
    for requirement in wanted:
        try:
            found = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            wrong.append(f"{requirement.name} is missing")
            continue
        if not requirement.specifier.contains(found, prereleases=True):
            wrong.append(f"{requirement.name} is {found}, not {requirement.specifier}")
    if wrong:
        return bad("libraries", "; ".join(wrong), REINSTALL)
    return ok("libraries", f"all {len(wanted)} are installed in their versions")


def _loaded() -> Finding:
    wrong = []
    for name in COMPILED:
        try:
            importlib.import_module(name)
        except ImportError as error:
            wrong.append(f"{name} ({error})")
    if wrong:
        return bad("compiled libraries", "cannot load " + "; ".join(wrong), REINSTALL)
    return ok("compiled libraries", f"all {len(COMPILED)} load")


def _codecs() -> Finding:
    try:
        import av.codec  # noqa: PLC0415 (may not load: that is what is looked at)
    except ImportError as error:
        return bad("codecs", f"PyAV does not load: {error}", REINSTALL)
    wrong = []
    for name, mode, purpose in CODECS:
        try:
            av.codec.Codec(name, mode)
        except av.codec.codec.UnknownCodecError:
            wrong.append(f"{name} ({purpose})")
    if wrong:
        return bad("codecs", "PyAV lacks " + ", ".join(wrong), REINSTALL)
    return ok("codecs", ", ".join(name for name, _, _ in CODECS))


def _jpeg() -> Finding:
    try:
        import numpy as np  # noqa: PLC0415
        import simplejpeg  # type: ignore[import-untyped]  # noqa: PLC0415 (it has no types)

        picture = np.zeros((16, 16, 3), np.uint8)
        shape = simplejpeg.decode_jpeg(simplejpeg.encode_jpeg(picture)).shape
    except (ImportError, ValueError) as error:
        return bad("jpeg", f"simplejpeg does not work: {error}", REINSTALL)
    return ok("jpeg", f"encodes and decodes {shape[1]}x{shape[0]}")
