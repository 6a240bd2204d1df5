"""The YouTube Data API, with the operator's key: lengths, and why something cannot be played."""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from domain.core.untrusted import json_object, list_of, object_of, text
from domain.marks.models import Metadata
from domain.marks.providers.answers import picture
from domain.marks.providers.client import Answer, Endpoints, ProviderClient

UNITS_A_DAY: Final = 10_000
_QUOTA_S: Final = 3600
_REFUSALS_S: Final = 600
_LENGTH: Final = re.compile(
    r"P(?:(?P<d>\d{1,3})D)?(?:T(?:(?P<h>\d{1,4})H)?(?:(?P<m>\d{1,5})M)?(?:(?P<s>\d{1,7})S)?)?",
    re.ASCII,
)
_GONE: Final = "This video was removed or is private. Choose another one."


class YouTube:
    """Asks for videos."""

    name = "youtube-api"

    def __init__(self, client: ProviderClient, endpoints: Endpoints, key: str) -> None:
        self._client = client
        self._base = endpoints.youtube_api
        self._key = key

    async def fetch(self, video_id: str) -> Metadata | None:
        """Return a video's metadata, or None if the answer is not usable.

        Raises:
            Unavailable: As `ProviderClient.get`, or the day's quota is used up.
        """
        await self._client.states.check(self.name)
        await self._client.states.spend(self.name, 1, UNITS_A_DAY)
        parts = "snippet,contentDetails,status"
        query = urlencode({"part": parts, "id": video_id, "key": self._key})
        answer = await self._client.get(self.name, f"{self._base}/videos?{query}")
        if answer.status in {400, 403}:
            is_quota = b"quotaExceeded" in answer.body or b"rateLimitExceeded" in answer.body
            await self._client.states.block(self.name, _QUOTA_S if is_quota else _REFUSALS_S)
            await self._client.states.check(self.name)
        return read_video(answer)


def read_video(answer: Answer) -> Metadata | None:
    """Return the metadata in an answer of `videos.list`."""
    said = json_object(answer.body) if answer.status == 200 else None
    if said is None or not isinstance(said.get("items"), list):
        return None
    items = list_of(said["items"])
    if not items:
        return Metadata(restrictions={"reason": _GONE})
    video = object_of(items[0])
    snippet, details = object_of(video.get("snippet")), object_of(video.get("contentDetails"))
    channel = text(snippet.get("channelTitle"))
    thumbnails = object_of(snippet.get("thumbnails"))
    title, artist, album = text(snippet.get("title")), channel.removesuffix(" - Topic"), ""
    if channel.endswith(" - Topic"):
        title, artist, album = _provided(snippet.get("description"), title, artist)
    return Metadata(
        title=title,
        artist=artist,
        album=album,
        channel=channel,
        duration_ms=read_length(details.get("duration")),
        thumbnail_url=picture(object_of(thumbnails.get("medium")).get("url")),
        restrictions=_restrictions(details, object_of(video.get("status"))),
    )


def read_length(value: object) -> int | None:
    """Return an ISO 8601 duration in milliseconds; a live stream's is zero, so None."""
    found = _LENGTH.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    d, h, m, s = (int(found[name] or 0) for name in "dhms")
    return (((d * 24 + h) * 60 + m) * 60 + s) * 1000 or None


def _provided(description: object, title: str, artist: str) -> tuple[str, str, str]:
    """Read a "- Topic" upload's description: `Title · Artist · Artist`, then the album."""
    lines = [text(line) for line in str(description or "").splitlines()[:20]]
    lines = [line for line in lines if line]
    for at, line in enumerate(lines):
        name, *artists = (part.strip() for part in line.split(" · "))
        if name and artists:
            album = lines[at + 1] if at + 1 < len(lines) else ""
            return name, "; ".join(artists), "" if album.startswith("℗") else album
    return title, artist, ""


def _restrictions(details: Mapping[str, Any], status: Mapping[str, Any]) -> dict[str, Any]:
    """Return what limits playback, with one reason in plain words."""
    regions = object_of(details.get("regionRestriction"))
    is_adult = object_of(details.get("contentRating")).get("ytRating") == "ytAgeRestricted"
    found: dict[str, Any] = {}
    for name in ("allowed", "blocked"):
        codes = [text(code)[:2] for code in list_of(regions.get(name))[:300]]
        if codes:
            found[f"regions_{name}"] = codes
    if status.get("madeForKids") is True:
        found["made_for_kids"] = True
    if is_adult:
        found |= {"age_restricted": True, "reason": "YouTube plays this only to signed-in adults."}
    if status.get("embeddable") is False:
        reason = "The owner does not allow playback on other sites. Open it at YouTube."
        found |= {"embeddable": False, "reason": reason}
    return found
