"""Asks providers over the guarded client, and notes how they do."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from domain.core.errors import TooLarge, Unavailable
from domain.core.time import Clock
from domain.infra.http.safe_http import SafeFetcher
from domain.marks.providers.answers import retry_after_s
from domain.marks.providers.states import ProviderStates

_MAX_BYTES: Final = 512 * 1024
_TOTAL_S: Final = 15.0


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where providers answer; tests have their own."""

    youtube_oembed: str = "https://www.youtube.com/oembed"
    youtube_api: str = "https://www.googleapis.com/youtube/v3"
    spotify_oembed: str = "https://open.spotify.com/oembed"
    spotify_api: str = "https://api.spotify.com/v1/"
    spotify_token: str = "https://accounts.spotify.com/api/token"  # noqa: S105 (an address)
    soundcloud_oembed: str = "https://soundcloud.com/oembed"
    vimeo_oembed: str = "https://vimeo.com/api/oembed.json"
    musicbrainz: str = "https://musicbrainz.org/ws/2"
    deezer: str = "https://api.deezer.com"


@dataclass(frozen=True, slots=True)
class Answer:
    """A provider's answer: a status below 500, other than 429, and the body."""

    status: int
    body: bytes


class ProviderClient:
    """One request at a time; what fails is retried by the job, later."""

    def __init__(
        self, fetcher: Callable[[], SafeFetcher], states: ProviderStates, clock: Clock
    ) -> None:
        self.fetcher = fetcher  # opened on first use: the web never asks
        self.states = states
        self._clock = clock

    async def get(
        self, provider: str, url: str, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Return an answer, whatever its status says of the item.

        Raises:
            Unavailable: The provider is down, slow, asks to wait, or sends too much; says when to
                retry. Nothing waits for it here.
        """
        await self.states.check(provider)
        try:
            answer, retry_after = await asyncio.to_thread(self._get, url, headers or {})
        except (Unavailable, TooLarge) as error:
            await self.states.failed(provider)
            raise Unavailable(f"{provider} does not answer. Try again later.") from error
        if answer.status == 429 or (answer.status == 503 and retry_after is not None):
            seconds = retry_after_s(retry_after, self._clock.now())
            await self.states.block(provider, seconds)
            await self.states.check(provider)
        if answer.status >= 500:
            await self.states.failed(provider)
            raise Unavailable(f"{provider} answers with an error. Try again later.")
        await self.states.succeeded(provider)
        return answer

    def _get(self, url: str, headers: Mapping[str, str]) -> tuple[Answer, str | None]:
        limits = {"max_bytes": _MAX_BYTES, "total_s": _TOTAL_S}
        with self.fetcher().open_sync(url, headers=headers, any_status=True, **limits) as body:  # type: ignore[arg-type]
            return Answer(body.status, body.read()), body.headers.get("retry-after")
