"""Titles of recordings, taken apart: words, and segments in brackets or behind dashes.

Words of a title are of three kinds: decoration says nothing about the recording (official video,
remastered), qualifiers say that it is another one (live, remix), and all others are the title.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

SegmentKind = Literal["core", "plain", "qualifier", "decoration", "artists"]


def word_set(text: str) -> frozenset[str]:
    """Return a list of words, separated by spaces, as a set."""
    return frozenset(text.split())


_DECORATION: Final = word_set(
    """
    official officiel officielle oficial offizielles ufficiale oficjalny music musik video
    videoclip clip clipe audio visualizer visualiser lyric lyrics lirycs letra letras legendado
    legenda legendas traducida subtitulada subtitulado subtitulos sub subs espanol español tekst
    napisy teledysk paroles testo text hd hq uhd 4k 8k 1080p 720p 480p 360p 240p quality cd flac
    320kbps kbps remaster remastered remasterizado remasterizada master digital explicit mv pv
    ost soundtrack copyright nocopyright free royalty no ncs release hit hits song track single
    full new premiere exclusive stereo bonus deluxe edition anniversary prod produced
    description in the on and und y et e i con mit avec com by of from with feat ft featuring
    presents top best album original studio screen vevo topic
    """
)
_TRANSLATED: Final = word_set(
    """
    legendado legenda legendas traducida subtitulada subtitulado sub espanol letra napisy
    """
)
_QUALIFIERS: Final = word_set(
    """
    live vivo unplugged concert session sessions tour remix remixed rmx mix mixed mixtape rework
    reworked bootleg flip vip dub edit cover covers karaoke instrumental instrumentals acoustic
    acustico acappella acapella cappella sped slowed reverb nightcore daycore extended demo
    rerecorded recorded rehearsal part vol volume hour hours loop looped mashup medley megamix
    reprise interlude skit orchestral symphonic orchestra piano guitar drum drums bass boosted
    8d 16d reaction tutorial lesson tabs type beat teaser trailer preview snippet version
    versions take alternate alternative outtake tribute parody remake mono chipmunk lofi lo fi
    hardstyle techno trap club dj set radio performance backing minus playback minusone choir
    violin cello saxophone ukulele harp lullaby 8bit vocal vocals stripped clean dirty uncut
    unreleased a-side fullalbum playlist chorus acoustical dance dancing fanmade amv gameplay
    concerto
    """
)
_FEATURED: Final = re.compile(r"^\W*(?:feat|ft|featuring|with|w|mit|con|avec|com|med|prod)\b")
_BRACKETS: Final = re.compile(r"[(\[{【「『]([^()\[\]{}【】「」『』]*)[)\]}】」』]")
_DASHES: Final = re.compile(r"\s+[-–—‐|ǀ~•*·:/]+\s+|\s*[|ǀ]+\s*|\s{3,}|//")  # noqa: RUF001
_SPELLINGS: Final = {
    "pt": "part", "pts": "part", "parte": "part", "teil": "part", "czesc": "part",
    "rmx": "remix", "remixed": "remix", "reworked": "rework", "acapella": "acappella",
    "acustico": "acoustic", "looped": "loop", "hours": "hour", "vivo": "live",
    "ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8",
    "&": "and", "vol": "volume", "looks": "looks",
}  # fmt: skip
_WHOLE: Final = re.compile(r"\b(?:full|whole|complete)\s+(?:album|ep|disc|cd|lp)\b")
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_MARKS: Final = str.maketrans(dict.fromkeys("'’‘`´ʼ\"“”„", "") | {"&": " and ", "+": " and "})  # noqa: RUF001


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a title."""

    kind: SegmentKind
    words: tuple[str, ...]


@lru_cache(maxsize=4096)
def words_of(text: str) -> tuple[str, ...]:
    """Return a text's words, folded: no case, accents, punctuation; spellings unified."""
    folded = unicodedata.normalize("NFKD", text.casefold()).translate(_MARKS)
    folded = _WHOLE.sub("fullalbum", folded)
    plain = "".join(c for c in folded if not unicodedata.combining(c))
    plain = plain.replace("ł", "l").replace("ø", "o").replace("đ", "d").replace("ß", "ss")
    found = re.findall(r"[^\W_]+", plain)
    return tuple(_SPELLINGS.get(word, word) for word in found)


@lru_cache(maxsize=4096)
def segments_of(title: str) -> tuple[Segment, ...]:
    """Return a title's segments; the first one is the core if the title has a structure."""
    inner = [segment for text in _BRACKETS.findall(title) if (segment := _bracketed(text))]
    outer = _BRACKETS.sub("   ", title) if inner else title
    dashed = [words_of(part) for part in _DASHES.split(outer)]
    parts = [part for part in dashed if part]
    return (*(_outer(part) for part in parts), *inner)


def is_decoration(word: str) -> bool:
    """Return whether a word says nothing about the recording."""
    return word in _DECORATION or is_year(word)


def is_qualifier(word: str) -> bool:
    """Return whether a word tells recordings of one song apart."""
    return word in _QUALIFIERS


def is_year(word: str) -> bool:
    """Return whether a word is a year, which titles carry as decoration."""
    return _YEAR.fullmatch(word) is not None


def is_translated(words: tuple[str, ...]) -> bool:
    """Return whether a title says that it has been translated, and so may stand there twice."""
    return not _TRANSLATED.isdisjoint(words)


def _bracketed(text: str) -> Segment | None:
    words = words_of(text)
    if not words:
        return None
    if _FEATURED.match(text.casefold()):
        return Segment("artists", words)
    return _outer(words)


def _outer(words: tuple[str, ...]) -> Segment:
    if any(map(is_qualifier, words)):
        return Segment("qualifier", words)
    return Segment("decoration" if all(map(is_decoration, words)) else "plain", words)
