"""What a comparison found, and its JSON form."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from domain.commits.visual.settings import Settings

# identical: the same bytes or pixels. unchanged: what differs is forgiven. ignored: somebody chose
# to ignore this very change. moved: all of it is content that moved. changed: all else.
Verdict = Literal["identical", "unchanged", "ignored", "moved", "changed"]


@dataclass(frozen=True, slots=True)
class Box:
    """A connected region of changed pixels; numbers follow the reading order."""

    number: int
    x: int
    y: int
    width: int
    height: int
    pixels: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """The verdict and its counts, in pixels."""

    verdict: Verdict
    width: int
    height: int
    differing: int = 0  # at all
    fine: int = 0  # over the fine threshold, without smoothed edges
    color: int = 0  # over the colour threshold, without smoothed edges
    antialiased: int = 0  # smoothed edges
    changed: int = 0  # counted by the verdict; the boxes surround them
    shift_x: int = 0
    shift_y: int = 0
    mask: str | None = None  # the fingerprint of the change
    boxes: tuple[Box, ...] = ()

    @property
    def share(self) -> float:
        """The part of the picture that changed, 0 to 1."""
        return self.changed / (self.width * self.height)

    @property
    def is_match(self) -> bool:
        """Whether nobody needs to look at it."""
        return self.verdict in {"identical", "unchanged", "ignored"}

    @property
    def moved_by(self) -> int:
        """How far the content moved, in whole pixels."""
        return round(math.hypot(self.shift_x, self.shift_y))

    @property
    def summary(self) -> str:
        """What happened, in one line."""
        parts = [f"moved by {self.moved_by} px"] if self.moved_by else []
        if self.verdict == "changed":
            places = f"{len(self.boxes)} place{'' if len(self.boxes) == 1 else 's'}"
            parts.append(f"{percent(self.share)} changed in {places}")
        elif self.verdict == "ignored":
            parts.append("a change that is ignored")
        elif self.verdict in {"identical", "unchanged"}:
            parts.append("no change" if self.verdict == "unchanged" else "identical")
        if self.differing and self.verdict == "unchanged":
            parts.append(f"{self.differing} px ignored")
        return ", ".join(parts)

    def to_json(self) -> dict[str, Any]:
        """Return the wire form."""
        return {
            "verdict": self.verdict,
            "width": self.width,
            "height": self.height,
            "differingPixels": self.differing,
            "finePixels": self.fine,
            "colorPixels": self.color,
            "antialiasedPixels": self.antialiased,
            "changedPixels": self.changed,
            "changedShare": self.share,
            "shift": {"x": self.shift_x, "y": self.shift_y},
            "mask": self.mask,
            "boxes": [asdict(box) for box in self.boxes],
            "summary": self.summary,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Comparison":
        """Return what `to_json` wrote."""
        return cls(
            verdict=data["verdict"],
            width=data["width"],
            height=data["height"],
            differing=data["differingPixels"],
            fine=data["finePixels"],
            color=data["colorPixels"],
            antialiased=data["antialiasedPixels"],
            changed=data["changedPixels"],
            shift_x=data["shift"]["x"],
            shift_y=data["shift"]["y"],
            mask=data["mask"],
            boxes=tuple(Box(**box) for box in data["boxes"]),
        )

    def with_verdict(self, verdict: Verdict) -> "Comparison":
        """Return the same counts with another verdict."""
        return replace(self, verdict=verdict)


def percent(share: float) -> str:
    """Return a share for people: 0.02 %, 3.4 %, 91 %."""
    value = share * 100
    if value >= 10:
        return f"{value:.0f} %"
    return f"{value:.1f} %" if value >= 0.1 else f"{max(value, 0.01):.2f} %"


@dataclass(frozen=True, slots=True)
class Calibration:
    """The measured noise, and what to do about it."""

    differing: int
    noise: float  # the threshold that forgives every pixel
    settings: Settings
    comparison: Comparison  # with the proposed settings
    advice: str

    def to_json(self) -> dict[str, Any]:
        """Return the wire form."""
        return {
            "differingPixels": self.differing,
            "noise": round(self.noise, 4),
            "settings": self.settings.to_json(),
            "comparison": self.comparison.to_json(),
            "advice": self.advice,
        }
