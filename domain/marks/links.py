"""Links of media that can be marked: what a pasted address is, without asking anybody.

The result names the provider and its id: players and look-ups are built from these two, never from
the address that somebody wrote. Hosts match exactly, so that a look-alike is refused.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit, urlunsplit

from domain.core.errors import BadFields
from domain.marks import file_links
from domain.marks.times import read_span, read_time

Provider = Literal["youtube", "spotify", "soundcloud", "vimeo", "file", "moments"]
LinkKind = Literal["video", "track", "episode", "file", "moment", "share", "stream", "short"]

MAX_LENGTH: Final = 2000
UNKNOWN: Final = (
    "Moments cannot play this link. Paste one from YouTube, Spotify, SoundCloud, Vimeo, a media "
    "file or Moments itself."
)
_CLIP: Final = (
    "A YouTube clip link hides its times. Open it, copy the link of the video and set them."
)
_LIST: Final = "This is a list or a channel. Open one item of it and paste that link."
_CONTROL: Final = re.compile(r"[\x00-\x20\x7f-\x9f\\\u2028\u2029\u200b-\u200f\u202a-\u202e\ufeff]")
_LINK: Final = re.compile(r"(?:https?://|spotify:)[^\s<>\"'\\]+", re.IGNORECASE)
_ENDING: Final = ".,;:!?)]}»”’…"  # noqa: RUF001 (what a sentence puts behind a link)


@dataclass(frozen=True, slots=True)
class Link:
    """What a link leads to; times are in tenths of a second."""

    provider: Provider
    kind: LinkKind
    provider_id: str
    url: str  # the canonical address, without tracking
    start_ds: int | None = None
    end_ds: int | None = None


@dataclass(frozen=True, slots=True)
class _Address:
    """A checked address, taken apart."""

    host: str
    path: tuple[str, ...]
    query: Mapping[str, str]
    parts: SplitResult


def refusal(sentence: str) -> BadFields:
    """Return the error for a link that cannot be marked."""
    return BadFields({"url": sentence}, sentence)


def first_link(text: str) -> str | None:
    """Return the first link in a shared text, without the punctuation behind it."""
    found = _LINK.search(text[: 10 * MAX_LENGTH])
    return found[0].rstrip(_ENDING) if found else None


def parse_link(text: str, origin: str = "") -> Link:
    """Return what a link leads to; `origin` is the address of this installation.

    Raises:
        BadFields: It is no link, or of nothing that can be marked; the sentence says what to do.
    """
    text = text.strip()
    if not text or len(text) > MAX_LENGTH or _CONTROL.search(text):
        raise refusal("This is not a link. Copy the address of a song or video and paste it here.")
    if text[:8].lower() == "spotify:":
        return _spotify_uri(text)
    address = _address(text)
    if origin and _is_own(address.parts, origin):
        return _own(address, origin)
    reader = _READERS.get(address.host)
    if reader is not None:
        if address.parts.port not in {None, 80, 443}:
            raise refusal(UNKNOWN)
        return _timed(reader(address), address)
    file_links.check_host(address.host)
    if not file_links.is_media(address.parts.path):
        raise refusal(UNKNOWN)
    url = file_links.clean(address.parts)
    return _timed(Link("file", "file", file_links.id_of(url), url), address)


def _address(text: str) -> _Address:
    if "://" not in text and text.split("/", 1)[0].lower() in _READERS:
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError as error:
        raise refusal(UNKNOWN) from error
    host = (parts.hostname or "").removesuffix(".")
    if parts.scheme not in {"http", "https"} or not host or "@" in parts.netloc:
        raise refusal(UNKNOWN)
    segments = tuple(filter(None, map(unquote, parts.path.split("/"))))
    if any(not _is_segment(part) for part in segments):
        raise refusal(UNKNOWN)
    return _Address(host, segments, _first_values(parts.query), parts)


def _is_segment(part: str) -> bool:
    is_plain = not _CONTROL.search(part.replace(" ", ""))
    return is_plain and "/" not in part and part not in {".", ".."}


def _first_values(query: str) -> dict[str, str]:
    return dict(reversed(parse_qsl(query, max_num_fields=100))) if query.count("&") < 100 else {}


def _timed(link: Link, address: _Address) -> Link:
    """Add the times of an address: of its query, or else of its fragment."""
    if link.start_ds is not None:
        return link
    query = address.query
    texts = (query.get(name) for name in ("t", "start", "time_continue"))
    start = next((time for text in texts if text and (time := read_time(text)) is not None), None)
    end = read_time(query.get("end", ""))
    if start is None:
        start, end = read_span(address.parts.fragment)
    is_span = start is not None and end is not None and end > start
    return replace(link, start_ds=start, end_ds=end if is_span else None)


# YouTube

_VIDEO_ID: Final = re.compile(r"[A-Za-z0-9_-]{11}")
_VIDEO_PATHS: Final = frozenset({"shorts", "live", "embed", "v", "e", "watch", "vi"})
_NO_VIDEO: Final = "This YouTube link names no video. Copy the link of the video itself."


def _youtube(address: _Address) -> Link:
    path, query = address.path, address.query
    first = path[0] if path else ""
    if first == "clip":
        raise refusal(_CLIP)
    if first == "attribution_link":
        inner = _address("https://www.youtube.com" + query.get("u", ""))
        if inner.host == "www.youtube.com" and inner.path[:1] != ("attribution_link",):
            return _timed(_youtube(inner), inner)
    if first in {"playlist", "channel", "c", "user", "results", "feed"} or first.startswith("@"):
        raise refusal(_LIST)
    if path[1:] == ("videoseries",):
        raise refusal(_LIST)
    video = path[1] if first in _VIDEO_PATHS and len(path) > 1 else ""
    if first == "watch" and not video:
        video = query.get("v", "")
    return _video(video)


def _youtube_short(address: _Address) -> Link:
    return _video(address.path[0] if address.path else "")


def _video(video: str) -> Link:
    if not _VIDEO_ID.fullmatch(video):
        raise refusal(_NO_VIDEO)
    return Link("youtube", "video", video, f"https://www.youtube.com/watch?v={video}")


# Spotify

_SPOTIFY_ID: Final = re.compile(r"[A-Za-z0-9]{22}")
_LISTS: Final = frozenset({"playlist", "album", "artist", "show", "user", "collection", "genre"})


def _spotify(address: _Address) -> Link:
    path = list(address.path)
    if uri := address.query.get("uri"):
        return _spotify_uri(uri)
    while path and (path[0].startswith(("intl-", "embed")) or path[0] in {"user", "popout"}):
        if path[0] == "user":
            raise refusal(_LIST)
        path = path[1:]
    return _spotify_item(path)


def _spotify_uri(uri: str) -> Link:
    body, _, fragment = uri.partition("#")
    link = _spotify_item(body.split(":")[1:])
    return replace(link, start_ds=read_time(fragment))


def _spotify_item(path: list[str]) -> Link:
    kind, item = path[:2] if len(path) > 1 else ("", "")
    if kind in _LISTS:
        raise refusal(_LIST)
    if kind not in {"track", "episode"} or not _SPOTIFY_ID.fullmatch(item):
        raise refusal("This Spotify link names no song or episode. Copy its link from Share.")
    found: LinkKind = "track" if kind == "track" else "episode"
    return Link("spotify", found, item, f"https://open.spotify.com/{kind}/{item}")


def _short(provider: Provider) -> Callable[[_Address], Link]:
    """Return a reader of short links, whose target only their host knows."""

    def read(address: _Address) -> Link:
        code = address.path[-1] if address.path else ""
        if not re.fullmatch(r"[A-Za-z0-9_-]{4,40}", code):
            raise refusal(UNKNOWN)
        url = urlunsplit(("https", address.host, "/" + "/".join(address.path), "", ""))
        return Link(provider, "short", code, url)

    return read


# SoundCloud

_SLUG: Final = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,254})")
_SECRET: Final = re.compile(r"s-[A-Za-z0-9]{4,40}")
_SOUNDCLOUD_PAGES: Final = frozenset(
    [
        "discover",
        "stream",
        "search",
        "you",
        "charts",
        "upload",
        "pages",
        "jobs",
        "settings",
        "tags",
        "people",
        "stations",
        "go",
    ]
)
_SOUNDCLOUD_LISTS: Final = frozenset(
    [
        "sets",
        "tracks",
        "albums",
        "likes",
        "followers",
        "following",
        "reposts",
        "popular-tracks",
        "comments",
        "spotlight",
    ]
)


def _soundcloud(address: _Address) -> Link:
    path = [part if part.startswith("s-") else part.lower() for part in address.path]
    if len(path) < 2 or path[0] in _SOUNDCLOUD_PAGES or path[1] in _SOUNDCLOUD_LISTS:
        raise refusal(_LIST if path else UNKNOWN)
    user, track, *rest = path
    secret = [part for part in rest[:1] if _SECRET.fullmatch(part)]
    if len(rest) > len(secret) or not _SLUG.fullmatch(user) or not _SLUG.fullmatch(track):
        raise refusal(UNKNOWN)
    found = "/".join([user, track, *secret])
    return Link("soundcloud", "track", found, f"https://soundcloud.com/{found}")


def _soundcloud_player(address: _Address) -> Link:
    inner = _address(address.query.get("url", ""))
    if inner.host == "api.soundcloud.com" and inner.path[:1] == ("tracks",):
        number = inner.path[1].rpartition(":")[2] if len(inner.path) == 2 else ""
        if re.fullmatch(r"\d{1,15}", number):
            found = f"tracks/{number}"
            return Link("soundcloud", "track", found, f"https://api.soundcloud.com/{found}")
    if inner.host in {"soundcloud.com", "www.soundcloud.com"}:
        return _soundcloud(inner)
    raise refusal(UNKNOWN)


# Vimeo

_VIMEO: Final = re.compile(
    r"(?:(?:video|channels/[\w-]+|groups/[\w-]+/videos|(?:album|showcase)/\d+/video)/)?"
    r"(?P<id>\d{1,12})(?:/(?P<hash>[0-9a-f]{6,20}))?",
    re.ASCII,
)


def _vimeo(address: _Address) -> Link:
    found = _VIMEO.fullmatch("/".join(address.path))
    if found is None:
        raise refusal("This Vimeo link names no video. Copy the link of the video itself.")
    key = found["hash"] or address.query.get("h", "")
    item = found["id"] + (f"/{key}" if re.fullmatch(r"[0-9a-f]{6,20}", key) else "")
    return Link("vimeo", "video", item, f"https://vimeo.com/{item}")


# Our own

_OWN: Final[Mapping[str, LinkKind]] = {
    "m": "moment", "library": "moment", "s": "share", "live": "stream", "watch": "stream",
}  # fmt: skip


def _is_own(parts: SplitResult, origin: str) -> bool:
    own = urlsplit(origin)
    return (parts.hostname, parts.port or 0) == (own.hostname, own.port or 0)


def _own(address: _Address, origin: str) -> Link:
    path = address.path
    kind = _OWN.get(path[0]) if len(path) in {2, 3} else None
    if kind is None or not re.fullmatch(r"[\w-]{1,200}", path[1], re.ASCII):
        raise refusal("This page of Moments has no media. Paste the link of a clip or a video.")
    link = Link("moments", kind, path[1], f"{origin}/{path[0]}/{path[1]}")
    return _timed(link, address)


_READERS: Final[Mapping[str, Callable[[_Address], Link]]] = {
    **dict.fromkeys(
        ("youtube.com", "www.youtube.com", "m.youtube.com", "music.youtube.com",
         "gaming.youtube.com", "youtube-nocookie.com", "www.youtube-nocookie.com"), _youtube),
    **dict.fromkeys(("youtu.be", "www.youtu.be"), _youtube_short),
    **dict.fromkeys(("open.spotify.com", "play.spotify.com", "embed.spotify.com"), _spotify),
    **dict.fromkeys(("spotify.link", "spotify.app.link"), _short("spotify")),
    **dict.fromkeys(("soundcloud.com", "www.soundcloud.com", "m.soundcloud.com"), _soundcloud),
    "w.soundcloud.com": _soundcloud_player,
    "on.soundcloud.com": _short("soundcloud"),
    **dict.fromkeys(("vimeo.com", "www.vimeo.com", "player.vimeo.com"), _vimeo),
}  # fmt: skip
