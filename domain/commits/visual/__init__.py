"""The visual diff: pictures in, a verdict out.

It needs numpy and Pillow and imports nothing else of ours, so the agent's offline `diff` and the
server reach the same verdict with the same counts. All sums are integers, so that no machine
rounds differently.
"""

from domain.commits.visual.calibration import Calibration, calibrate
from domain.commits.visual.comparing import Compared, compare, compare_with_variants
from domain.commits.visual.drawing import draw
from domain.commits.visual.pictures import MAX_PIXELS, Picture, PictureError, read
from domain.commits.visual.result import Box, Comparison, Verdict
from domain.commits.visual.settings import Region, Settings, SettingsError

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
