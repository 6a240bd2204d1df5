"""Audio packets as an even row of samples: exact cadence, holes filled, doubles left out.

Containers round timestamps (RTMP to milliseconds), networks lose packets, and a mended timeline can
step by a few milliseconds. Players want neither: an mp4's audio plays at its own rate, so a hole
that is not filled puts all that follows out of sync. So the packets keep their own durations for as
long as they stay near their timestamps, and are set right where they stray.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from media_server.media.packet import AudioParams, Buffer
from media_server.media.run import Column, Run, concat

# How far sound may stray from its timestamps before it is set right: half of what ears notice.
_STRAY_S = 0.010
# AAC-LC frames that decode to silence at any rate, for one and two channels.
_SILENT_AAC = {
    1: bytes.fromhex("00c800802380"),
    2: bytes.fromhex("210049900219002380"),
}
_SILENT_OPUS = bytes.fromhex("f8fffe")  # CELT, full band, 20 ms, nothing in it
_OPUS_SAMPLES = 960


@dataclass(frozen=True, slots=True)
class Sound:
    """Packets in a row: `delta` is each one's duration in samples, `start` the first one's time."""

    start: int
    delta: Column
    size: Column
    buffers: tuple[Buffer, ...]


def timescale(params: AudioParams) -> int:
    """Return the ticks a second of an audio track: its sample rate; Opus always counts 48 kHz."""
    return 48_000 if params.codec == "opus" else params.sample_rate


def nominal_samples(run: Run, params: AudioParams) -> Column:
    """Return how many samples each packet decodes to."""
    if params.codec == "opus":  # multiples of 2.5 ms (RFC 6716, section 2.1.4)
        return np.maximum(1, np.rint(run.duration_us / 2500)).astype(np.int64) * 120
    # HE-AAC: a packet is 2048 samples at the rate that is heard.
    doubled = run.duration_us * params.sample_rate >= 1_500_000 * params.frame_samples
    return np.where(doubled, 2 * params.frame_samples, params.frame_samples).astype(np.int64)


def to_samples(us: Column, rate: int) -> Column:
    """Return microseconds as samples, rounded."""
    return (us * rate + 500_000) // 1_000_000


def even(runs: list[Run], params: AudioParams, base_us: int) -> list[Sound]:
    """Return runs of one track as sound, run by run; times count from `base_us`."""
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


def _silence(params: AudioParams) -> tuple[bytes, int] | None:
    if params.codec == "opus":
        return (_SILENT_OPUS, _OPUS_SAMPLES) if params.channels <= 2 else None
    frame = _SILENT_AAC.get(params.channels)
    low_complexity = bool(params.extradata) and params.extradata[0] >> 3 == 2
    return (frame, params.frame_samples) if frame and low_complexity else None


def _mended(
    runs: list[Run], params: AudioParams, nominal: NDArray[np.int64], wanted: NDArray[np.int64]
) -> list[Sound]:
    stray = round(_STRAY_S * timescale(params))
    silence = _silence(params)
    sounds: list[Sound] = []
    row = 0
    at = start = int(wanted[0])
    for run in runs:
        delta: list[int] = []
        data: list[Buffer] = []
        begin = at
        for view in run.packets():
            time, samples = int(wanted[row]), int(nominal[row])
            row += 1
            ahead = time - at
            if ahead < -max(stray, samples // 2):
                continue  # its time is already taken
            if ahead > stray:
                if silence is not None:
                    while time - at >= silence[1]:
                        data.append(silence[0])
                        delta.append(silence[1])
                        at += silence[1]
                ahead = time - at
            if abs(ahead) > stray and (delta or sounds):
                _stretch(delta, sounds, ahead)
                at += ahead
            data.append(view)
            delta.append(samples)
            at += samples
        sizes = np.array([len(item) for item in data], np.int64)
        sounds.append(Sound(begin, np.array(delta, np.int64), sizes, tuple(data)))
    return [sound for sound in sounds if len(sound.size)] or _as_is(runs[:1], nominal, start)


def _stretch(delta: list[int], sounds: list[Sound], by: int) -> None:
    """Let the packet before last longer, or shorter, by some samples."""
    if delta:
        delta[-1] = max(1, delta[-1] + by)
        return
    for sound in reversed(sounds):
        if len(sound.delta):
            sound.delta[-1] = max(1, int(sound.delta[-1]) + by)
            return
