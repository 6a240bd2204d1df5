"""What a page gives `provider-player.js` for a song or video, and leave to load its player."""

from dataclasses import dataclass
from typing import Any, Final

from domain.core.settings import Settings
from domain.marks.links import Link
from domain.marks.models import TrackSource
from domain.marks.times import whole_start
from domain.moments.models import MediaSource
from domain.sharing.places import place_of
from webapp.edge.asgi_types import Scope
from webapp.edge.headers import allow

PROVIDER_NAMES: Final = {
    "youtube": "YouTube",
    "spotify": "Spotify",
    "soundcloud": "SoundCloud",
    "vimeo": "Vimeo",
    "file": "the file's site",
    "moments": "Moments",
}
NO_PLAYER: Final = "This moment has no clip or video that you can play."


@dataclass(frozen=True, slots=True)
class Playable:
    """What is to be played; `media_url` is where one of our own clips plays from."""

    provider: str
    provider_id: str
    kind: str
    url: str
    title: str = ""
    length_ms: int | None = None
    media_url: str | None = None
    poster: str | None = None

    @classmethod
    def of(cls, link: Link, source: TrackSource | None) -> "Playable":
        """Return a link's media, with what is known of it."""
        title = source.shown_title if source else ""
        length_ms = source.length_ms if source else None
        return cls(link.provider, link.provider_id, link.kind, link.url, title, length_ms)

    @classmethod
    def of_source(cls, source: TrackSource) -> "Playable":
        """Return a known recording."""
        return cls(
            source.provider,
            source.provider_id,
            source.kind,
            source.url,
            source.title,
            source.length_ms,
        )


def show_player(scope: Scope, settings: Settings, what: Playable) -> dict[str, Any] | None:
    """Let the page load a player; return `source` and `addresses` for `new ProviderPlayer`.

    Call it while the page is drawn: its Content-Security-Policy names the provider. Without a
    player for it here, the result is None.
    """
    addresses: dict[str, str] = {}
    media_url = what.media_url
    players = {
        "youtube": settings.youtube_player_url,
        "spotify": settings.spotify_player_url,
        "soundcloud": settings.soundcloud_player_url,
        "vimeo": settings.vimeo_player_url,
    }
    if what.provider in players:
        address = players[what.provider].rstrip("/")
        addresses[what.provider] = address
        allow(scope, "frame-src", address)
    elif what.provider == "file":
        media_url = what.url
        allow(scope, "media-src", media_url)
    elif media_url is None:
        return None
    source = {
        "provider": what.provider,
        "id": what.provider_id,
        "kind": what.kind,
        "url": media_url,
        "title": what.title,
        "poster": what.poster,
        "durationS": None if what.length_ms is None else what.length_ms / 1000,
    }
    return {"source": source, "addresses": addresses}


def original(what: Playable, start_ds: int | None) -> str:
    """Return the media's own address, at a start where the provider knows one."""
    source = MediaSource(what.provider, what.provider_id, what.url)
    start_s = None if start_ds is None else whole_start(start_ds)
    return place_of(source, start_s, None).url or what.url
