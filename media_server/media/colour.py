"""The colours of decoded frames, by the numbers of ISO 23091-2 (as in ITU-T H.273)."""

from typing import Final, NamedTuple

from av.video.frame import VideoFrame

TV, FULL = 1, 2  # libav's ranges
_RGB, _UNSPECIFIED, _RESERVED = 0, 2, 3
_BT709, _BT601 = 1, 6
_HD_LINES: Final = 720
# Matrix to swscale's number for it.
_SWSCALE: Final = {1: 1, 4: 4, 5: 5, 6: 5, 7: 7, 9: 9, 10: 9}
# The usual primaries and transfer of a matrix.
_USUAL: Final = {1: (1, 1), 4: (4, 4), 5: (5, 6), 6: (6, 6), 7: (7, 7), 9: (9, 14), 10: (9, 14)}


class Colour(NamedTuple):
    """How a frame's samples mean colours."""

    primaries: int
    transfer: int
    matrix: int
    is_full_range: bool

    @property
    def swscale_matrix(self) -> int:
        """The matrix as swscale counts."""
        return _SWSCALE.get(self.matrix, _SWSCALE[_BT601])

    @property
    def libav_range(self) -> int:
        """The range as libav counts."""
        return FULL if self.is_full_range else TV


def colour_of(frame: VideoFrame) -> Colour:
    """Return a frame's colours; what is unspecified is read as browsers read it."""
    matrix = int(frame.colorspace)
    if matrix in {_RGB, _UNSPECIFIED, _RESERVED}:
        matrix = _BT709 if frame.height >= _HD_LINES else _BT601
    primaries, transfer = int(frame.color_primaries), int(frame.color_trc)
    usual = _USUAL.get(matrix, (_UNSPECIFIED, _UNSPECIFIED))
    return Colour(
        usual[0] if primaries == _UNSPECIFIED else primaries,
        usual[1] if transfer == _UNSPECIFIED else transfer,
        matrix,
        frame.color_range == FULL or frame.format.name.startswith("yuvj"),
    )
