"""Signed URLs of files that the app serves itself, for the folder and for the spool.

A URL's query contains what it allows and a code over all of it: method, bucket, key, type, size,
name and expiry. Nothing is stored; changing anything requires the installation's secret.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

import msgspec

from domain.core.errors import Forbidden
from domain.core.secrets import Keyring
from domain.core.time import Clock, SystemClock

Method = Literal["GET", "PUT"]


@dataclass(frozen=True, slots=True)
class Grant:
    """What one signed URL allows."""

    method: Method
    bucket: str
    key: str
    content_type: str
    expires_s: int  # Unix seconds
    size: int | None = None  # PUT: the exact length of the body
    filename: str | None = None
    inline: bool = False


class FileUrls:
    """Creates and checks the signed URLs below `{origin}/files/`."""

    def __init__(self, origin: str, keyring: Keyring, clock: Clock | None = None) -> None:
        self._origin = origin
        self._keyring = keyring
        self._clock = clock or SystemClock()

    def expiry(self, lifetime_s: int) -> int:
        """Return the expiry of something that starts now, in Unix seconds."""
        return int(self._clock.now().timestamp()) + lifetime_s

    def signed_get(
        self,
        bucket: str,
        key: str,
        *,
        content_type: str,
        lifetime_s: int,
        filename: str | None,
        inline: bool,
    ) -> str:
        """Return a URL that reads an object until it expires."""
        expires_s = self.expiry(lifetime_s)
        return self._url(
            Grant("GET", bucket, key, content_type, expires_s, filename=filename, inline=inline)
        )

    def signed_put(
        self, bucket: str, key: str, *, content_type: str, size: int, lifetime_s: int
    ) -> str:
        """Return a URL that accepts an object of this type and size until it expires."""
        return self._url(
            Grant("PUT", bucket, key, content_type, self.expiry(lifetime_s), size=size)
        )

    def _url(self, grant: Grant) -> str:
        # Lists sign a hundred of these for a page; `urlencode` would take half of their time.
        query = f"exp={grant.expires_s}&type={quote(grant.content_type)}"
        if grant.size is not None:
            query += f"&size={grant.size}"
        if grant.filename is not None:
            query += f"&name={quote(grant.filename)}"
        if grant.inline:
            query += "&inline=1"
        signature = self._keyring.mac("file", _text(grant))
        path = quote(f"/files/{grant.bucket}/{grant.key}")
        return f"{self._origin}{path}?{query}&sig={signature}"

    def check(self, method: Method, bucket: str, key: str, query: Mapping[str, str]) -> Grant:
        """Return what a URL allows.

        Raises:
            Forbidden: It is not signed for this method and object, was changed, or has expired.
        """
        try:
            grant = Grant(
                method=method,
                bucket=bucket,
                key=key,
                content_type=query["type"],
                expires_s=int(query["exp"]),
                size=int(query["size"]) if "size" in query else None,
                filename=query.get("name"),
                inline=query.get("inline") == "1",
            )
            sound = self._keyring.matches("file", _text(grant), query["sig"])
        except (KeyError, ValueError):
            sound = False
        if not sound:
            raise Forbidden(
                "This link is not valid for this request. Ask for a new one.", code="bad_signature"
            )
        if grant.expires_s <= self._clock.now().timestamp():
            raise Forbidden("This link has expired. Ask for a new one.", code="expired")
        return grant


def _text(grant: Grant) -> str:
    """Return an unambiguous text of a grant."""
    return msgspec.json.encode(grant).decode()
