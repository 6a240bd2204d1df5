"""Chooses which pieces of a selection share a file, and where the file must stop."""

from collections.abc import Sequence
from dataclasses import dataclass

from media_server.media.h264 import join_avcc, parse_avcc
from media_server.media.packet import AudioParams, VideoParams
from media_server.media.run import Run, presentation_ends
from media_server.media.selection import Piece, Selection

_SOUND_CHANGED = (
    "The stream's audio format changed in that span. The clip is the longest part without a change."
)
ENDED_EARLY = "The stream had no more frames in that span."
_BEGAN_LATE = (
    "The stream had no frame at the start of that span. The clip starts with the next one."
)
_LATE_US = 100_000


@dataclass(frozen=True, slots=True)
class VideoRun:
    """A GOP, its sample description (from 1), and parameter sets to put before its keyframe."""

    run: Run
    entry: int
    prefix: bytes


@dataclass(frozen=True, slots=True)
class Span:
    """The content of a file."""

    start_us: int
    end_us: int
    video_params: list[VideoParams]
    audio_params: AudioParams | None
    video: list[VideoRun]
    audio: list[Run]
    reason: str | None


def plan(selection: Selection) -> Span:
    """Choose a selection's pieces for one file.

    A file can hold any number of video headers but only one audio format: if that changes, the
    longest stretch without a change wins, and the reason says so.
    """
    kept, start_us, end_us, reason = _longest(selection)
    if reason is None and end_us < selection.asked_end_us - _LATE_US:
        reason = ENDED_EARLY
    elif reason is None and start_us > selection.asked_start_us + _LATE_US:
        reason = _BEGAN_LATE
    audio_params = next((piece.header.audio for piece in _heard(kept)), None)
    entries, video = _video(kept)
    return Span(
        start_us=start_us,
        end_us=end_us,
        video_params=entries,
        audio_params=audio_params,
        video=video,
        audio=[run for piece in kept if piece.header.audio == audio_params for run in piece.audio],
        reason=reason,
    )


def _longest(selection: Selection) -> tuple[list[Piece], int, int, str | None]:
    """Return the pieces of the longest stretch with one audio format, its span, and the reason.

    The newest of equals: a request for the last seconds means what is on now.
    """
    stretches = _stretches(selection.pieces)
    if len(stretches) < 2:
        return [*selection.pieces], selection.start_us, selection.end_us, None
    found = [
        (max(selection.start_us, _start_of(each)), min(selection.end_us, _end_of(each)), each)
        for each in reversed(stretches)
    ]
    start_us, end_us, kept = max(found, key=lambda one: one[1] - one[0])
    return kept, start_us, end_us, _SOUND_CHANGED


def _heard(pieces: Sequence[Piece]) -> list[Piece]:
    """Return the pieces whose audio belongs to the video shown."""
    shown = [piece for piece in pieces if piece.video] or pieces
    return [piece for piece in shown if piece.audio]


def _stretches(pieces: tuple[Piece, ...]) -> list[list[Piece]]:
    """Split pieces where the audio that belongs to the video changes its format."""
    heard = {id(piece) for piece in _heard(pieces)}
    params: AudioParams | None = None
    stretches: list[list[Piece]] = [[]]
    for piece in pieces:
        if id(piece) in heard:
            if params is not None and piece.header.audio != params:
                stretches.append([])
            params = piece.header.audio
        stretches[-1].append(piece)
    return stretches


def _start_of(pieces: list[Piece]) -> int:
    videos = [run for piece in pieces for run in piece.video]
    runs = videos or [run for piece in pieces for run in piece.audio]
    return int(runs[0].pts_us.min())


def _end_of(pieces: list[Piece]) -> int:
    videos = [run for piece in pieces for run in piece.video]
    if videos:
        return int(presentation_ends(videos[-1]).max())
    last = [run for piece in pieces for run in piece.audio][-1]
    return int(last.pts_us[-1] + last.duration_us[-1])


def _video(pieces: list[Piece]) -> tuple[list[VideoParams], list[VideoRun]]:
    entries: list[VideoParams] = []
    runs: list[VideoRun] = []
    for piece in pieces:
        params = piece.header.video
        if not piece.video or params is None:
            continue
        known = [entry.extradata for entry in entries]
        if params.extradata not in known:
            entries.append(params)
            known.append(params.extradata)
        entry = known.index(params.extradata) + 1
        # Once parameter sets have changed in band, signal a return to the first ones in band too.
        prefix = _parameter_sets(params) if len(entries) > 1 else b""
        runs += [VideoRun(run, entry, prefix) for run in piece.video]
    return entries, runs


def _parameter_sets(params: VideoParams) -> bytes:
    _, sps, pps = parse_avcc(params.extradata)
    return join_avcc([memoryview(unit) for unit in (*sps, *pps)])
