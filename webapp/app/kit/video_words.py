"""A video in words: where it comes from, how long it is, what happens to it."""

from typing import Final
from urllib.parse import urlsplit

from domain.core.time import clock_text
from domain.videos.models import Stage, StageState, Video
from webapp.app.kit.elements import plural

STAGE_NAMES: Final[dict[Stage, str]] = {
    "ingest": "Ingest",
    "audio": "Audio",
    "transcript": "Transcript",
    "moments": "Moments",
    "clips": "Clips",
}
_DOING: Final[dict[Stage, str]] = {
    "ingest": "Reading the file",
    "audio": "Extracting the audio",
    "transcript": "Transcribing",
    "moments": "Finding moments",
    "clips": "Cutting clips",
}
IS_WORKING: Final = frozenset({"queued", "running"})
MAY_RETRY: Final = frozenset({"failed", "cancelled"})


def length_of(video: Video) -> str:
    """Return a video's length, such as `12:48`."""
    return clock_text(video.duration_ms // 1000) if video.duration_ms else ""


def source_of(video: Video) -> str:
    """Return where a video comes from."""
    if video.url:
        return f"From {urlsplit(video.url).hostname}"
    return "Uploaded" if video.source == "upload" else "From a moment"


def percent(stage: StageState) -> int:
    """Return how far a stage is."""
    return 100 if stage.status == "completed" else round(100 * stage.progress)


def words_of(video: Video) -> str:
    """Return what happens to a video now, or how it ended."""
    if video.status == "failed":
        return video.error or "Failed"
    if video.status == "cancelled":
        return "Cancelled"
    if video.status == "completed":
        return plural(video.moments_found, "moment") if video.moments_found else "No moments"
    running = next((each for each in video.stages if each.status == "running"), None)
    if running is not None:
        done = percent(running)
        is_fetch = running.name == "ingest" and video.source == "url"
        doing = "Fetching" if is_fetch else _DOING[running.name]
        return f"{doing}, {done} %" if done else doing
    return "Waiting for the file" if is_awaited(video) else "Queued"


def is_awaited(video: Video) -> bool:
    """Return whether a video's upload has not arrived."""
    return video.source == "upload" and video.media_url is None and video.status == "queued"
