"""Finds the frame on screen at an instant: presentation order over chunks in decode order.

With open GOPs, the chunk after a keyframe's own can hold leading pictures: shown before its
keyframe, decoded after it. So the lookup searches two neighbouring chunks.
"""

import numpy as np

from media_server.media.run import Run
from media_server.media.track_ring import Chunk, Section, TrackRing

# How far a clip may exceed its span to show whole frames; beyond this, shorten the frame.
_WHOLE_FRAME_US = 100_000


def on_screen(lane: TrackRing, us: int) -> tuple[int, Chunk]:
    """Return the largest pts at or before an instant, and the chunk that holds it."""
    index = max(lane.index_at(us), 0)
    best, holder = -1, lane.chunks[index]
    for chunk in lane.chunks[index : index + 2]:
        pts = chunk.all().pts_us
        shown = pts[pts <= us]
        if len(shown) and int(shown.max()) > best:
            best, holder = int(shown.max()), chunk
    return best, holder


def select_video(
    lane: TrackRing, start_us: int, end_us: int
) -> tuple[list[tuple[Section, Run]], int, int]:
    """Return the packets that show [start, end), and when the first appears and the last leaves.

    Frames are kept whole, unless that makes the clip more than 100 ms longer on one side (a slide
    that stays for a minute).
    """
    first_pts = _first_shown(lane, start_us, end_us)
    index = lane.index_at(first_pts)
    runs: list[tuple[Section, Run]] = []
    for chunk in lane.chunks[index:]:
        run = chunk.all()
        if not runs and int(run.pts_us.min()) < chunk.start_us:
            # Its leading pictures refer to the GOP before, which is not included.
            run = run.take(run.pts_us >= chunk.start_us)
        if chunk.end_us <= end_us:
            runs.append((chunk.section, run))
            continue
        wanted = np.flatnonzero(run.pts_us < end_us)
        if not len(wanted):
            break
        runs.append((chunk.section, run.slice(0, int(wanted[-1]) + 1)))
    last_end = _end_of_last(lane, end_us)
    shown_from = first_pts if start_us - first_pts <= _WHOLE_FRAME_US else start_us
    shown_until = last_end if last_end - end_us <= _WHOLE_FRAME_US else end_us
    return runs, shown_from, shown_until


def _first_shown(lane: TrackRing, start_us: int, end_us: int) -> int:
    """Return the pts of the frame on screen, else of the next section's first frame."""
    pts, chunk = on_screen(lane, start_us)
    index = lane.index_at(start_us) + 1
    if start_us >= chunk.end_us and index < len(lane.chunks):
        later = lane.chunks[index]
        if later.section is not chunk.section and later.start_us < end_us:
            return later.start_us
    return pts


def _end_of_last(lane: TrackRing, end_us: int) -> int:
    """Return when the last frame before `end` leaves the screen: when the next one appears."""
    last, chunk = on_screen(lane, end_us - 1)
    following = []
    for later in lane.chunks[lane.index_at(last) :][:3]:
        pts = later.all().pts_us
        after = pts[pts > last]
        if len(after) and later.section is chunk.section:
            following.append(int(after.min()))
    if following:
        return min(following)
    run = chunk.all()
    return last + int(run.duration_us[int(np.argmax(run.pts_us == last))])
