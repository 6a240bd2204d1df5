"""Direct links of media files: any public host, except one that poses as a provider."""

import hashlib
import ipaddress
import re
import unicodedata
from typing import Final
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlunsplit

from domain.core.errors import BadFields
from domain.infra.http.addresses import AddressRules, Policy

_MEDIA: Final = re.compile(
    r"[^/]\.(?:mp4|m4v|mov|webm|ogv|mp3|m4a|aac|ogg|oga|opus|wav|flac)\Z", re.IGNORECASE
)
_TRACKING: Final = re.compile(
    r"utm_\w+|si|feature|pp|fbclid|gclid|dclid|msclkid|igshid|igsh|mc_[ce]id|ref_src|spm|yclid",
    re.IGNORECASE,
)
_BRANDS: Final = ("youtube", "youtu.be", "spotify", "soundcloud", "vimeo")
# Letters of other scripts, and digits, that pass for Latin ones.
_LOOKS_LIKE: Final = str.maketrans("аеіорсухѕԁυνοκτιƅʏ01", "aeiopcyxsduvoktibyol")  # noqa: RUF001
_HOST: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}")
_INTERNAL: Final = (".local", ".localhost", ".internal", ".lan", ".home.arpa", ".onion", ".test")


def check_host(host: str) -> None:
    """Do nothing if a media file may come from a host; nothing is resolved here.

    Raises:
        BadFields: It is not public, or it looks like a provider's.
    """
    plain = _skeleton(host)
    if any(brand in plain for brand in _BRANDS):
        _refuse(f"{host} only looks like a provider. Check the link.")
    if not _is_public(host):
        _refuse("This address is not public. Paste a link that everybody can open.")


def is_media(path: str) -> bool:
    """Return whether a path ends like a media file."""
    return _MEDIA.search(path) is not None


def clean(parts: SplitResult) -> str:
    """Return a file's address without its fragment and tracking parameters."""
    query = [
        pair
        for pair in parse_qsl(parts.query, keep_blank_values=True)
        if not _TRACKING.fullmatch(pair[0])
    ]
    path = quote(parts.path, safe="/%:@!$&'()*+,;=~-._")
    host = parts.hostname or ""
    netloc = f"[{host}]" if ":" in host else host.encode("idna").decode().lower()
    if parts.port not in {None, 80, 443}:
        netloc += f":{parts.port}"
    return urlunsplit((parts.scheme, netloc, path, urlencode(query), ""))


def id_of(url: str) -> str:
    """Return a file's id: its address may be long, or hold a signature."""
    return hashlib.sha256(url.encode()).hexdigest()[:32]


def _skeleton(host: str) -> str:
    """Return a host as it reads to the eye."""
    try:
        shown = host.encode("ascii").decode("idna")
    except UnicodeError:
        shown = host
    folded = unicodedata.normalize("NFKD", shown).casefold()
    letters = "".join(c for c in folded if not unicodedata.combining(c))
    return letters.translate(_LOOKS_LIKE).replace("-", "")


def _is_public(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        try:
            ascii_host = host.encode("idna").decode().lower()
        except UnicodeError:
            return False
        is_name = _HOST.fullmatch(ascii_host) is not None and len(ascii_host) <= 253
        return is_name and not f".{ascii_host}".endswith(_INTERNAL)
    return AddressRules(Policy.PUBLIC_ONLY).allows(host)


def _refuse(sentence: str) -> None:
    raise BadFields({"url": sentence}, sentence)
