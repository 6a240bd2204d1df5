"""Audio packets as a gapless run of samples: exact cadence, holes filled, duplicates dropped.

Containers round timestamps (RTMP to milliseconds), networks lose packets, and a repaired timeline
can step by a few milliseconds. Players tolerate neither: an mp4's audio plays at its own rate, so
an unfilled hole puts everything after it out of sync. So packets keep their own durations while
they stay near their timestamps, and are resynchronised when they drift.
"""

from dataclasses import dataclass

import numpy as np

from media_server.media.packet import AudioParams, Buffer
from media_server.media.run import Column, Run, concat

# How far audio may drift from its timestamps before a resync: half of what listeners notice.
_STRAY_S = 0.010
# AAC frames that decode to silence at any rate, for one and two channels.
_SILENT_AAC = {
    1: bytes.fromhex("00c800802380"),
    2: bytes.fromhex("210049900219002380"),
}
# Audio object types whose core decodes them: Main, LC, and LC with SBR or PS (HE-AAC).
_CORES = frozenset({1, 2, 5, 29})
_SILENT_OPUS = bytes.fromhex("f8fffe")  # CELT, full band, 20 ms, empty
_OPUS_SAMPLES = 960


@dataclass(frozen=True, slots=True)
class Sound:
    """Consecutive packets: `delta` is each one's samples, `start` the first one's time."""

    start: int
    delta: Column
    size: Column
    buffers: tuple[Buffer, ...]


def timescale(params: AudioParams) -> int:
    """Return an audio track's ticks per second: its sample rate; Opus always counts 48 kHz."""
    return 48_000 if params.codec == "opus" else params.sample_rate


def nominal_samples(run: Run, params: AudioParams) -> Column:
    """Return how many samples each packet decodes to."""
    if params.codec == "opus":  # multiples of 2.5 ms (RFC 6716, section 2.1.4)
        return np.maximum(1, np.rint(run.duration_us / 2500)).astype(np.int64) * 120
    # HE-AAC: a packet is 2048 samples at the output rate.
    doubled = run.duration_us * params.sample_rate >= 1_500_000 * params.frame_samples
    return np.where(doubled, 2 * params.frame_samples, params.frame_samples).astype(np.int64)


def to_samples(us: Column, rate: int) -> Column:
    """Return microseconds as samples, rounded."""
    return (us * rate + 500_000) // 1_000_000


def even(runs: list[Run], params: AudioParams, base_us: int) -> list[Sound]:
    """Yield the runs of one track as audio, run by run; times count from `base_us`."""
    rate = timescale(params)
    whole = concat(runs)
    nominal = nominal_samples(whole, params)
    wanted = to_samples(whole.pts_us - base_us, rate)
    ideal = wanted[0] + np.cumsum(nominal) - nominal
    if np.abs(wanted - ideal).max() <= _STRAY_S * rate:
        return _as_is(runs, nominal, int(wanted[0]))
    return _mended(runs, params, nominal, wanted)


def _as_is(runs: list[Run], nominal: Column, start: int) -> list[Sound]:
    sounds, row = [], 0
    for run in runs:
        delta = nominal[row : row + len(run)]
        sounds.append(Sound(start, delta, run.size, run.buffers))
        start, row = start + int(delta.sum()), row + len(run)
    return sounds


def silence(params: AudioParams) -> tuple[bytes, int] | None:
    """Return a silent packet and its samples, or None if we have none for the format."""
    if params.codec == "opus":
        return (_SILENT_OPUS, _OPUS_SAMPLES) if params.channels <= 2 else None
    frame = _SILENT_AAC.get(params.channels)
    is_known = bool(params.extradata) and params.extradata[0] >> 3 in _CORES
    return (frame, params.frame_samples) if frame and is_known else None


def _mended(runs: list[Run], params: AudioParams, nominal: Column, wanted: Column) -> list[Sound]:
    """Return audio resynchronised where it drifts; stretches without drift stay whole."""
    stray = round(_STRAY_S * timescale(params))
    sounds: list[Sound] = []
    at, row = int(wanted[0]), 0
    for run in runs:
        rows = slice(row, row + len(run))
        row += len(run)
        length = nominal[rows]
        ideal = at + np.cumsum(length) - length
        if np.abs(wanted[rows] - ideal).max() <= stray:
            sounds.append(Sound(at, length.copy(), run.size, run.buffers))
        else:
            mender = _Mender(at, stray, silence(params))
            mender.take(run, wanted[rows].tolist(), length.tolist(), sounds)
            sounds.append(mender.sound(at))
        at = sounds[-1].start + int(sounds[-1].delta.sum())
    return [sound for sound in sounds if len(sound.size)]


class _Mender:
    """Resynchronises a run packet by packet."""

    def __init__(self, at: int, stray: int, silence: tuple[bytes, int] | None) -> None:
        self._at = at
        self._stray = stray
        self._silence = silence
        self._shift = 0  # packets added before this run
        self._delta: list[int] = []
        self._data: list[Buffer] = []

    def take(self, run: Run, wanted: list[int], nominal: list[int], before: list[Sound]) -> None:
        """Add a run's packets, with their target times and their lengths in samples."""
        for view, time, samples in zip(run.packets(), wanted, nominal, strict=True):
            if time - self._at < -max(self._stray, samples // 2):
                continue  # its time is already filled
            if time - self._at > self._stray:
                self._fill(time)
            if abs(time - self._at) > self._stray:
                self._stretch(time - self._at, before)
            self._put(view, samples)

    def sound(self, start: int) -> Sound:
        """Return the packets added."""
        sizes = np.array([len(item) for item in self._data], np.int64)
        delta = np.array(self._delta, np.int64)
        return Sound(start + self._shift, delta, sizes, tuple(self._data))

    def _put(self, data: Buffer, samples: int) -> None:
        self._data.append(data)
        self._delta.append(samples)
        self._at += samples

    def _fill(self, time: int) -> None:
        """Fill a hole with silence."""
        if self._silence is not None:
            frame, samples = self._silence
            while time - self._at >= samples:
                self._put(frame, samples)

    def _stretch(self, by: int, before: list[Sound]) -> None:
        """Lengthen or shorten the newest packet by some samples."""
        if self._delta:
            self._delta[-1] = max(1, self._delta[-1] + by)
        elif before and len(before[-1].delta):
            before[-1].delta[-1] = max(1, int(before[-1].delta[-1]) + by)
            self._shift = by
        else:
            return
        self._at += by
