"""Sends one stream to all its WebRTC viewers, while there is at least one."""

import asyncio
from collections.abc import Callable
from typing import Final

from domain.core.errors import MomentsError
from domain.core.log import get_logger
from domain.core.time import Clock
from media_server.egress.webrtc.b_frame_transcoder import BFrameTranscoder
from media_server.egress.webrtc.clock import RtpClock
from media_server.egress.webrtc.opus import ToOpus
from media_server.egress.webrtc.reordered import has_reordering
from media_server.egress.webrtc.track import SoundTrack, VideoTrack
from media_server.egress.webrtc.viewer import Counters, Viewer
from media_server.media.packet import Arrival, Header, Packet, VideoParams
from media_server.media.run import Run
from media_server.relay.live import LiveStream
from media_server.relay.queues import Reader

_STEP_S: Final = 0.005
_TICK_S: Final = 0.25
_TICKS: Final = 4  # each viewer's report falls in one of them: once a second
_ASK_US: Final = 1_000_000

log = get_logger(__name__)


class Broadcast:
    """Packetises a stream and hands it to viewers, on the event loop and at once.

    `ask_keyframe` requests one from the publisher, if that is possible. With `transcodes`, a stream
    with B-frames is transcoded; else `on_reordered` is called when B-frames appear.
    """

    def __init__(
        self,
        stream: LiveStream,
        clock: Clock,
        ask_keyframe: Callable[[], bool],
        *,
        transcodes: bool = False,
    ) -> None:
        self.stream = stream
        self.transcodes = transcodes
        self.video = VideoTrack()
        self.sound = SoundTrack()
        self.viewers: set[Viewer] = set()
        self.others = 0  # viewers served by aiortc's own senders
        self.counters = Counters()  # of viewers that have left
        self.on_reordered: Callable[[], None] = lambda: None
        self._clock = clock
        self._ask_keyframe = ask_keyframe
        self._asked_us = 0
        self._reader: Reader | None = None
        self._opus: ToOpus | None = None
        self._plain: BFrameTranscoder | None = None
        self._behind: set[Viewer] = set()
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._ticks = 0
        self._last_pts: int | None = None

    # Viewers

    def add(self, viewer: Viewer) -> None:
        """Add a viewer whose transport is open."""
        if self._reader is None:
            self._start()
        self.viewers.add(viewer)
        viewer.join()
        self._flush(viewer)
        viewer.report(self._now_us())
        if viewer.video is not None and self.video.key is None:
            self.ask_keyframe()

    def remove(self, viewer: Viewer) -> None:
        """Remove a viewer."""
        if viewer not in self.viewers:
            return
        self.viewers.discard(viewer)
        self._behind.discard(viewer)
        viewer.close()
        self.counters.add(viewer.counters)
        if not self.viewers:
            self._stop()

    def total(self) -> Counters:
        """Return the totals of all viewers, including those who have left."""
        total = Counters()
        for counters in (self.counters, *(viewer.counters for viewer in self.viewers)):
            total.add(counters)
        return total

    def ask_keyframe(self) -> None:
        """Request a keyframe from the publisher, at most once a second for all viewers together."""
        now_us = self._now_us()
        if now_us - self._asked_us >= _ASK_US:
            self._asked_us = now_us
            if self._plain is not None:
                self._plain.ask_keyframe()
            else:
                self._ask_keyframe()

    def clocks(self) -> dict[str, tuple[RtpClock, int, int]]:
        """Return each track's clock: a current timestamp and its instant."""
        now_us = self._now_us()
        return {
            name: (track.clock, *track.clock.anchor(now_us))
            for name, track in (("video", self.video), ("audio", self.sound))
        }

    # Following the stream

    def _start(self) -> None:
        self.video.clear()
        self.sound.clear()
        self._last_pts = None
        self._replay()
        self._reader = self.stream.read()
        self.stream.on_batch.append(self._follow)
        self._later("tick", _TICK_S, self._tick)

    def _stop(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None
            self.stream.on_batch.remove(self._follow)
        if self._opus is not None:
            self._opus.close()
            self._opus = None
        if self._plain is not None:
            self._plain.close()
            self._plain = None
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self.video.clear()
        self.sound.clear()

    def close(self) -> None:
        """End for good."""
        for viewer in list(self.viewers):
            self.remove(viewer)

    def _replay(self) -> None:
        """Packetise the newest GOP, which is already in the ring."""
        held = self._held()
        if held is None:
            return
        params, run = held
        if self.transcodes and has_reordering(self.stream.ring):
            self._make_plain(params)
            return
        for pts_us, is_key, data in zip(
            run.pts_us.tolist(), run.is_key.tolist(), run.packets(), strict=True
        ):
            self.video.pack(data, pts_us, params.extradata, is_key=is_key)
            self._last_pts = pts_us

    def _held(self) -> tuple[VideoParams, Run] | None:
        """Return the newest GOP, unless the stream has changed since."""
        chunks = self.stream.ring.video.chunks
        if not chunks or chunks[-1].section.header != self.stream.ring.header:
            return None
        params = chunks[-1].section.header.video
        return None if params is None else (params, chunks[-1].all())

    def _make_plain(self, params: VideoParams) -> BFrameTranscoder:
        """Start or restart the transcoder with the buffered GOP."""
        if self._plain is not None:
            self._plain.close()
        log.info("whep_transcodes", stream=self.stream.id)
        self._plain = BFrameTranscoder(params, self._made_plain)
        held = self._held()
        if held is not None and held[0] == params:
            self._plain.begin(held[1])
        return self._plain

    def _made_plain(self, plain: BFrameTranscoder, packet: Packet, params: VideoParams) -> None:
        """Send a transcoded frame."""
        if plain is not self._plain:
            return
        self.video.pack(packet.data, packet.pts_us, params.extradata, is_key=packet.is_key)
        for viewer in tuple(self.viewers):
            self._flush(viewer)

    def _follow(self) -> None:
        reader = self._reader
        if reader is None:
            return
        for arrival in reader.take():
            if not arrival.is_filler:  # RTP needs none: each track stands alone
                self._take(arrival)
        for viewer in tuple(self.viewers):
            self._flush(viewer)

    def _take(self, arrival: Arrival) -> None:
        packet, header = arrival.packet, arrival.header
        try:
            if packet.track == "video":
                self._take_video(packet, header)
            else:
                self._take_sound(packet, header)
        except MomentsError as error:
            log.info("packet_not_sent", stream=self.stream.id, error=error.message)

    def _take_video(self, packet: Packet, header: Header) -> None:
        params = header.video
        if params is None:
            return
        if self._plain is not None:
            plain = self._plain if self._plain.params == params else self._make_plain(params)
            plain.feed(packet)
            return
        if self.video.key is None and not packet.is_key:
            return
        if self._last_pts is not None and packet.pts_us < self._last_pts and not packet.is_key:
            if self.transcodes:
                self._make_plain(params)
                return
            self.on_reordered()
        self._last_pts = packet.pts_us
        self.video.pack(packet.data, packet.pts_us, params.extradata, is_key=packet.is_key)

    def _take_sound(self, packet: Packet, header: Header) -> None:
        params = header.audio
        if params is None or not any(viewer.sound for viewer in self.viewers):
            return
        if params.codec == "opus":
            self.sound.pack(packet.data, packet.pts_us)
            return
        if self._opus is None or self._opus.params != params:
            if self._opus is not None:
                self._opus.close()
            self._opus = ToOpus(params, self._sounded)
        self._opus.feed(packet)

    def _sounded(self, opus: ToOpus, frames: list[tuple[int, bytes]]) -> None:
        """Send transcoded audio."""
        if opus is not self._opus:
            return
        for pts_us, data in frames:
            self.sound.pack(data, pts_us)
        for viewer in tuple(self.viewers):
            self._flush(viewer)

    # Sending

    def _flush(self, viewer: Viewer) -> None:
        if viewer.flush():
            self._behind.add(viewer)
            if "step" not in self._timers:
                self._later("step", _STEP_S, self._step)
        else:
            self._behind.discard(viewer)

    def _step(self) -> None:
        """Let slow viewers catch up."""
        del self._timers["step"]
        for viewer in tuple(self._behind):
            self._flush(viewer)

    def _tick(self) -> None:
        self._later("tick", _TICK_S, self._tick)
        self._ticks += 1
        now_us = self._now_us()
        for number, viewer in enumerate(self.viewers):
            if (number + self._ticks) % _TICKS == 0:
                viewer.report(now_us)

    def _later(self, name: str, delay_s: float, call: Callable[[], None]) -> None:
        self._timers[name] = asyncio.get_running_loop().call_later(delay_s, call)

    def _now_us(self) -> int:
        return self._clock.now_us()
