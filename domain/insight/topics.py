"""Where a talk changes its topic.

Content vector segmentation (Alemi and Ginsparg, "Text Segmentation based on Semantic Word
Embeddings", 2015): the cuts that make the sums of the segments' vectors longest, found exactly by
dynamic programming, with a price for each segment.
"""

import numpy as np
import numpy.typing as npt

_PRICE = 1.25  # of a segment
_LONGEST = 150  # sentences of a segment; bounds the time to n times this
_LEAST = 2  # sentences of a segment


def boundaries(vectors: npt.NDArray[np.float32], price: float = _PRICE) -> list[int]:
    """Return the indexes of sentences that begin a topic, without the first."""
    count = len(vectors)
    if count < 2 * _LEAST:
        return []
    sums = np.zeros((count + 1, vectors.shape[1]))
    np.cumsum(vectors - vectors.mean(axis=0), axis=0, out=sums[1:])
    best = np.full(count + 1, -np.inf)
    best[0] = 0.0
    came = np.zeros(count + 1, np.int64)
    for end in range(_LEAST, count + 1):
        first = max(0, end - _LONGEST)
        worth = np.linalg.norm(sums[end] - sums[first : end - _LEAST + 1], axis=1)
        total = best[first : end - _LEAST + 1] + worth - price
        came[end] = first + int(np.argmax(total))
        best[end] = total.max()
    cuts = []
    while count:
        count = int(came[count])
        cuts.append(count)
    return sorted(cuts)[1:]
