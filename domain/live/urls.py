"""URLs of a stream's media for browsers, with access included in the path."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from domain.core.secrets import Keyring
from domain.core.time import Clock
from domain.live.models import Publishing

TOKEN_LIFETIME_S: Final = 3600


@dataclass(frozen=True, slots=True)
class ViewUrls:
    """Absolute URLs of one stream for one viewer."""

    hls: str
    status: str
    frame: str  # followed by `{us}.jpg` or `latest.jpg`
    whep: str
    expires_at: datetime | None


class StreamUrls:
    """Builds URLs; adds a viewer token only if a stream is not public."""

    def __init__(
        self, origin: str, keyring: Keyring, clock: Clock, *, rtmp_port: int = 1935
    ) -> None:
        self._origin = origin
        self._rtmp_port = rtmp_port
        self._keyring = keyring
        self._clock = clock

    def view(self, stream_id: str, *, media_url: str | None, is_open: bool) -> ViewUrls:
        """Return a stream's playback URLs, through its node or through the web process."""
        path, expires_at = stream_id, None
        if not is_open:
            path += "/t/" + self._keyring.sign("viewer", {"sub": stream_id}, TOKEN_LIFETIME_S)
            expires_at = self._clock.now() + timedelta(seconds=TOKEN_LIFETIME_S)
        root = self._root(media_url)
        base = f"{root}/hls/{path}"
        return ViewUrls(
            hls=f"{base}/index.m3u8",
            status=f"{base}/status.json",
            frame=f"{base}/frame-",
            whep=f"{root}/whep/{path}",
            expires_at=expires_at,
        )

    def page(self, slug: str) -> str:
        """Return the URL of a stream's public page."""
        return f"{self._origin}/live/{slug}"

    def publishing(self, stream_id: str, version: int, *, media_url: str | None) -> Publishing:
        """Return a stream's key and publish URLs, for WHIP and for RTMP."""
        key = publish_key(self._keyring, stream_id, version)
        root = self._root(media_url)
        host = urlsplit(root).hostname or "localhost"
        where = f"[{host}]" if ":" in host else host
        return Publishing(
            publish_key=key,
            whip_url=f"{root}/whip/{stream_id}",
            rtmp_url=f"rtmp://{where}:{self._rtmp_port}/live/{key}" if self._rtmp_port else None,
        )

    def _root(self, media_url: str | None) -> str:
        return (media_url or self._origin + "/media").rstrip("/")


def publish_key(keyring: Keyring, stream_id: str, version: int) -> str:
    """Return a stream's publish key: derived, so nothing is stored; a new version changes it.

    `pk_<the stream's id without its kind>_<code>`: the id tells a node which stream is meant.
    """
    return f"pk_{stream_id.partition('_')[2]}_" + keyring.mac("publish", f"{stream_id}:{version}")
