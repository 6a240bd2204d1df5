"""What may be fetched: said beside the list, and of a link that may not."""

from typing import Final

from domain.core.errors import BadFields
from domain.core.settings import Settings
from domain.marks.links import Link, parse_link
from webapp.app.kit.elements import El, Icon, link
from webapp.players import PROVIDER_NAMES

_REFUSED: Final = {
    "youtube": "Its terms forbid downloads.",
    "spotify": "Protected: it plays only in its own player.",
}


def link_of(url: str, origin: str) -> Link | None:
    """Return what a link leads to; None if it is of no provider that we know."""
    try:
        return parse_link(url, origin)
    except BadFields:
        return None


def refusal_of(found: Link | None, settings: Settings) -> str:
    """Return why a link may not be fetched; empty if it may be."""
    if found is None or found.provider in settings.ytdlp_sites:
        return ""
    why = _REFUSED.get(found.provider)
    return f"{PROVIDER_NAMES[found.provider]}: {why[0].lower()}{why[1:]}" if why else ""


def draw_allowed(settings: Settings, *, is_admin: bool) -> None:
    """Draw the list of what may be fetched."""
    El("h2", text="What may be fetched")
    El(
        "p",
        "m-sm m-2",
        "Only what you have the right to. Everything else can still be marked where it plays.",
    )
    _draw("check", "m-ok", "Your own files", "Uploads, and links to a video or audio file.")
    for provider, why in _REFUSED.items():
        if provider in settings.ytdlp_sites:
            _draw("check", "m-ok", PROVIDER_NAMES[provider], "Allowed by the operator.")
        else:
            _draw("lock", "m-3", PROVIDER_NAMES[provider], why, mark=True)
    sites = [each for each in settings.ytdlp_sites if each not in _REFUSED]
    if sites:
        shown = "All sites that yt-dlp supports." if "all" in sites else ", ".join(sites)
        _draw("check", "m-ok", "Other sites", shown)
    else:
        how = " Name sites in MOMENTS_YTDLP_SITES to allow them." if is_admin else ""
        _draw("warn", "m-warn", "Other sites", f"Off.{how}")


def _draw(glyph: str, look: str, name: str, words: str, *, mark: bool = False) -> None:
    with El("div", "m-allowed"):
        with El("span", look):
            Icon(glyph)
        with El("div"):
            El("div", "m-b", name)
            with El("div", "m-sm m-2"):
                El("span", text=words)
                if mark:
                    El("span", text=" ")
                    link("Mark a part instead", "/mark", "m-link")
