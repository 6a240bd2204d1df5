"""Who speaks when: windows of voice, clustered.

Windows are embedded once and stored; how many people speak can then be changed at once, because
clustering an hour takes a fraction of a second. The count is the part that cannot be heard reliably
(two voices can be closer than one voice to itself), so people are asked; "auto" is a guess.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from domain.insight import audio, encoder
from domain.insight.encoder import FRAMES, HOP
from domain.insight.facts import Span, Turn, VoiceWindows

_STEP = 40  # frames from one window to the next
_STEP_S = _STEP * HOP / audio.RATE
_HALF_S = FRAMES / 2 * HOP / audio.RATE
_PART_S = 60.0  # of audio in memory
_MOST = 8  # people
_SAME = 0.8  # cosine of two centroids above which "auto" merges them
_LEAST_S = 3.0  # of speech that make a person in "auto"
_SHARPNESS = 20.0  # of cosines as log-likelihoods
_SWITCH = 5.0  # cost of a change of speaker
_TRIES = 6
_SAMPLE = 1500  # windows that determine the centroids
Array = npt.NDArray[np.float32]


def windows(file: Path, speech: Sequence[Span]) -> VoiceWindows:
    """Embed the voice around each step of speech in a decoded file."""
    times, vectors = [np.zeros((0, 2), np.float32)], [np.zeros((0, 256), np.float16)]
    level = _sample(file, speech)
    for part in _parts(speech):
        cells = np.array(list(_cells(part)), np.float32)
        start_s, end_s = part[0][0] - 2 * _HALF_S, part[-1][1] + 2 * _HALF_S
        missing = max(0.0, -start_s)
        samples = audio.read(file, max(0.0, start_s), end_s)
        samples = np.pad(samples, (round(missing * audio.RATE), audio.RATE * 4))
        frames = encoder.mel(encoder.amplified(samples, level))
        firsts = np.round((cells.mean(axis=1) - _HALF_S - start_s) * audio.RATE / HOP).astype(int)
        held = np.stack([frames[first : first + FRAMES] for first in firsts])
        times.append(cells)
        vectors.append(encoder.encode(held).astype(np.float16))
    return VoiceWindows(np.concatenate(times).tobytes(), np.concatenate(vectors).tobytes())


def _sample(file: Path, speech: Sequence[Span]) -> audio.Samples:
    """Return a minute of the speech, for its level."""
    held, room = [np.zeros(0, np.float32)], _PART_S
    for start, end in speech:
        held.append(audio.read(file, start, min(end, start + room)))
        room -= min(end - start, room)
    return np.concatenate(held)


def _parts(speech: Sequence[Span]) -> Iterator[list[Span]]:
    """Yield spans of about a minute of audio together; a longer span is cut."""
    part: list[Span] = []
    for span in speech:
        for at in np.arange(span[0], span[1], _PART_S):
            piece = (float(at), min(span[1], float(at) + _PART_S))
            if part and piece[1] - part[0][0] > _PART_S:
                yield part
                part = []
            part.append(piece)
    if part:
        yield part


def _cells(spans: Sequence[Span]) -> Iterator[Span]:
    """Yield the steps of speech; the last of a span is what remains of it."""
    for start, end in spans:
        count = max(1, round((end - start) / _STEP_S))
        edges = np.linspace(start, end, count + 1)
        yield from zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)


def assign(stored: VoiceWindows, count: int | None = None) -> list[Turn]:
    """Cluster windows into so many people, or into a guessed number; return their turns."""
    times = np.frombuffer(stored.times, np.float32).reshape(-1, 2)
    vectors = np.frombuffer(stored.vectors, np.float16).reshape(-1, 256).astype(np.float32)
    if not len(vectors):
        return []
    most = min(count or _MOST, len(vectors))
    centroids = _clustered(vectors, most)
    if count is None:
        centroids = _merged(vectors, centroids)
    for _ in range(3):  # centroids of smoothed labels are cleaner
        labels = _smoothed(vectors @ centroids.T, times)
        centroids = _centroids(vectors, labels, centroids)
    return _turns(times, labels)


def _clustered(vectors: Array, count: int) -> Array:
    """Return centroids by spherical k-means over a sample, the best of several starts."""
    sample = vectors[:: 1 + len(vectors) // _SAMPLE]
    random = np.random.default_rng(0)
    fits = [_fit(sample, min(count, len(sample)), random) for _ in range(_TRIES)]
    return max(fits, key=lambda fit: fit[0])[1]


def _fit(vectors: Array, count: int, random: np.random.Generator) -> tuple[float, Array]:
    """Return a local optimum of k-means from starts far apart (k-means++)."""
    centroids = vectors[random.integers(len(vectors))][None]
    while len(centroids) < count:
        far = np.maximum(1 - np.max(vectors @ centroids.T, axis=1), 1e-9) ** 2
        chosen = random.choice(len(far), p=far / far.sum())
        centroids = np.concatenate([centroids, vectors[chosen][None]])
    for _ in range(20):
        centroids = _centroids(vectors, np.argmax(vectors @ centroids.T, axis=1), centroids)
    return float(np.max(vectors @ centroids.T, axis=1).mean()), centroids


def _centroids(vectors: Array, labels: npt.NDArray[np.int64], old: Array) -> Array:
    """Return the mean direction of each label's vectors; a label without any keeps its own."""
    chosen = (labels[:, None] == np.arange(len(old))).astype(np.float32)
    sums = chosen.T @ vectors
    norms = np.linalg.norm(sums, axis=1, keepdims=True)
    return np.asarray(np.where(norms > 0, sums / np.maximum(norms, 1e-9), old), np.float32)


