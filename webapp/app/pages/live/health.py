"""The health panel: what the player hears of its stream, in words."""

from typing import Final

from domain.core.time import clock_text
from domain.live.models import Stream
from domain.live.wire import AudioInfo, VideoInfo
from webapp.app.components.live_player import Report
from webapp.app.components.stream_state import StreamState
from webapp.app.kit.elements import El, link

_CODECS: Final = {"h264": "H.264", "aac": "AAC", "opus": "Opus"}
_CHANNELS: Final = {1: "mono", 2: "stereo"}
_ROWS: Final = ("Resolution", "Video", "Audio", "Delay", "Rewind")
_KEPT: Final = 60  # bitrates of the last two minutes
_FULL_MS: Final = 4000  # so close to its length, a buffer counts as full


class HealthPanel:
    """Draws reports; `charts` leads to more for those who may see it."""

    def __init__(self, stream: Stream, charts: str | None) -> None:
        self._buffer_ms = stream.buffer_s * 1000
        self._rates: list[int] = []
        since_us = None if stream.since is None else round(stream.since.timestamp() * 1_000_000)
        with El("section", "m-glass m-health m-desk", aria_label="Stream health"):
            with El("div", "m-row m-between"):
                with El("span", "m-b", role="status"):
                    self.state = StreamState(stream.state, stream.reason, since_us)
                self._spark = El("span", "m-glyph")
            with El("dl"):
                self.rows = {name: self._draw_row(name) for name in _ROWS}
            if charts:
                link("Charts", charts, "m-link m-sm")

    def _draw_row(self, name: str) -> El:
        with El("div"):
            El("dt", text=name)
            return El("dd", text="…")

    def show(self, report: Report) -> None:
        """Show how the stream is now."""
        if report.missed:
            if report.missed > 1:
                self.state.show_silence("The stream does not respond")
            return
        self.state.show(report.state, report.reason, report.since_us)
        values = {
            "Resolution": _resolution(report.video),
            "Video": _video(report.video),
            "Audio": _audio(report.audio),
            "Delay": _delay(report),
            "Rewind": self._rewind(report.held_ms),
        }
        for name, text in values.items():
            if self.rows[name].text != text:
                self.rows[name].text = text
        if report.video and report.video.bitrate_kbps > 0:
            self._rates = [*self._rates, report.video.bitrate_kbps][-_KEPT:]
            self._draw_spark()

    def _rewind(self, held_ms: int) -> str:
        held_ms = min(held_ms, self._buffer_ms)
        if held_ms <= 0:
            return "nothing yet"
        if held_ms > self._buffer_ms - _FULL_MS:
            return f"{clock_text(round(held_ms / 1000))}, full"
        return f"{clock_text(round(held_ms / 1000))} of {clock_text(round(self._buffer_ms / 1000))}"

    def _draw_spark(self) -> None:
        """Draw the bitrate as a line: only a clear change moves it."""
        if len(self._rates) < 3:
            return
        low, high = min(self._rates), max(self._rates)
        spread, middle = max(high - low, high * 0.25), (high + low) / 2
        first = _KEPT - len(self._rates)
        points = " ".join(
            f"{(first + at) / (_KEPT - 1) * 118 + 1:.1f},{12 - (rate - middle) / spread * 18:.1f}"
            for at, rate in enumerate(self._rates)
        )
        about = f"Bitrate, the last two minutes, {low / 1000:.1f} to {high / 1000:.1f} Mbit/s"
        self._spark.attribute(
            "innerHTML",
            f'<svg class="m-spark" viewBox="0 0 120 24" role="img" aria-label="{about}">'
            f'<polyline points="{points}"/></svg>',
        )


def _resolution(video: VideoInfo | None) -> str:
    if video is None:
        return "none"
    return f"{video.width} × {video.height}, {video.fps:.4g} fps"  # noqa: RUF001 (a size)


def _video(video: VideoInfo | None) -> str:
    if video is None:
        return "none"
    rate = f", {video.bitrate_kbps / 1000:.1f} Mbit/s" if video.bitrate_kbps else ""
    return _CODECS.get(video.codec, video.codec) + rate


def _audio(audio: AudioInfo | None) -> str:
    if audio is None:
        return "none"
    channels = _CHANNELS.get(audio.channels, f"{audio.channels} channels")
    rate = f"{audio.sample_rate / 1000:.4g} kHz"
    return f"{_CODECS.get(audio.codec, audio.codec)}, {rate} {channels}"


def _delay(report: Report) -> str:
    if report.status != "live":
        return "none"
    return "…" if report.delay_ms is None else f"{report.delay_ms / 1000:.1f} s"
