"""What the player of a video is given."""

from typing import Any

from domain.videos.models import Video
from webapp.app.pages.videos.menus import address_of
from webapp.app.shell import SignedInPage
from webapp.players import Playable, show_player


def player_of(page: SignedInPage, video: Video) -> dict[str, Any]:
    """Return the player of a video's file, with its captions; call it while the page is drawn."""
    what = Playable(
        "moments",
        video.moment_id,
        "video",
        "",
        title=video.title,
        length_ms=video.duration_ms,
        media_url=video.media_url,
        poster=video.poster_url,
    )
    player = show_player(page.request.scope, page.services.settings, what) or {}
    captions = address_of(video, "captions.vtt", page.visit.organization_id)
    return player | {"source": player["source"] | {"captions": captions}}
