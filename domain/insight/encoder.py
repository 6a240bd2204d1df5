"""The GE2E speaker encoder in numpy: a vector of 256 for how a voice sounds in 1.6 s.

Wan et al., "Generalized End-to-End Loss for Speaker Verification" (2018); weights and front end of
Resemblyzer (Apache-2.0, see weights/README.md).
"""

from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

from domain.insight.audio import RATE, Samples

FRAMES = 160  # of one window
HOP = RATE // 100  # samples of a frame
_SIZE = RATE // 40
_BANDS = 40
_HIDDEN = 256
_BATCH = 64
_LEVEL = 10 ** (-30 / 20)  # quieter speech is amplified to this RMS
Array = npt.NDArray[np.float32]


def mel(samples: Samples) -> Array:
    """Return the power in 40 mel bands of each frame of 10 ms, shape (n, 40)."""
    padded = np.pad(samples, _SIZE // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, _SIZE)[::HOP]
    window = np.hanning(_SIZE + 1)[:-1].astype(np.float32)
    power = np.abs(np.fft.rfft(frames * window, axis=1)) ** 2
    return np.asarray(power @ _filters().T, np.float32)


def amplified(samples: Samples, speech: Samples) -> Samples:
    """Return samples at the level that the encoder was trained with, by that of the speech."""
    level = float(np.sqrt(np.mean(speech * speech))) if len(speech) else 0.0
    return samples * np.float32(max(1.0, _LEVEL / level)) if level > 0 else samples


def encode(windows: Array) -> Array:
    """Return the vectors of windows of mel frames, (n, 160, 40) to (n, 256), L2-normalised."""
    batches = [_encode(windows[at : at + _BATCH]) for at in range(0, len(windows), _BATCH)]
    return np.concatenate(batches) if batches else np.zeros((0, _HIDDEN), np.float32)


def _encode(windows: Array) -> Array:
    weights, values = _weights(), windows
    for layer in range(3):
        values = _lstm(values, layer)
    raw = np.maximum(values[:, -1] @ weights["linear.weight"].T + weights["linear.bias"], 0)
    return np.asarray(raw / (np.linalg.norm(raw, axis=1, keepdims=True) + 1e-9), np.float32)


def _lstm(values: Array, layer: int) -> Array:
    """Return a layer's output for each step; gates in PyTorch's order."""
    weights = _weights()
    bias = weights[f"lstm.bias_ih_l{layer}"] + weights[f"lstm.bias_hh_l{layer}"]
    incoming = values @ weights[f"lstm.weight_ih_l{layer}"].T + bias
    recurrent = np.ascontiguousarray(weights[f"lstm.weight_hh_l{layer}"].T)
    hidden = np.zeros((len(values), _HIDDEN), np.float32)
    cell = np.zeros_like(hidden)
    out = np.empty((*values.shape[:2], _HIDDEN), np.float32)
    for step in range(values.shape[1]):
        gates = incoming[:, step] + hidden @ recurrent
        let_in, keep, new, let_out = np.split(gates, 4, axis=1)
        cell = _sigmoid(keep) * cell + _sigmoid(let_in) * np.tanh(new)
        hidden = _sigmoid(let_out) * np.tanh(cell)
        out[:, step] = hidden
    return out


def _sigmoid(values: Array) -> Array:
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * values), np.float32)


@cache
def _weights() -> dict[str, Array]:
    file = resources.files("domain.insight.weights") / "ge2e_fp16.npz"
    with file.open("rb") as source, np.load(source, allow_pickle=False) as stored:
        return {name: stored[name].astype(np.float32) for name in stored.files}


@cache
def _filters() -> Array:
    """Return Slaney's mel filters (Auditory Toolbox, 1998), shape (40, 201)."""
    edges = _hertz(np.linspace(0.0, _mels(RATE / 2), _BANDS + 2))
    bins = np.fft.rfftfreq(_SIZE, 1 / RATE)
    slopes = edges[:, None] - bins[None, :]
    width = np.diff(edges)
    rising, falling = -slopes[:-2] / width[:-1, None], slopes[2:] / width[1:, None]
    filters = np.maximum(0, np.minimum(rising, falling))
    return np.asarray(filters * (2 / (edges[2:] - edges[:-2]))[:, None], np.float32)


def _mels(hertz: float) -> float:
    """Linear below 1 kHz, logarithmic above."""
    return float(hertz * 3 / 200 if hertz < 1000 else 15 + np.log(hertz / 1000) * 27 / np.log(6.4))


def _hertz(mels: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.where(mels < 15, mels * 200 / 3, 1000 * np.exp((mels - 15) * np.log(6.4) / 27))
