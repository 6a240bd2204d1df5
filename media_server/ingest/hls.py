"""Chooses from an HLS multivariant playlist (RFC 8216, 4.3.4) what a stream needs of it.

libav would open every variant, and read the first. It would also take video and audio of separate
playlists by their timestamps, which restart at a discontinuity in one before the other: then one
starves. So each playlist becomes a source of its own.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple
from urllib.parse import urljoin

from media_server.ingest.reasons import SourceError

_ATTRIBUTE: Final = re.compile(r'([A-Z0-9-]+)=("[^"]*"|[^",]*)')
_VARIANT, _MEDIA = "#EXT-X-STREAM-INF:", "#EXT-X-MEDIA:"
# H.264 that passes through: Baseline, Main, Extended and High.
_PASSES: Final = re.compile(r"avc[13]\.(42|4d|58|64)", re.IGNORECASE)
_SOUND: Final = re.compile(r"(mp4a|ac-3|ec-3|opus|flac|alac)", re.IGNORECASE)
# Pixels a second that a core decodes and encodes beside its other work: 720p30.
_PIXELS_OF_A_CORE: Final = 1280 * 720 * 30


class Chosen(NamedTuple):
    """The playlists to read."""

    video: str
    audio: str | None  # None: the sound is in the first one, or there is none


@dataclass(frozen=True)
class _Variant:
    url: str
    attributes: Mapping[str, str]

    @property
    def codecs(self) -> list[str]:
        return self.attributes.get("CODECS", "").replace(" ", "").split(",")

    @property
    def pixels(self) -> int:
        found = re.fullmatch(r"(\d{1,5})x(\d{1,5})", self.attributes.get("RESOLUTION", ""))
        return int(found[1]) * int(found[2]) if found else 0

    @property
    def bandwidth(self) -> int:
        text = self.attributes.get("BANDWIDTH", "")
        return int(text) if re.fullmatch(r"\d{1,12}", text) else 0

    @property
    def passes(self) -> bool:
        """Whether its video needs no transcoding; undeclared video is H.264 in practice."""
        videos = [each for each in self.codecs if each and not _SOUND.match(each)]
        return all(map(_PASSES.match, videos))

    @property
    def has_video(self) -> bool:
        return bool(self.pixels) or not all(map(_SOUND.match, self.codecs))

    @property
    def pixels_a_second(self) -> float:
        found = re.fullmatch(r"\d{1,3}(\.\d+)?", self.attributes.get("FRAME-RATE", ""))
        return self.pixels * (float(found[0]) if found else 30.0)


def choose(text: str, url: str, cores: int | None = None) -> Chosen | None:
    """Return the best variant that this machine can carry; None for a media playlist.

    H.264 that passes through is preferred; other video must be small enough to transcode it.

    Raises:
        SourceError: The playlist has no variant.
    """
    if _VARIANT not in text:
        return None
    variants, sounds = _read(text, url)
    if not variants:
        raise SourceError("The HLS playlist names no variant.", kind="unsupported")
    budget = _PIXELS_OF_A_CORE * (cores or os.cpu_count() or 1)
    carried = [each for each in variants if each.passes or each.pixels_a_second <= budget]
    if carried:
        best = max(carried, key=lambda v: (v.has_video, v.passes, v.pixels, v.bandwidth))
    else:
        best = min(variants, key=lambda v: (v.pixels, v.bandwidth))
    return Chosen(best.url, _sound_of(best, sounds, url))


def _read(text: str, url: str) -> tuple[list[_Variant], list[dict[str, str]]]:
    variants, sounds = [], []
    lines = iter([line.strip() for line in text.splitlines() if line.strip()])
    for line in lines:
        if line.startswith(_MEDIA):
            sounds.append(_attributes(line))
        elif line.startswith(_VARIANT):
            uri = next((each for each in lines if not each.startswith("#")), "")
            if uri:
                variants.append(_Variant(urljoin(url, uri), _attributes(line)))
    return variants, [each for each in sounds if each.get("TYPE") == "AUDIO"]


def _attributes(line: str) -> dict[str, str]:
    return {key: value.strip('"') for key, value in _ATTRIBUTE.findall(line.partition(":")[2])}


def _sound_of(variant: _Variant, sounds: list[dict[str, str]], url: str) -> str | None:
    group = [each for each in sounds if each.get("GROUP-ID") == variant.attributes.get("AUDIO")]
    usual = [each for each in group if each.get("DEFAULT") == "YES"]
    best = next(iter(usual or group), {})
    return urljoin(url, best["URI"]) if best.get("URI") else None
