"""Detects B-frames: frames shown in another order than they are sent."""

import numpy as np

from media_server.media.ring import Ring

_CHUNKS = 2


def has_reordering(ring: Ring) -> bool:
    """Return whether frames of the newest GOPs are out of order; ignores what headers claim."""
    for chunk in ring.video.chunks[-_CHUNKS:]:
        if bool(np.any(np.diff(chunk.all().pts_us) < 0)):
            return True
    return False
