"""Recordings by ISRC at MusicBrainz and Deezer, without keys and within their limits.

Both count over a rolling window, in which a bucket would pass twice the limit; so requests keep a
distance that no window can exceed.
"""

from typing import Any, Final

from domain.core.untrusted import duration_ms, json_object, list_of, object_of, text
from domain.infra.rate_limit import RateLimiter
from domain.marks.models import Metadata
from domain.marks.providers.client import Answer, Endpoints, ProviderClient

_MUSICBRAINZ_S: Final = 1.1  # one a second
_DEEZER_S: Final = 0.12  # 50 in five seconds
_DEEZER_BUSY: Final = 4
_BUSY_S: Final = 5


class IsrcLookup:
    """Asks MusicBrainz, and Deezer if it knows nothing."""

    def __init__(
        self,
        client: ProviderClient,
        limiter: RateLimiter,
        endpoints: Endpoints,
        contact: str | None,
    ) -> None:
        self._client = client
        self._limiter = limiter
        self._endpoints = endpoints
        self._contact = contact

    async def fetch(self, isrc: str) -> Metadata | None:
        """Return a recording's metadata, or None if neither knows it.

        Raises:
            Unavailable: As `ProviderClient.get`. RateLimited: It is too early to ask.
        """
        return await self._musicbrainz(isrc) or await self._deezer(isrc)

    async def _musicbrainz(self, isrc: str) -> Metadata | None:
        if self._contact is None:  # MusicBrainz blocks clients that do not say who they are
            return None
        await self._limiter.hit("provider", "musicbrainz", 1, _MUSICBRAINZ_S)
        url = f"{self._endpoints.musicbrainz}/isrc/{isrc}?inc=artist-credits&fmt=json"
        agent = {"User-Agent": f"Moments/1 ({self._contact})"}
        return read_musicbrainz(await self._client.get("musicbrainz", url, agent))

    async def _deezer(self, isrc: str) -> Metadata | None:
        await self._limiter.hit("provider", "deezer", 1, _DEEZER_S)
        url = f"{self._endpoints.deezer}/track/isrc:{isrc}"
        answer = await self._client.get("deezer", url)
        said = json_object(answer.body) or {}
        if object_of(said.get("error")).get("code") == _DEEZER_BUSY:  # with status 200
            await self._client.states.block("deezer", _BUSY_S)
            await self._client.states.check("deezer")
        return _of_deezer(said)


def read_musicbrainz(answer: Answer) -> Metadata | None:
    """Return the first recording of an ISRC."""
    said = json_object(answer.body) if answer.status == 200 else None
    recordings = list_of((said or {}).get("recordings"))
    if not recordings:
        return None
    recording = object_of(recordings[0])
    credits = list_of(recording.get("artist-credit"))[:20]
    return Metadata(
        title=text(recording.get("title")),
        artist="; ".join(filter(None, (text(object_of(each).get("name")) for each in credits))),
        duration_ms=duration_ms(recording.get("length"), unit_ms=1),
    )


def _of_deezer(said: dict[str, Any]) -> Metadata | None:
    title = text(said.get("title"))
    if not title:
        return None
    return Metadata(
        title=title,
        artist=text(object_of(said.get("artist")).get("name")),
        album=text(object_of(said.get("album")).get("title")),
        duration_ms=duration_ms(said.get("duration")),
    )
