"""The visual diff: pictures in, a verdict out.

It needs numpy and Pillow and imports nothing else of ours, so the agent's offline `diff` and the
server reach the same verdict with the same counts. All sums are integers, so that no machine
rounds differently. Who only talks about results loads neither: what computes comes when asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

from domain.commits.visual.result import Box, Calibration, Comparison, Verdict
from domain.commits.visual.settings import Region, Settings, SettingsError

if TYPE_CHECKING:
    from domain.commits.visual.calibration import calibrate
    from domain.commits.visual.comparing import Compared, compare, compare_with_variants
    from domain.commits.visual.drawing import draw
    from domain.commits.visual.pictures import MAX_PIXELS, Picture, PictureError, read

__all__ = [
    "MAX_PIXELS",
    "Box",
    "Calibration",
    "Compared",
    "Comparison",
    "Picture",
    "PictureError",
    "Region",
    "Settings",
    "SettingsError",
    "Verdict",
    "calibrate",
    "compare",
    "compare_with_variants",
    "draw",
    "read",
]
_PLACES: Final = {
    "MAX_PIXELS": "pictures",
    "Compared": "comparing",
    "Picture": "pictures",
    "PictureError": "pictures",
    "calibrate": "calibration",
    "compare": "comparing",
    "compare_with_variants": "comparing",
    "draw": "drawing",
    "read": "pictures",
}


def __getattr__(name: str) -> object:
    """Load what computes (PEP 562)."""
    if name not in _PLACES:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