def _merged(vectors: Array, centroids: Array) -> Array:
    """Merge centroids that sound alike, and those of hardly any speech, into their nearest."""
    while len(centroids) > 1:
        labels = np.argmax(vectors @ centroids.T, axis=1)
        centroids = _centroids(vectors, labels, centroids)
        held_s = np.bincount(labels, minlength=len(centroids)) * _STEP_S
        alike = centroids @ centroids.T - 2 * np.eye(len(centroids), dtype=np.float32)
        small = int(np.argmin(held_s))
        if held_s[small] < _LEAST_S:
            one, other = small, int(np.argmax(alike[small]))
        else:
            one, other = (int(i) for i in np.unravel_index(np.argmax(alike), alike.shape))
            if alike[one, other] < _SAME:
                return centroids
        weights = np.maximum(held_s[[one, other]], 1e-6).astype(np.float32)
        joined = weights @ centroids[[one, other]]
        centroids = np.delete(centroids, [one, other], axis=0)
        centroids = np.concatenate([centroids, (joined / np.linalg.norm(joined))[None]])
    return centroids


def _smoothed(cosines: Array, times: Array) -> npt.NDArray[np.int64]:
    """Return the likeliest sequence of labels if changes are rare (Viterbi)."""
    odds = cosines * _SHARPNESS
    gaps = np.concatenate([[0.0], times[1:, 0] - times[:-1, 1]])
    costs = _SWITCH / (1 + np.maximum(gaps, 0.0) * 2)  # a pause invites a change
    score, came = odds[0], np.zeros(odds.shape, np.int64)
    for at in range(1, len(odds)):
        best = int(np.argmax(score))
        switched = score[best] - costs[at]
        stays = score >= switched
        came[at] = np.where(stays, np.arange(len(score)), best)
        score = np.where(stays, score, switched) + odds[at]
    labels = np.zeros(len(odds), np.int64)
    labels[-1] = np.argmax(score)
    for at in range(len(odds) - 1, 0, -1):
        labels[at - 1] = came[at, labels[at]]
    return labels


def _turns(times: Array, labels: npt.NDArray[np.int64]) -> list[Turn]:
    """Join adjacent windows of one label; speakers count in the order in which they appear."""
    names: dict[int, int] = {}
    turns: list[Turn] = []
    for (start, end), label in zip(times.tolist(), labels.tolist(), strict=True):
        speaker = names.setdefault(label, len(names))
        if turns and turns[-1].speaker == speaker and start - turns[-1].end_s < 0.5:
            turns[-1] = Turn(turns[-1].start_s, round(end, 3), speaker)
        else:
            turns.append(Turn(round(start, 3), round(end, 3), speaker))
    return turns
