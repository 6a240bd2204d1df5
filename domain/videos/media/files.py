"""Opens any media file of a user: confined to the file itself, with readable errors."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import av
from av.container import InputContainer

from domain.core.errors import UnsupportedMedia

# Containers of files; playlists and device formats could lead elsewhere.
_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,ogg,flac,wav,mp3,aac,aiff,flv,asf,w64"
)
_CONFINED = {"format_whitelist": _FORMATS, "protocol_whitelist": "none"}
_UNREADABLE = (
    "The file is not a readable video. Convert it to MP4 with H.264 and AAC, and try again."
)


@contextlib.contextmanager
def opened(path: Path) -> Iterator[InputContainer]:
    """Open a file for reading.

    Raises:
        UnsupportedMedia: It is empty, damaged, or no media file.
    """
    try:
        with path.open("rb") as file, av.open(file, "r", options=_CONFINED) as container:
            yield container
    except (av.FFmpegError, OSError, UnicodeDecodeError, EOFError) as error:
        raise UnsupportedMedia(_UNREADABLE) from error
