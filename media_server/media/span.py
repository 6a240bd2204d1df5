"""Which of a selection's pieces go together into one file, and where a file must stop."""

from dataclasses import dataclass

from media_server.media.h264 import join_avcc, parse_avcc
from media_server.media.packet import AudioParams, VideoParams
from media_server.media.run import Run, presentation_ends
from media_server.media.selection import Piece, Selection

_SOUND_CHANGED = "The stream's sound changed its format in the middle; the clip ends there"
_ENDED_EARLY = "The stream had no more frames in that span"
_BEGAN_LATE = "The stream had no frame at the start of that span; the clip begins with the next one"
_LATE_US = 100_000


@dataclass(frozen=True, slots=True)
class VideoRun:
    """A GOP with its sample description (from 1), and parameter sets to put before its keyframe."""

    run: Run
    entry: int
    prefix: bytes


@dataclass(frozen=True, slots=True)
class Span:
    """What goes into a file."""

    start_us: int
    end_us: int
    video_params: list[VideoParams]
    audio_params: AudioParams | None
    video: list[VideoRun]
    audio: list[Run]
    reason: str | None


def plan(selection: Selection) -> Span:
    """Choose a selection's pieces for one file.

    Any number of video headers can be in it, but one audio format: where that changes, the file
    ends, and says why.
    """
    pieces = selection.pieces
    audio_params = _audio_params(pieces)
    kept, reason = _until_sound_changes(pieces, audio_params)
    end_us = selection.end_us
    if len(kept) < len(pieces) and reason:
        end_us = min(end_us, _end_of(kept))
    elif end_us < selection.asked_end_us - _LATE_US:
        reason = _ENDED_EARLY
    elif selection.start_us > selection.asked_start_us + _LATE_US:
        reason = _BEGAN_LATE
    entries, video = _video(kept)
    return Span(
        start_us=selection.start_us,
        end_us=end_us,
        video_params=entries,
        audio_params=audio_params,
        video=video,
        audio=[run for piece in kept if piece.header.audio == audio_params for run in piece.audio],
        reason=reason,
    )


def _audio_params(pieces: tuple[Piece, ...]) -> AudioParams | None:
    """Return the format of the first sound that belongs to what is shown."""
    shown = [piece for piece in pieces if piece.video] or list(pieces)
    return next((piece.header.audio for piece in shown if piece.audio), None)


def _until_sound_changes(
    pieces: tuple[Piece, ...], params: AudioParams | None
) -> tuple[list[Piece], str | None]:
    kept: list[Piece] = []
    for piece in pieces:
        other = bool(piece.audio) and params is not None and piece.header.audio != params
        if other and piece.video and any(before.video for before in kept):
            return kept, _SOUND_CHANGED
        if other and not piece.video and not any(before.video for before in pieces) and kept:
            return kept, _SOUND_CHANGED
        kept.append(piece)
    return kept, None


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
        # Once parameter sets have changed in band, a return to the first ones is told in band too.
        prefix = _parameter_sets(params) if len(entries) > 1 else b""
        runs += [VideoRun(run, entry, prefix) for run in piece.video]
    return entries, runs


def _parameter_sets(params: VideoParams) -> bytes:
    _, sps, pps = parse_avcc(params.extradata)
    return join_avcc([memoryview(unit) for unit in (*sps, *pps)])
