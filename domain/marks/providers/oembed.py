"""oEmbed: titles without a key. Answers are hostile input; their HTML is never used."""

from typing import Final
from urllib.parse import urlencode

from domain.core.untrusted import duration_ms, json_object, text
from domain.marks.models import Metadata, TrackSource
from domain.marks.providers.answers import picture
from domain.marks.providers.client import Answer, Endpoints, ProviderClient

_REASONS: Final = {
    400: "The provider does not know this item. Check the link.",
    401: "The owner does not allow playback on other sites. Open it at the provider.",
    403: "This is private. Ask its owner, or choose another one.",
    404: "This was removed, or never existed. Choose another one.",
}
# YouTube writes some errors as plain text, once with status 200.
_TEXTS: Final = {b"Bad Request": 400, b"Unauthorized": 401, b"Forbidden": 403, b"Not Found": 404}


class OEmbed:
    """Asks a provider's oEmbed endpoint."""

    def __init__(self, client: ProviderClient, endpoints: Endpoints) -> None:
        self._client = client
        self._endpoints = {
            "youtube": endpoints.youtube_oembed,
            "spotify": endpoints.spotify_oembed,
            "soundcloud": endpoints.soundcloud_oembed,
            "vimeo": endpoints.vimeo_oembed,
        }

    async def fetch(self, source: TrackSource) -> Metadata | None:
        """Return what is said of a source, or None if nothing usable is.

        Raises:
            Unavailable: As `ProviderClient.get`.
        """
        endpoint = self._endpoints.get(source.provider)
        if endpoint is None:
            return None
        query = urlencode({"format": "json", "url": source.url})
        answer = await self._client.get(source.provider, f"{endpoint}?{query}")
        return read_oembed(source.provider, answer)


def read_oembed(provider: str, answer: Answer) -> Metadata | None:
    """Return an oEmbed answer's metadata; a refusal becomes a reason in plain words."""
    status = answer.status if answer.status != 200 else _TEXTS.get(answer.body.strip()[:20], 200)
    if status in _REASONS:
        return Metadata(restrictions={"reason": _REASONS[status]})
    said = json_object(answer.body) if status == 200 else None
    if said is None:
        return None
    author = text(said.get("author_name"))
    title = text(said.get("title"))
    if provider == "soundcloud" and author and title.endswith(f" by {author}"):
        title = title.removesuffix(f" by {author}")
    return Metadata(
        title=title,
        artist=author.removesuffix(" - Topic"),
        channel=author,
        duration_ms=duration_ms(said.get("duration")) if provider == "vimeo" else None,
        thumbnail_url=picture(said.get("thumbnail_url")),
    )
