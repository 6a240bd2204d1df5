"""The sequence parameter set of H.264 (ITU-T H.264, 7.3.2.1.1 and E.1.1)."""

from dataclasses import dataclass

from domain.core.errors import UnsupportedMedia

_WITH_CHROMA = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
_EXTENDED_SAR = 255
# Table E-1: sample aspect ratios by aspect_ratio_idc.
_SARS = (
    (1, 1), (1, 1), (12, 11), (10, 11), (16, 11), (40, 33), (24, 11), (20, 11), (32, 11),
    (80, 33), (18, 11), (15, 11), (64, 33), (160, 99), (4, 3), (3, 2), (2, 1),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sps:
    """The properties of a sequence that the node needs; sizes after cropping, in samples."""

    profile: int
    level: int
    chroma_format: int
    bit_depth: int
    width: int
    height: int
    sar: tuple[int, int] = (1, 1)
    full_range: bool = False
    matrix: int = 2  # ISO 23091-2; 2 is unspecified
    fps: float | None = None
    reorder: int | None = None  # frames that may be shown before one decoded earlier


class _Bits:
    def __init__(self, nal: bytes) -> None:
        payload = nal[1:].replace(b"\0\0\3", b"\0\0")  # emulation prevention
        self._left = len(payload) * 8
        self._bits = int.from_bytes(payload, "big")

    def u(self, count: int) -> int:
        if count > self._left:
            raise UnsupportedMedia("The video's header is damaged (SPS).")
        self._left -= count
        return (self._bits >> self._left) & ((1 << count) - 1)

    def flag(self) -> bool:
        return bool(self.u(1))

    def ue(self) -> int:
        zeros = 0
        while not self.u(1):
            zeros += 1
            if zeros > 32:
                raise UnsupportedMedia("The video's header is damaged (SPS).")
        return (1 << zeros) - 1 + self.u(zeros)

    def se(self) -> int:
        code = self.ue()
        return (code + 1) // 2 if code & 1 else -(code // 2)


def parse_sps(nal: bytes) -> Sps:
    """Read a sequence parameter set, its NAL header byte included.

    Raises:
        UnsupportedMedia: It is damaged.
    """
    if len(nal) < 5 or nal[0] & 31 != 7:
        raise UnsupportedMedia("The video's header is damaged (SPS).")
    bits = _Bits(nal)
    profile, constraints, level = bits.u(8), bits.u(8), bits.u(8)
    bits.ue()  # seq_parameter_set_id
    chroma, depth = _chroma(bits) if profile in _WITH_CHROMA else (1, 8)
    bits.ue()  # log2_max_frame_num
    has_reordering = _order_count(bits)
    bits.ue()  # max_num_ref_frames
    bits.u(1)
    width, height_units = (bits.ue() + 1) * 16, bits.ue() + 1
    frames_only = bits.flag()
    if not frames_only:
        bits.u(1)  # mb_adaptive_frame_field
    bits.u(1)  # direct_8x8_inference
    height = height_units * 16 * (1 if frames_only else 2)
    if bits.flag():
        left, right, top, bottom = (bits.ue() for _ in range(4))
        across = 2 if chroma in (1, 2) else 1
        down = (2 if chroma == 1 else 1) * (1 if frames_only else 2)
        width -= (left + right) * across
        height -= (top + bottom) * down
    if width <= 0 or height <= 0 or width > 16384 or height > 16384:
        raise UnsupportedMedia("The video's header has no usable size.")
    vui = _vui(bits) if bits.flag() else _Vui()
    reorder = vui.reorder
    if reorder is None and (not has_reordering or profile == 66):
        reorder = 0
    if reorder is None and constraints & 16 and profile in (44, 86, 100, 110, 122, 244):
        reorder = 0  # intra only
    return Sps(
        profile, level, chroma, depth, width, height,
        vui.sar, vui.full_range, vui.matrix, vui.fps, reorder,
    )  # fmt: skip


def _chroma(bits: _Bits) -> tuple[int, int]:
    chroma = bits.ue()
    if chroma == 3:
        bits.u(1)
    depth = bits.ue() + 8
    bits.ue()
    bits.u(1)
    if bits.flag():
        for index in range(12 if chroma == 3 else 8):
            if bits.flag():
                _skip_scaling_list(bits, 16 if index < 6 else 64)
    return chroma, depth


def _skip_scaling_list(bits: _Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.se()) & 255
        last = following or last


def _order_count(bits: _Bits) -> bool:
    """Read the picture order count's fields; return whether frames can be reordered."""
    kind = bits.ue()
    if kind == 0:
        bits.ue()
    elif kind == 1:
        bits.u(1)
        bits.se()
        bits.se()
        for _ in range(bits.ue()):
            bits.se()
    return kind != 2


@dataclass(frozen=True, slots=True)
class _Vui:
    sar: tuple[int, int] = (1, 1)
    full_range: bool = False
    matrix: int = 2
    fps: float | None = None
    reorder: int | None = None


def _vui(bits: _Bits) -> _Vui:
    sar = _aspect(bits) if bits.flag() else (1, 1)
    if bits.flag():
        bits.u(1)  # overscan
    full_range, matrix = False, 2
    if bits.flag():
        bits.u(3)
        full_range = bits.flag()
        if bits.flag():
            bits.u(16)
            matrix = bits.u(8)
    if bits.flag():
        bits.ue()
        bits.ue()
    fps = None
    if bits.flag():
        units, scale = bits.u(32), bits.u(32)
        bits.u(1)
        fps = scale / (2 * units) if units and scale else None
    return _Vui(sar, full_range, matrix, fps, _reorder(bits))


def _aspect(bits: _Bits) -> tuple[int, int]:
    index = bits.u(8)
    if index == _EXTENDED_SAR:
        width, height = bits.u(16), bits.u(16)
        return (width, height) if width and height else (1, 1)
    return _SARS[index] if index < len(_SARS) else (1, 1)


def _reorder(bits: _Bits) -> int | None:
    has_hrd = False
    for _ in range(2):
        if bits.flag():
            has_hrd = True
            _skip_hrd(bits)
    if has_hrd:
        bits.u(1)
    bits.u(1)
    if not bits.flag():
        return None
    bits.u(1)
    for _ in range(4):
        bits.ue()
    return bits.ue()


def _skip_hrd(bits: _Bits) -> None:
    count = bits.ue() + 1
    bits.u(8)
    for _ in range(min(count, 32)):
        bits.ue()
        bits.ue()
        bits.u(1)
    bits.u(20)
