"""Safe URLs from user input; URLs of providers' media at a moment's start."""

from typing import Final
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit, urlunsplit

from domain.moments.models import MediaSource
from domain.sharing.models import Place

# How each provider encodes a start time: in the query or the fragment.
_QUERY: Final = {"youtube": "t", "twitch": "t", "dailymotion": "start"}
_FRAGMENT: Final = frozenset({"vimeo", "soundcloud"})
_NAMES: Final = {"youtube": "YouTube", "soundcloud": "SoundCloud"}
_PAGES: Final = {
    "youtube": "https://www.youtube.com/watch?v={}",
    "spotify": "https://open.spotify.com/track/{}",
    "vimeo": "https://vimeo.com/{}",
}


def safe_url(text: object) -> str | None:
    """Return a URL that a page may link to; else None."""
    if not isinstance(text, str) or any(c.isspace() or not c.isprintable() for c in text):
        return None
    parts = _parts(text)
    is_web = parts is not None and parts.scheme in {"http", "https"} and parts.hostname
    return text if is_web else None


def public_address(text: object) -> str | None:
    """Return a URL, such as a git remote's, without any secrets in it."""
    if not isinstance(text, str) or "://" not in text:
        return text if isinstance(text, str) else None
    if (parts := _parts(text)) is None:
        return None
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=host, query="", fragment=""))


def place_of(source: MediaSource, start_s: int | None, end_s: int | None) -> Place:
    """Return a moment's position, with a URL that opens it."""
    provider = source.provider.strip().lower()
    url = safe_url(source.url)
    if url is None and source.provider_id and provider in _PAGES:
        url = _PAGES[provider].format(quote(source.provider_id, safe=""))
    at_start = _at(url, provider, start_s) if url and start_s is not None else None
    return Place(
        provider=_NAMES.get(provider, source.provider.strip().capitalize()),
        title=source.title,
        artist=source.artist,
        url=at_start or url,
        opens_at_start=at_start is not None,
        start_s=start_s,
        end_s=end_s,
        duration_s=source.duration_s,
    )


def _parts(text: str) -> SplitResult | None:
    try:
        parts = urlsplit(text)
        _ = parts.port  # looks at it only when asked
    except ValueError:
        return None
    return parts


def _at(url: str, provider: str, start_s: int) -> str | None:
    parts = urlsplit(url)
    if provider in _FRAGMENT:
        return urlunsplit(parts._replace(fragment=f"t={start_s}s"))
    if (name := _QUERY.get(provider)) is None:
        return None
    value = f"{start_s}" if name == "start" else f"{start_s}s"
    query = [
        pair
        for pair in parse_qsl(parts.query, keep_blank_values=True)
        if pair[0] not in {name, "t", "start"}
    ]
    return urlunsplit(parts._replace(query=urlencode([*query, (name, value)])))
