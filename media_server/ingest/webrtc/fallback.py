"""The slower receiver for an aiortc with unknown internals: its own receivers, undecoded.

aiortc's receivers handle RTP, loss and reports; we replace only their decoders with something that
passes the encoded frame through the public `track.recv()`. It costs about twice as much, adds a
frame of delay, and ignores sender reports, so audio and video are aligned by their arrival.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import aiortc.rtcrtpreceiver
from aiortc import MediaStreamTrack, RTCPeerConnection
from aiortc.mediastreams import MediaStreamError

from domain.core.log import get_logger
from domain.live.wire import IngestInfo
from media_server.ingest.webrtc.output import Output
from media_server.ingest.webrtc.pipeline import Pipeline
from media_server.ingest.webrtc.publisher import GONE_S, VANISHED

_CHECK_S = 0.5
_KEY_EVERY_S = 1.9
_KEY_GAP_S = 0.5

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Encoded:
    """A frame from the receiver's jitter buffer, its timestamp counted from the first."""

    codec: str
    data: bytes
    timestamp: int


class _Frame(Protocol):
    data: bytes
    timestamp: int


class _NoDecoder:
    """Replaces a decoder."""

    def __init__(self, codec: str) -> None:
        self._codec = codec

    def decode(self, frame: _Frame) -> list[Encoded]:
        """Return the frame unchanged."""
        return [Encoded(self._codec, frame.data, frame.timestamp)]


def decode_nothing() -> None:
    """Replace the decoders of all receivers in this process."""
    module: Any = aiortc.rtcrtpreceiver
    module.get_decoder = lambda codec: _NoDecoder(codec.name.lower())


class ReceiverPublisher:
    """A publisher received through aiortc's receivers; on the event loop."""

    protocol = "WHIP"

    def __init__(self, connection: RTCPeerConnection, on_end: Callable[[str | None], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._on_end = on_end
        self._heard = self._key_at = self._asked_at = self._loop.time()
        self._is_over = False
        self._frames = 0
        self._asked = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._receivers: list[Any] = [each.receiver for each in connection.getTransceivers()]
        self._pipeline = Pipeline(self, {})

    def begin(self, output: Output) -> None:
        """Pass the frames to an output."""
        tracks: list[Any] = [each.track for each in self._receivers if each.track]
        self._pipeline.begin(output, {track.kind for track in tracks})
        for track in tracks:
            self._own(self._read(track))

    def connected(self) -> None:
        """Start the timeout check."""
        self._heard = self._loop.time()
        self._own(self._watch())

    def _own(self, work: Any) -> None:  # noqa: ANN401 (a coroutine of any kind)
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _read(self, track: MediaStreamTrack) -> None:
        while not self._is_over:
            try:
                frame: Any = await track.recv()
            except MediaStreamError:
                self.end()
                return
            self._heard = self._loop.time()
            self._frames += 1
            if track.kind == "video":
                self._pipeline.encoded(frame.codec, frame.timestamp, frame.data)
            elif frame.data:
                self._pipeline.sound(frame.timestamp, [frame.data])

    async def _watch(self) -> None:
        while not self._is_over:
            await asyncio.sleep(_CHECK_S)
            now = self._loop.time()
            if now - self._heard > GONE_S:
                self.cut(VANISHED)
            elif now - self._key_at > _KEY_EVERY_S:
                self.ask_for_keyframe()

    def came(self) -> None:
        """Note a keyframe."""
        self._key_at = self._loop.time()

    def wanted(self) -> None:
        """Request a keyframe now."""
        self.ask_for_keyframe()

    def ask_for_keyframe(self) -> bool:
        """Request a keyframe, unless that was just done; return whether it was requested."""
        now = self._loop.time()
        if self._is_over or now - self._asked_at < _KEY_GAP_S:
            return False
        self._asked_at = now
        for receiver in self._receivers:
            ask = getattr(receiver, "_send_rtcp_pli", None)
            if ask is not None and receiver.track is not None and receiver.track.kind == "video":
                for source in receiver.getSynchronizationSources():
                    self._asked += 1
                    self._own(ask(source.source))
        return True

    @property
    def is_silent(self) -> bool:
        """Whether nothing has arrived for a while."""
        return self._loop.time() - self._heard > 1.5

    def cut(self, reason: str) -> None:
        """End for a reason that users see."""
        self.end(reason)

    def end(self, reason: str | None = None) -> None:
        """Stop; idempotent."""
        if self._is_over:
            return
        self._is_over = True
        self._pipeline.close()
        for task in self._tasks:
            if task is not asyncio.current_task():
                task.cancel()
        self._on_end(reason)

    def info(self) -> IngestInfo:
        """Return the connection's statistics, as far as they are known this way."""
        return IngestInfo(
            protocol=self.protocol,
            way="receiver",
            codec=self._pipeline.codec,
            packets=self._frames,
            keyframe_requests=self._asked,
        )
