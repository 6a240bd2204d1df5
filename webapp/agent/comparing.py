"""Compares pictures with a baseline bundle, without a server: the same verdict and counts.

A bundle is a folder: `baseline.json` with the repository's settings and the accepted pictures'
names, and the pictures under their SHA-256.
"""

import importlib.util
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from webapp.agent.errors import AgentError, UsageError

if TYPE_CHECKING:
    from domain.commits.visual import Calibration, Compared, Settings

NAME = "baseline.json"
PICTURES = frozenset({".png", ".jpg", ".jpeg", ".webp"})


@dataclass(frozen=True, slots=True)
class Result:
    """What changed in one picture."""

    name: str
    state: str  # compared, added, removed
    is_match: bool
    summary: str
    comparison: dict[str, Any] | None = None
    drawing: bytes | None = None


@dataclass(frozen=True, slots=True)
class Bundle:
    """A baseline on disk; each name has one or more accepted pictures."""

    settings: "Settings"
    pictures: dict[str, list[Path]]


def check_packages() -> None:
    """Do nothing if pictures can be compared.

    Raises:
        UsageError: numpy or Pillow are missing.
    """
    missing = [name for name in ("numpy", "PIL") if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageError("Comparing pictures needs numpy and Pillow: pip install numpy pillow.")


def read_bundle(folder: Path) -> Bundle:
    """Return a bundle.

    Raises:
        UsageError: The folder has none.
    """
    check_packages()
    from domain.commits.visual import Settings, SettingsError  # noqa: PLC0415 (needs numpy)

    try:
        found = json.loads((folder / NAME).read_text("utf-8"))
        pictures: dict[str, list[Path]] = {}
        for each in found["pictures"]:
            pictures.setdefault(each["name"], []).append(folder / Path(each["sha256"]).name)
        return Bundle(Settings.from_json(found["settings"]), pictures)
    except (OSError, ValueError, KeyError, TypeError, SettingsError) as error:
        raise UsageError(
            f"{folder} has no baseline ({error}). Write one with `moments agent baseline`."
        ) from error


def compare_files(bundle: Bundle, paths: Sequence[Path]) -> list[Result]:
    """Compare pictures with those of the same names; of one left on each side, whatever its name.

    Raises:
        AgentError: A picture cannot be read.
    """
    new = {path.name: path for path in paths if path.suffix.lower() in PICTURES}
    old = dict(bundle.pictures)
    came, went = [n for n in new if n not in old], [n for n in old if n not in new]
    if len(came) == len(went) == 1:
        old[came[0]] = old.pop(went[0])
        went = []
    results = [
        compare(name, old[name], path, bundle.settings)
        if name in old
        else Result(name, "added", is_match=False, summary="not in the baseline")
        for name, path in new.items()
    ]
    return results + [
        Result(name, "removed", is_match=False, summary="only in the baseline") for name in went
    ]


def compare(
    name: str, accepted: Sequence[Path], path: Path, settings: "Settings | None" = None
) -> Result:
    """Compare a picture with those that are accepted instead of it.

    Raises:
        AgentError: One of them cannot be read. UsageError: numpy or Pillow are missing.
    """
    check_packages()
    from domain.commits import visual  # noqa: PLC0415 (needs numpy)

    try:
        after = path.read_bytes()
        variants = [each.read_bytes() for each in accepted]
        _, found = visual.compare_with_variants(variants, after, settings or visual.Settings())
    except (OSError, visual.PictureError) as error:
        raise AgentError(f"{name} cannot be compared: {str(error).rstrip('.')}.") from error
    return _result(name, after, found)


def calibrate(name: str, first: Path, second: Path) -> "Calibration":
    """Measure the noise between two captures of the same thing.

    Raises:
        AgentError: One of them cannot be read.
    """
    from domain.commits import visual  # noqa: PLC0415 (needs numpy)

    try:
        return visual.calibrate(first.read_bytes(), second.read_bytes())
    except (OSError, visual.PictureError) as error:
        raise AgentError(f"{name} cannot be compared: {str(error).rstrip('.')}.") from error


def _result(name: str, after: bytes, found: "Compared") -> Result:
    from domain.commits import visual  # noqa: PLC0415 (needs numpy)

    comparison = found.comparison
    return Result(
        name,
        "compared",
        is_match=comparison.is_match,
        summary=comparison.summary,
        comparison=comparison.to_json(),
        drawing=None if comparison.is_match else visual.draw(after, found),
    )
