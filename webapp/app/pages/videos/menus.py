"""The menus of a video: what can be downloaded, and what can be done with it."""

from collections.abc import Sequence
from typing import Final

from domain.videos.models import Video
from webapp.app.components.menu_button import MenuItem
from webapp.app.kit.video_words import IS_WORKING, STAGE_NAMES

_EXPORTS: Final = (
    ("captions.vtt", "Captions, WebVTT", "captions"),
    ("captions.srt", "Captions, SubRip (SRT)", "captions"),
    ("captions.ass", "Captions, ASS", "captions"),
    ("transcript.txt", "Transcript as text", "note"),
    ("chapters.txt", "Chapters", "sort"),
)


def address_of(video: Video, name: str, organization_id: str) -> str:
    """Return the address of a text made of a video."""
    return f"/api/videos/{video.id}/{name}?organization_id={organization_id}"


def exports_of(video: Video, organization_id: str) -> Sequence[MenuItem]:
    """Return what can be downloaded."""
    exports = [
        MenuItem(label, icon, href=address_of(video, name, organization_id))
        for name, label, icon in _EXPORTS
    ]
    media = [MenuItem("The video", "download", href=video.media_url)] if video.media_url else []
    return [*exports, *media]


def more_of(video: Video) -> Sequence[MenuItem]:
    """Return what can be done; a stage's name runs from it again."""
    if video.status in IS_WORKING:
        runs = [MenuItem("Stop processing", "close", value="cancel")]
    else:
        runs = [
            MenuItem(f"Run from {STAGE_NAMES[each.name].lower()} again", "again", value=each.name)
            for each in video.stages
            if each.status == "completed"
        ]
    rename = MenuItem("Rename", "pencil", value="rename")
    return [rename, *runs, MenuItem("Delete", "trash", value="delete")]
