"""The Spotify Web API through spotipy, with the operator's keys, over the guarded client.

spotipy sleeps through a long Retry-After by default, and does not refresh a token that Spotify has
revoked. Here nothing sleeps: the answer passes through, and the job retries later.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from domain.core.errors import TooLarge, Unavailable
from domain.core.time import Clock
from domain.core.untrusted import duration_ms, list_of, object_of, text
from domain.infra.http.safe_http import SafeFetcher
from domain.marks.models import Metadata
from domain.marks.providers.answers import picture, retry_after_s
from domain.marks.providers.client import Endpoints
from domain.marks.providers.states import ProviderStates

if TYPE_CHECKING:
    import spotipy

_MAX_BYTES: Final = 512 * 1024
_GONE: Final = "Spotify does not have this any more. Choose another one."


class Spotify:
    """Asks for tracks and episodes."""

    name = "spotify-api"

    def __init__(
        self,
        fetcher: Callable[[], SafeFetcher],
        states: ProviderStates,
        clock: Clock,
        endpoints: Endpoints,
        keys: tuple[str, str],
    ) -> None:
        self._fetcher = fetcher
        self._states = states
        self._clock = clock
        self._endpoints = endpoints
        self._keys = keys
        self._api: spotipy.Spotify | None = None

    async def fetch(self, kind: str, item_id: str) -> Metadata | None:
        """Return an item's metadata, or None if the answer is not usable.

        Raises:
            Unavailable: Spotify is down, or asks to wait.
        """
        from spotipy import SpotifyException  # noqa: PLC0415 (loads requests: only in workers)
        from spotipy.oauth2 import SpotifyOauthError  # noqa: PLC0415 (as above)

        await self._states.check(self.name)
        try:
            said = await asyncio.to_thread(self._ask, kind, item_id)
        except SpotifyException as error:
            return await self._refused(error)
        except (Unavailable, TooLarge, SpotifyOauthError, ValueError, OSError) as error:
            self._api = None
            await self._states.failed(self.name)
            raise Unavailable("Spotify does not answer. Try again later.") from error
        await self._states.succeeded(self.name)
        return read_item(said)

    async def _refused(self, error: "spotipy.SpotifyException") -> Metadata | None:
        if error.http_status == 404:
            return Metadata(restrictions={"reason": _GONE})
        if error.http_status == 429:
            header = (error.headers or {}).get("Retry-After")
            seconds = retry_after_s(header, self._clock.now())
            await self._states.block(self.name, seconds)
            await self._states.check(self.name)
        await self._states.failed(self.name)
        raise Unavailable(f"Spotify answers with error {error.http_status}. Try again later.")

    def _ask(self, kind: str, item_id: str) -> object:
        from spotipy import SpotifyException  # noqa: PLC0415 (as above)

        for attempt in (1, 2):
            api = self._api = self._api or _api(self._fetcher(), self._endpoints, self._keys)
            try:
                return api.episode(item_id) if kind == "episode" else api.track(item_id)
            except SpotifyException as error:
                if error.http_status != 401 or attempt == 2:
                    raise
                self._api = None  # its token was revoked: take a new one, once
        return None


def _api(fetcher: SafeFetcher, endpoints: Endpoints, keys: tuple[str, str]) -> Any:  # noqa: ANN401 (spotipy is untyped)
    import requests  # noqa: PLC0415 (only in workers)
    import spotipy  # noqa: PLC0415
    from spotipy.cache_handler import MemoryCacheHandler  # noqa: PLC0415
    from spotipy.oauth2 import SpotifyClientCredentials  # noqa: PLC0415

    from domain.marks.providers.guarded_requests import GuardedAdapter  # noqa: PLC0415

    logging.getLogger("spotipy").setLevel(logging.CRITICAL)  # its errors are ours to log
    session = requests.Session()
    session.trust_env = False
    for scheme in ("https://", "http://"):
        session.mount(scheme, GuardedAdapter(fetcher, max_bytes=_MAX_BYTES))
    credentials = SpotifyClientCredentials(
        *keys, requests_session=session, cache_handler=MemoryCacheHandler()
    )
    credentials.OAUTH_TOKEN_URL = endpoints.spotify_token
    api = spotipy.Spotify(auth_manager=credentials, requests_session=session, retries=0)
    api.prefix = endpoints.spotify_api
    return api


def read_item(said: object) -> Metadata | None:
    """Return the metadata of a track or an episode."""
    item = object_of(said)
    title = text(item.get("name"))
    if not title:
        return None
    artists = [text(object_of(artist).get("name")) for artist in list_of(item.get("artists"))[:20]]
    album = object_of(item.get("album")) or object_of(item.get("show"))
    images = list_of(item.get("images")) or list_of(album.get("images"))
    restrictions: dict[str, Any] = {}
    if item.get("explicit") is True:
        restrictions["explicit"] = True
    if item.get("is_playable") is False:
        restrictions["reason"] = "Spotify does not play this in the operator's market."
    return Metadata(
        title=title,
        artist="; ".join(filter(None, artists)) or text(album.get("publisher")),
        album=text(album.get("name")),
        channel="",
        isrc=text(object_of(item.get("external_ids")).get("isrc")).upper() or None,
        duration_ms=duration_ms(item.get("duration_ms"), unit_ms=1),
        thumbnail_url=picture(object_of(images[-1]).get("url")) if images else None,
        restrictions=restrictions,
    )
