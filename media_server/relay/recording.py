"""A node's recordings: in progress, finished on disk, and left behind by a crash."""

import asyncio
import re
from dataclasses import dataclass, replace
from pathlib import Path

from msgspec import structs

from domain.core.errors import BadInput, Conflict, MomentsError, NotFound, TooEarly, Unavailable
from domain.core.log import get_logger
from domain.core.time import Clock
from domain.live.wire import Recording, RecordRequest
from media_server.media import mp4
from media_server.media.ring import Ring
from media_server.relay.live import LiveStream
from media_server.relay.log_file import LogEnd, LogReader, append_end, read_summary
from media_server.relay.recorder import REMOVED, STOPPED, Recorder

_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")
_SUFFIX = ".log"
_ENDLESS = 1 << 62
_UNREADABLE = "The recording's file on the media node was lost or damaged."
_NOTHING = "The recording is empty: the stream sent no frame in that span."

log = get_logger(__name__)


@dataclass(frozen=True)
class _Finished:
    """A recording on disk."""

    recording: Recording
    reason: str | None


class Recordings:
    """Starts, keeps and serves recordings; their logs are in one folder."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._recorders: dict[str, Recorder] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._beginning: dict[str, asyncio.Event] = {}
        self._finished: dict[str, _Finished] = {}

    async def restore(self) -> None:
        """Load the recordings on disk; complete those that a crash interrupted."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
            finished = await asyncio.to_thread(_finish, path)
            if finished is None:
                path.unlink()  # nobody knows of it
            else:
                self._finished[path.stem] = finished

    async def close(self) -> None:
        """End recordings in progress, so that the logs say why."""
        for recorder in self._recorders.values():
            recorder.stop(STOPPED)
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=2)

    def drop_stream(self, stream_id: str) -> None:
        """End the recordings of a stream that leaves this node."""
        for recorder in self._recorders.values():
            if recorder.stream_id == stream_id:
                recorder.stop(REMOVED)

    async def start(self, stream: LiveStream, request: RecordRequest) -> Recording:
        """Start a recording; returns once the buffered part is on disk.

        Raises:
            BadInput: The id or the span is invalid, or the span is longer than the buffer.
            LeftTheBuffer, TooEarly, StreamOffline: The span does not start in the window.
            Conflict: Another recording has this id.
            StorageUnavailable: The disk is full or failed.
        """
        if not _ID.fullmatch(request.recording_id):
            raise BadInput("A recording's id may contain only letters, digits, - and _.")
        while request.recording_id in self._beginning:  # requested twice: both wait for the disk
            await self._beginning[request.recording_id].wait()
        known = self._known(request.recording_id)
        if known is not None:
            if (known.stream_id, known.start_us) != (stream.id, request.start_us):
                raise Conflict("Another recording has this id. Choose a new one.")
            return known
        self._check_span(stream.ring, request)
        recorder = Recorder(stream, request, self._path(request.recording_id), self._clock)
        begun = self._beginning[request.recording_id] = asyncio.Event()
        self._recorders[request.recording_id] = recorder
        try:
            await recorder.begin()
        except BaseException:
            del self._recorders[request.recording_id]
            raise
        finally:
            del self._beginning[request.recording_id]
            begun.set()
        task = asyncio.create_task(self._run(recorder))
        self._tasks[request.recording_id] = task
        return self.get(request.recording_id)

    @staticmethod
    def _check_span(ring: Ring, request: RecordRequest) -> None:
        if request.end_us <= request.start_us:
            raise BadInput("A clip must end after it starts.")
        if request.end_us - request.start_us > ring.buffer_us:
            raise BadInput(
                f"A clip can be at most {ring.buffer_us // 1_000_000} s long on this "
                "stream. Choose a shorter one."
            )
        try:
            ring.select(request.start_us, request.end_us)
        except TooEarly:
            if not request.wait:
                raise

    async def _run(self, recorder: Recorder) -> None:
        recording_id = recorder.request.recording_id
        try:
            await recorder.run()
        except Exception:
            log.exception("recording_failed", recording=recording_id)
        try:
            finished = await asyncio.to_thread(_finish, self._path(recording_id))
        except Exception:
            log.exception("recording_unreadable", recording=recording_id)
            known = self.get(recording_id)
            finished = _Finished(structs.replace(known, status="failed", error=_UNREADABLE), None)
        if finished is not None:
            self._finished[recording_id] = finished
        self._recorders.pop(recording_id, None)
        self._tasks.pop(recording_id, None)

    def get(self, recording_id: str) -> Recording:
        """Return a recording's status.

        Raises:
            NotFound: There is none with this id.
        """
        known = self._known(recording_id)
        if known is None:
            raise NotFound("This node has no such recording.")
        return known

    def all(self) -> list[Recording]:
        """Return all recordings of this node."""
        return [self.get(name) for name in {*self._recorders, *self._finished}]

    def _known(self, recording_id: str) -> Recording | None:
        finished = self._finished.get(recording_id)
        if finished is not None:
            return finished.recording
        recorder = self._recorders.get(recording_id)
        if recorder is None:
            return None
        return Recording(
            recording_id=recording_id,
            stream_id=recorder.stream_id,
            status="recording",
            start_us=recorder.request.start_us,
            end_us=recorder.request.end_us,
            held_until_us=recorder.held_until_us,
        )

    async def clip(self, recording_id: str) -> tuple[mp4.Clip, str | None]:
        """Return a finished recording as a file, and why it is shorter than requested, if it is.

        Raises:
            NotFound: There is none with this id.
            Unavailable: It is not finished yet, or it failed.
        """
        recording = self.get(recording_id)
        if recording.status == "recording":
            raise Unavailable("The recording is not finished yet. Try again when it is ready.")
        if recording.status == "failed":
            raise Unavailable(recording.error or _NOTHING)
        clip = await asyncio.to_thread(_clip, self._path(recording_id))
        return clip, self._finished[recording_id].reason

    async def delete(self, recording_id: str) -> None:
        """Delete a recording and its bytes.

        Raises:
            NotFound: There is none with this id.
        """
        self.get(recording_id)
        recorder, task = self._recorders.get(recording_id), self._tasks.get(recording_id)
        if recorder is not None and task is not None:
            recorder.stop(STOPPED)
            await asyncio.wait([task])
        self._finished.pop(recording_id, None)
        self._path(recording_id).unlink(missing_ok=True)

    def _path(self, recording_id: str) -> Path:
        return self._folder / f"{recording_id}{_SUFFIX}"


