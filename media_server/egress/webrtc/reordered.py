"""Whether a stream shows frames in another order than it sends them: B-frames."""

import numpy as np

from media_server.media.ring import Ring

_CHUNKS = 2


def has_reordering(ring: Ring) -> bool:
    """Tell whether frames of the newest GOPs are out of order; what headers claim is not asked."""
    for chunk in ring.video.chunks[-_CHUNKS:]:
        if bool(np.any(np.diff(chunk.all().pts_us) < 0)):
            return True
    return False
