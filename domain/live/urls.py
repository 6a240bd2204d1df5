"""Where browsers find a stream's media, with the right to see it inside the path."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from domain.core.secrets import Keyring
from domain.core.time import Clock

TOKEN_LIFETIME_S: Final = 3600


@dataclass(frozen=True, slots=True)
class ViewUrls:
    """Absolute URLs of one stream for one viewer."""

    hls: str
    status: str
    frame: str  # followed by `{us}.jpg` or `latest.jpg`
    expires_at: datetime | None


class StreamUrls:
    """Makes URLs; a viewer token only where a stream is not for everybody."""

    def __init__(self, origin: str, keyring: Keyring, clock: Clock) -> None:
        self._origin = origin
        self._keyring = keyring
        self._clock = clock

    def view(self, stream_id: str, *, media_url: str | None, is_open: bool) -> ViewUrls:
        """Return where a stream can be watched, through its node or through the web process."""
        base = f"{(media_url or self._origin + '/media').rstrip('/')}/hls/{stream_id}"
        expires_at = None
        if not is_open:
            base += "/t/" + self._keyring.sign("viewer", {"sub": stream_id}, TOKEN_LIFETIME_S)
            expires_at = self._clock.now() + timedelta(seconds=TOKEN_LIFETIME_S)
        return ViewUrls(
            hls=f"{base}/index.m3u8",
            status=f"{base}/status.json",
            frame=f"{base}/frame-",
            expires_at=expires_at,
        )


def publish_key(keyring: Keyring, stream_id: str, version: int) -> str:
    """Return a stream's publish key: derived, so nothing is stored; a new version makes a new one.

    `pk_<the stream's id without its kind>_<code>`: the id is in it, so that a node knows which
    stream is meant.
    """
    return f"pk_{stream_id.partition('_')[2]}_" + keyring.mac("publish", f"{stream_id}:{version}")
