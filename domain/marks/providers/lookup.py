"""The right question for each provider: with the operator's keys, or without any."""

from dataclasses import replace

from domain.core.errors import MomentsError, Unavailable
from domain.core.log import get_logger
from domain.core.settings import Settings
from domain.core.time import Clock
from domain.infra.rate_limit import RateLimiter
from domain.infra.ytdlp.client import YtDlp
from domain.marks.models import Metadata, TrackSource
from domain.marks.providers.client import Endpoints, ProviderClient
from domain.marks.providers.isrc import IsrcLookup
from domain.marks.providers.oembed import OEmbed
from domain.marks.providers.spotify import Spotify
from domain.marks.providers.youtube import YouTube

log = get_logger(__name__)


class ProviderLookup:
    """Asks about a source; without keys, oEmbed has to do, and yt-dlp where it is allowed."""

    def __init__(
        self,
        settings: Settings,
        client: ProviderClient,
        limiter: RateLimiter,
        clock: Clock,
        endpoints: Endpoints,
        ytdlp: YtDlp,
    ) -> None:
        self._is_on = settings.provider_metadata
        self._states = client.states
        self._ytdlp = ytdlp
        self._oembed = OEmbed(client, endpoints)
        self._isrc = IsrcLookup(client, limiter, endpoints, settings.public_url)
        self._youtube: YouTube | None = None
        self._spotify: Spotify | None = None
        if settings.youtube_api_key:
            key = settings.youtube_api_key.get_secret_value()
            self._youtube = YouTube(client, endpoints, key)
        if settings.spotify_client_id and settings.spotify_client_secret:
            keys = settings.spotify_client_id, settings.spotify_client_secret.get_secret_value()
            self._spotify = Spotify(client.fetcher, client.states, clock, endpoints, keys)

    async def fetch(self, source: TrackSource) -> Metadata | None:
        """Return what a source's provider says of it, or None if it is not asked or says nothing.

        Raises:
            Unavailable: The provider cannot be asked now.
        """
        if not self._is_on:
            return None
        if source.provider == "youtube" and self._youtube is not None:
            return await self._youtube.fetch(source.provider_id)
        if source.provider == "spotify" and self._spotify is not None:
            return await self._spotify.fetch(source.kind, source.provider_id)
        said = await self._oembed.fetch(source)
        return await self._with_length(source, said) if said and said.title else said

    async def _with_length(self, source: TrackSource, said: Metadata) -> Metadata:
        """Add what oEmbed does not say, where yt-dlp may ask for it; never fails."""
        if said.duration_ms is not None or not self._ytdlp.allows(source.provider):
            return said
        state = f"ytdlp-{source.provider}"
        try:
            await self._states.check(state)
            facts = await self._ytdlp.facts(source.url)
        except Unavailable as error:
            if error.code != "provider_paused":
                await self._states.failed(state)
            return said
        except MomentsError as error:
            log.info("ytdlp_says_nothing", provider=source.provider, reason=error.message)
            return said
        await self._states.succeeded(state)
        return replace(said, duration_ms=facts.duration_ms, album=facts.album or said.album)

    async def by_isrc(self, isrc: str) -> Metadata | None:
        """Return what the open catalogues say of a recording."""
        return await self._isrc.fetch(isrc)
