"""How two pictures are compared, and its JSON form."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

MAX_REGIONS: Final = 200
MAX_MASKS: Final = 10_000


class SettingsError(ValueError):
    """Settings that cannot be used; the message is a sentence for the person who wrote them."""


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle in pixels."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Settings:
    """Two limits: few pixels may change clearly, many may change their colour slightly.

    Thresholds are pixelmatch's: 0 counts every difference, 1 none.
    """

    fine_threshold: float = 0.15
    fine_pixels: int = 20  # forgiven, if they are also at most …
    fine_share: float = 0.0002  # … this share of the picture
    color_threshold: float = 0.0225
    color_share: float = 0.03  # forgiven
    antialiasing: bool = True  # discount pixels that smooth an edge
    max_shift: int = 64  # look for content that moved by up to this many pixels; 0: do not
    allowed_shift: int = 0  # content that moved by at most this counts as unchanged
    ignore: tuple[Region, ...] = ()
    ignored_masks: tuple[str, ...] = ()  # fingerprints of changes that somebody chose to ignore

    def to_json(self) -> dict[str, Any]:
        """Return the wire form."""
        values = asdict(self)
        values["ignore"] = [asdict(region) for region in self.ignore]
        values["ignored_masks"] = list(self.ignored_masks)
        return {_camel(name): value for name, value in values.items()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Settings":
        """Return the settings of a wire form; what is left out keeps its default.

        Raises:
            SettingsError: A name is unknown or a value is out of range.
        """
        known = {_camel(field.name): field.name for field in fields(cls)}
        if unknown := sorted(set(data) - set(known)):
            raise SettingsError(f"Unknown setting {unknown[0]!r}. Use one of {', '.join(known)}.")
        return cls(**{known[name]: _value(name, value) for name, value in data.items()})


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


_SHARES: Final = {"fineThreshold", "fineShare", "colorThreshold", "colorShare"}
_COUNTS: Final = {"finePixels": 80_000_000, "maxShift": 256, "allowedShift": 256}


def _value(name: str, value: Any) -> Any:  # noqa: ANN401 (JSON)
    if name in _SHARES:
        return _number(name, value, 1)
    if name in _COUNTS:
        return int(_number(name, value, _COUNTS[name]))
    if name == "antialiasing":
        return bool(value)
    if not isinstance(value, list):
        raise SettingsError(f"{name} must be a list.")
    return _regions(value) if name == "ignore" else _masks(value)


def _number(name: str, value: Any, maximum: float) -> float:  # noqa: ANN401 (JSON)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or not 0 <= value <= maximum:
        raise SettingsError(f"{name} must be a number from 0 to {maximum}.")
    return float(value)


def _regions(values: list[Any]) -> tuple[Region, ...]:
    if len(values) > MAX_REGIONS:
        raise SettingsError(f"At most {MAX_REGIONS} regions can be ignored.")
    return tuple(_region(value) for value in values)


def _region(value: Any) -> Region:  # noqa: ANN401 (JSON)
    names = [field.name for field in fields(Region)]
    if not isinstance(value, dict) or sorted(value) != sorted(names):
        raise SettingsError("An ignored region has x, y, width and height in pixels.")
    return Region(**{name: int(_number(name, value[name], 1_000_000)) for name in names})


def _masks(values: list[Any]) -> tuple[str, ...]:
    if len(values) > MAX_MASKS or not all(isinstance(value, str) for value in values):
        raise SettingsError(f"ignoredMasks must be at most {MAX_MASKS} fingerprints.")
    return tuple(values)
