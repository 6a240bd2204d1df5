"""The tracks of an open source that a stream keeps."""

from dataclasses import dataclass, field
from typing import Self

from av.container import InputContainer

from media_server.ingest.audio import audio_track
from media_server.ingest.reasons import SourceError
from media_server.ingest.unit import Track
from media_server.ingest.video import video_track
from media_server.media.packet import AudioParams, VideoParams


@dataclass
class Lines:
    """The first video and the first audio, by the index of their packets."""

    video: Track[VideoParams] | None = None
    audio: Track[AudioParams] | None = None
    by_index: dict[int, Track[VideoParams] | Track[AudioParams]] = field(default_factory=dict)

    @classmethod
    def of(cls, container: InputContainer, *, is_untimed: bool = False) -> Self:
        """Return the tracks of a container; `is_untimed` ignores the frame rate that libav assumes.

        Raises:
            SourceError: It has none.
        """
        lines = cls()
        videos, sounds = container.streams.video, container.streams.audio
        if not videos and not sounds:
            raise SourceError("The source has neither video nor sound.", kind="unsupported")
        if videos:
            lines.video = lines.by_index[videos[0].index] = video_track(
                videos[0], is_untimed=is_untimed
            )
        if sounds:
            lines.audio = lines.by_index[sounds[0].index] = audio_track(sounds[0])
        return lines

    def drop_audio(self) -> None:
        """Leave the audio out."""
        self.by_index = {index: each for index, each in self.by_index.items() if each is self.video}
        self.audio = None
