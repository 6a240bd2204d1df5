"""H.264 for mp4 and HLS: 4-byte lengths, avcC, keyframes (ITU-T H.264, ISO 14496-15)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from domain.core.errors import UnsupportedMedia
from media_server.media.keyframes import is_keyframe
from media_server.media.packet import Buffer, VideoParams
from media_server.media.sps import parse_sps

_START_CODE = re.compile(rb"\x00\x00\x01")
_IDR, _SPS, _PPS, _AUD = 5, 7, 8, 9
_PLAYED = frozenset({66, 77, 88, 100})  # by every phone
_HIGH_PROFILES = frozenset({100, 110, 122, 144})
_MOST_FPS = 300  # encoders of variable rates declare the ticks of their clock
# Not part of a sample: parameter sets live in avcC, delimiters are implied.
_DROPPED = frozenset({_AUD, 12})


class UnplayableH264(UnsupportedMedia):
    """H.264 of a kind that phones cannot play."""


def split_annexb(data: Buffer) -> list[memoryview]:
    """Return the NAL units of a byte stream (Annex B), without their start codes."""
    view = memoryview(data)
    marks = [match.start() for match in _START_CODE.finditer(data)]
    units = []
    for mark, following in zip(marks, [*marks[1:], len(view)], strict=True):
        stop = following
        while stop > mark + 3 and view[stop - 1] == 0:  # trailing_zero_8bits, 4-byte start codes
            stop -= 1
        if stop > mark + 3:
            units.append(view[mark + 3 : stop])
    return units


def split_avcc(data: Buffer, length_size: int = 4) -> Iterator[memoryview]:
    """Yield the NAL units of a sample with length prefixes.

    Raises:
        UnsupportedMedia: A length exceeds the sample.
    """
    view, at = memoryview(data), 0
    while at < len(view):
        size = int.from_bytes(view[at : at + length_size], "big")
        at += length_size
        if at + size > len(view):
            raise UnsupportedMedia("The video is damaged: a NAL unit is longer than its sample.")
        yield view[at : at + size]
        at += size


def join_avcc(units: Sequence[Buffer]) -> bytes:
    """Return NAL units as one sample with 4-byte lengths."""
    return b"".join(part for unit in units for part in (len(unit).to_bytes(4, "big"), unit))


def is_annexb(data: Buffer) -> bool:
    """Return whether bytes begin with a start code."""
    head = bytes(data[:4])
    return head[:3] == b"\0\0\1" or head == b"\0\0\0\1"


class Converter:
    """Turns a source's access units into samples, and tracks its parameter sets.

    `extradata` is what the container declares: avcC, Annex B parameter sets, or nothing. In-band
    sets of another format (such as another size) make new `params` at the next keyframe; decoders
    follow any other change, so such sets stay in band, where they came and at every keyframe.
    `fps` is known otherwise (0.0: nobody knows it); `aspect` is the pixel aspect that the container
    declares, for headers without one.
    """

    def __init__(
        self,
        extradata: bytes | None = None,
        *,
        fps: float | None = None,
        aspect: tuple[int, int] | None = None,
    ) -> None:
        self.params: VideoParams | None = None
        self._fps = fps
        self._aspect = aspect
        self._quarters = 0
        self._length_size = 4
        self._annexb: bool | None = None
        self._sps: dict[int, bytes] = {}
        self._pps: dict[int, bytes] = {}
        self._known: list[bytes] = []  # the sets in `params`
        self.has_changed = False  # whether the sets in use are not those of `params`
        self._new: list[bytes] = []  # sets that belong in front of the next picture
        if extradata:
            self.declare(extradata)

    def declare(self, extradata: bytes) -> None:
        """Process what a container declares, first or anew.

        Raises:
            UnsupportedMedia: It is damaged.
            UnplayableH264: Phones cannot play it.
        """
        if is_annexb(extradata):
            self._learn(split_annexb(extradata))
            return
        self._length_size, sps, pps = parse_avcc(extradata)
        self._annexb = False
        self._learn([memoryview(unit) for unit in (*sps, *pps)])

    def convert(self, data: Buffer) -> tuple[bytes, bool]:
        """Return a sample with 4-byte lengths, and whether decoding can start with it.

        Raises:
            UnsupportedMedia: The bytes are not an access unit.
            UnplayableH264: Phones cannot play it.
        """
        if self._annexb is None:
            self._annexb = is_annexb(data)
        # Some sources declare avcC and send start codes: a unit of length 1 cannot be first, while
        # 00 00 01 can be the start of a length.
        annexb = self._annexb or bytes(data[:4]) == b"\0\0\0\1"
        units = split_annexb(data) if annexb else [*split_avcc(data, self._length_size)]
        return self.sample([unit for unit in units if len(unit)])

    def sample(self, units: list[memoryview]) -> tuple[bytes, bool]:
        """Return an access unit's non-empty NAL units, parsed as in `convert`.

        Raises:
            UnsupportedMedia: They contain no picture.
            UnplayableH264: Phones cannot play it.
        """
        if any(unit[0] & 31 in (_SPS, _PPS) for unit in units):
            self._learn([unit for unit in units if unit[0] & 31 in (_SPS, _PPS)])
        kept = [unit for unit in units if unit[0] & 31 not in (_SPS, _PPS, *_DROPPED)]
        if not any(1 <= unit[0] & 31 <= _IDR for unit in kept):
            raise UnsupportedMedia("The video is damaged: a packet contains no picture.")
        is_key = is_keyframe(kept)
        return join_avcc([*self._in_band(is_key=is_key), *kept]), is_key

    def _sets(self) -> list[bytes]:
        return [*self._sps.values(), *self._pps.values()]

    def _in_band(self, *, is_key: bool) -> list[bytes]:
        """Return the sets that belong in front of a picture."""
        if not self.has_changed:
            return []
        new, self._new = self._new, []
        self.has_changed = self._sets() != self._known
        if not is_key:
            return new
        if self.has_changed and _format_of(self._sets()[0]) != _format_of(self._known[0]):
            self._renew()
        return self._sets() if self.has_changed else []

    def _learn(self, units: list[memoryview]) -> None:
        for unit in units:
            raw = bytes(unit)
            is_sps = raw[0] & 31 == _SPS
            sets = self._sps if is_sps else self._pps
            # A set replaces the one with its id: the first ue(v) of a PPS; SPS in use have one id
            # each.
            number = 0 if is_sps else _first_ue(raw)
            if sets.get(number) != raw:
                if is_sps:
                    parse_sps(raw)
                sets[number] = raw
                self._new.append(raw)
        self.has_changed = self.has_changed or bool(self._new)
        if self.params is None and self._sps and self._pps:
            self._renew()

    def _renew(self) -> None:
        self.params = self._params()
        self._known, self._new, self.has_changed = self._sets(), [], False

    def turn(self, quarters: int) -> None:
        """Note how many quarters counter-clockwise turn the video upright."""
        if quarters != self._quarters:
            self._quarters = quarters
            self.params = self.params and replace(self.params, quarters=quarters)

    def _params(self) -> VideoParams:
        sps = [*self._sps.values()]
        params = params_of(sps, [*self._pps.values()], fps=self._fps)
        aspect = self._aspect if parse_sps(sps[0]).sar == (1, 1) else None
        return replace(params, aspect=aspect, quarters=self._quarters)


def _format_of(sps: bytes) -> tuple[object, ...]:
    """Return what no decoder changes without a new header."""
    found = parse_sps(sps)
    size = (found.width, found.height, found.sar)
    colour = (found.chroma_format, found.bit_depth, found.full_range, found.matrix)
    return found.profile, found.level, *size, *colour


def _first_ue(nal: bytes) -> int:
    bits = int.from_bytes(nal[1:9].ljust(8, b"\0"), "big")
    zeros = 64 - bits.bit_length()
    return (bits >> max(0, 63 - 2 * zeros)) - 1


def params_of(sps: list[bytes], pps: list[bytes], *, fps: float | None = None) -> VideoParams:
    """Return the parameters for a pair of parameter sets, which may declare the frame rate.

    Raises:
        UnsupportedMedia: The sets are damaged.
        UnplayableH264: Phones cannot play them.
    """
    found = parse_sps(sps[0])
    if found.profile not in _PLAYED or (found.chroma_format, found.bit_depth) != (1, 8):
        raise UnplayableH264(
            f"Phones cannot play H.264 of profile {found.profile} ({found.bit_depth} bits). Set "
            "the encoder to 8-bit 4:2:0 and the High profile."
        )
    declared = found.fps or 0.0
    return VideoParams(
        codec="h264",
        extradata=build_avcc(sps, pps),
        width=found.width,
        height=found.height,
        fps=fps if fps is not None else (declared if declared < _MOST_FPS else 0.0),
    )


def build_avcc(sps: list[bytes], pps: list[bytes]) -> bytes:
    """Return an AVCDecoderConfigurationRecord with 4-byte lengths (ISO 14496-15, 5.3.3.1)."""
    found = parse_sps(sps[0])
    parts = [b"\x01", sps[0][1:4], b"\xff", bytes([0xE0 | len(sps)])]
    for units in (sps, pps):
        if units is pps:
            parts.append(bytes([len(pps)]))
        parts += [len(unit).to_bytes(2, "big") + unit for unit in units]
    if found.profile in _HIGH_PROFILES:
        depth = found.bit_depth - 8
        parts.append(bytes([0xFC | found.chroma_format, 0xF8 | depth, 0xF8 | depth, 0]))
    return b"".join(parts)


def parse_avcc(data: bytes) -> tuple[int, list[bytes], list[bytes]]:
    """Return the length size and the parameter sets of an avcC.

    Raises:
        UnsupportedMedia: It is truncated, or has another version.
    """
    if len(data) < 7 or data[0] != 1:
        raise UnsupportedMedia("The video's header is damaged (avcC).")
    at, sets = 5, []
    for mask in (31, 255):
        count, units = data[at] & mask if at < len(data) else 0, []
        at += 1
        for _ in range(count):
            size = int.from_bytes(data[at : at + 2], "big")
            units.append(data[at + 2 : at + 2 + size])
            at += 2 + size
        sets.append(units)
    if at > len(data) or not sets[0] or not sets[1] or not all(map(all, sets)):
        raise UnsupportedMedia("The video's header is damaged (avcC).")
    return (data[4] & 3) + 1, sets[0], sets[1]


def codec_string(avcc: bytes) -> str:
    """Return the RFC 6381 name, such as `avc1.64001f`."""
    return f"avc1.{avcc[1:4].hex()}"