def _finish(path: Path) -> _Finished | None:
    """Return a log's content; complete it first if a crash has left it open."""
    summary = read_summary(path)
    request, end = summary.request, summary.end
    if request is None:
        return None
    if end is None:
        end = LogEnd(STOPPED)
        try:
            append_end(path, end)
        except OSError as error:  # a full disk: the next start completes it
            log.warning("recording_left_open", recording=request.recording_id, why=str(error))
    problem = _error_of(path)
    return _Finished(
        Recording(
            recording_id=request.recording_id,
            stream_id=request.stream_id,
            status="ready" if problem is None else "failed",
            start_us=request.start_us,
            end_us=request.end_us,
            held_until_us=summary.held_until_us,
            error=problem if problem is not None else end.reason,
        ),
        end.reason,
    )


def _error_of(path: Path) -> str | None:

    try:
        _clip(path)
    except MomentsError as error:
        return f"{_NOTHING} ({error.message})"
    return None


def _clip(path: Path) -> mp4.Clip:
    """Cut the span out of a log, sending its bytes from the file's mapping."""
    ring = Ring(_ENDLESS, _ENDLESS, compact=False)
    request = read_summary(path).request
    with LogReader(path) as reader:
        for arrival in reader.arrivals():
            ring.append(arrival.packet, arrival.header, discontinuity=arrival.discontinuity)
    window = ring.window()
    if request is None or window is None:
        raise Unavailable(_NOTHING)
    start_us = max(request.start_us, window[0])
    selection = ring.select(start_us, request.end_us)
    return mp4.write(replace(selection, asked_start_us=request.start_us))
