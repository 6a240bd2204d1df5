"""Whether two recordings at different providers are the same one, and on the same timeline.

Precision first: a wrong merge mixes two songs' sums, a missed one is only asked. Every word of both
titles must be explained: shared, an artist's name, or decoration. Lengths carry the precision: by
text alone up to a third of the pairs would be other recordings, so nothing is automatic without
both.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from domain.marks.classical import is_classical
from domain.marks.names import (
    all_named,
    has_latin,
    is_alike,
    is_near,
    joined,
    less,
    names_in,
    numbers_in,
    without,
    without_names,
)
from domain.marks.titles import (
    is_decoration,
    is_qualifier,
    is_translated,
    is_year,
    segments_of,
    word_set,
    words_of,
)

Channel = Literal["catalogue", "topic", "artist", "other"]
Decision = Literal["same", "ask", "different"]

_LIMIT_MS: Final = {"catalogue": 2000, "topic": 2000, "artist": 2000, "other": 1500}
_CLOSE_MS: Final = 1000  # where one side says less than the other
_SAME_TIMELINE_MS: Final = 2000
_ISRC_MS: Final = 5000
_RELATED_MS: Final = 120_000  # a video with an intro: the same recording perhaps, asked
_ALBUM_WORDS: Final = word_set(
    """
    live unplugged concert karaoke tribute cover covers instrumental instrumentals nightcore
    mixed mix lullaby sped slowed broadcast bootleg arena stadium festival tour
    """
)
_IMITATORS: Final = word_set(
    """
    karaoke tribute cover covers instrumental nightcore lullaby party players soundalikes
    """
)
_HARMLESS_VERSIONS: Final = word_set(
    """
    version album original hd remastered official lyric
    """
)


@dataclass(frozen=True, slots=True)
class Recording:
    """What a provider says of a recording."""

    title: str
    artists: tuple[str, ...] = ()
    duration_ms: int | None = None
    isrc: str | None = None
    album: str = ""
    channel: Channel = "catalogue"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision, how likely the two are the same recording, and why."""

    decision: Decision
    confidence: float
    reason: str


def keys_of(title: str) -> list[str]:
    """Return the keys that a title is found by: each of its parts, folded and without spaces."""
    kinds = {"plain", "qualifier", "core"}
    parts = [joined(s.words) for s in segments_of(title) if s.kind in kinds]
    return sorted({part for part in (*parts, joined(words_of(title))) if part})


def match(one: Recording, other: Recording) -> Verdict:
    """Return whether two recordings are the same on the same timeline.

    `same` is safe to act on; `ask` needs a person; `different` needs nobody.
    """
    apart_ms = _apart(one, other)
    if one.isrc and other.isrc and one.isrc.upper() == other.isrc.upper():
        return _by_isrc(apart_ms)
    text = _compare(one, other)
    doubt = _doubt(one, other, apart_ms)
    if text.decision == "different" or doubt is None:
        return text if doubt else Verdict("different", 0.02, "the lengths differ")
    if doubt.reason:
        return Verdict("ask", min(text.confidence, doubt.confidence), doubt.reason)
    if text.decision == "same" or (text.reason == _LESS and doubt.confidence == 1):
        return Verdict("same", 0.97 + 0.02 * doubt.confidence, "title, artist and length")
    return text


def _doubt(one: Recording, other: Recording, apart_ms: int | None) -> Verdict | None:
    """Return what the lengths and the kind of music leave open; None: they cannot be the same."""
    if is_classical(one.title, one.artists) or is_classical(other.title, other.artists):
        return Verdict("ask", 0.4, "classical: many recordings of one work")
    if apart_ms is None:
        return Verdict("ask", 0.6, "a length is unknown")
    if apart_ms > _RELATED_MS:
        return None
    if apart_ms > min(_LIMIT_MS[one.channel], _LIMIT_MS[other.channel]):
        return Verdict("ask", 0.5 if apart_ms < 10_000 else 0.2, "the lengths differ")
    return Verdict("same", 1 if apart_ms <= _CLOSE_MS else 0, "")


_LESS: Final = "one side says less"
_EXACT: Final = Verdict("same", 0.99, "text")


def _by_isrc(apart_ms: int | None) -> Verdict:
    if apart_ms is not None and apart_ms <= _SAME_TIMELINE_MS:
        return Verdict("same", 1.0, "ISRC and length")
    if apart_ms is not None and apart_ms > _ISRC_MS:
        return Verdict("ask", 0.7, "the same ISRC, but the lengths differ")
    return Verdict("ask", 0.95, "the same ISRC; the timeline may be shifted")


def _apart(one: Recording, other: Recording) -> int | None:
    if not one.duration_ms or not other.duration_ms:
        return None
    return abs(one.duration_ms - other.duration_ms)


def _compare(one: Recording, other: Recording) -> Verdict:
    """Compare what is written, without lengths."""
    loose = other if _is_loose(other) else one
    firm = one if loose is other else other
    by_artist = _artists_agree(firm, loose)
    if by_artist is False:
        return Verdict("different", 0.03, "another artist")
    title = _Title(firm, loose)
    if not title.has_core:
        close = is_alike(" ".join(words_of(firm.title)), " ".join(words_of(loose.title)))
        return Verdict("ask" if close else "different", 0.3 if close else 0.03, "another title")
    if title.unshared_qualifiers:
        return title.of_qualifiers()
    if title.numbers_differ:
        return Verdict("different", 0.05, "other numbers")
    reasons = {
        "no artist to compare": by_artist is None,
        f"unexplained: {' '.join(title.unexplained[:5])}": bool(title.unexplained),
        "a version with a name": title.is_named_version,
        "only the album says that it is another one": _is_of_another_kind(firm, loose),
        _LESS: title.says_less,
    }
    doubts = [reason for reason, is_true in reasons.items() if is_true]
    return Verdict("ask", 0.8 - 0.1 * len(doubts), doubts[0]) if doubts else _EXACT


class _Title:
    """The words of two titles, accounted for."""

    def __init__(self, firm: Recording, loose: Recording) -> None:
        self._firm, self._loose = firm, loose
        core = _core(firm)
        self.has_core, rest = without(words_of(loose.title), core, is_loose=_is_loose(loose))
        if not self.has_core:
            core = _core(loose)
            self.has_core, rest = without(words_of(loose.title), core)
            self.has_core = self.has_core and joined(core) == joined(_core(firm))
        _, extra = without(words_of(firm.title), core)
        names = [*names_in(firm.artists), *names_in(loose.artists)]
        shared = Counter(extra) & Counter(rest)
        rest = less(rest, shared)
        extra = less(extra, shared)
        self._shared = shared
        left, missing = without_names(rest, names), without_names(extra, names)
        self.unshared_qualifiers = [
            *(_qualified(firm, names) - set(words_of(loose.title))),
            *(_qualified(loose, names) - set(words_of(firm.title))),
            *filter(is_qualifier, (*left, *missing)),
        ]
        self.numbers_differ = numbers_in(left) != numbers_in(missing)
        explained = _signature(loose) | _translation(loose)
        self.unexplained = [
            word for word in (*left, *missing) if not is_decoration(word) and word not in explained
        ]
        self.says_less = bool([word for word in extra if not is_decoration(word)]) and not (
            all_named(extra, [*names_in(loose.artists), words_of(loose.title)])
        )

    @property
    def is_named_version(self) -> bool:
        """Whether either title names its version: even equal names may be two recordings."""
        for recording in (self._firm, self._loose):
            for segment in segments_of(recording.title):
                words = set(segment.words)
                if words & {"version", "versions"} and not words <= _HARMLESS_VERSIONS:
                    return True
        return False

    def of_qualifiers(self) -> Verdict:
        """Return the verdict on qualifiers that only one side has."""
        words = " ".join(self.unshared_qualifiers[:5])
        only_names = not any(map(is_qualifier, self.unshared_qualifiers))
        if only_names and all(self._shared.values()) and self._shared:
            return Verdict("ask", 0.3, f"only one side says: {words}")
        return Verdict("different", 0.05, f"only one side says: {words}")


def _signature(loose: Recording) -> set[str]:
    """Return the words of an uploader's name behind the title; before it, they may have sung it."""
    if loose.channel != "other":
        return set()
    later = {word for segment in segments_of(loose.title)[1:] for word in segment.words}
    return later & set(words_of(" ".join(loose.artists)))


def _translation(loose: Recording) -> set[str]:
    """Return the words of the translated title, if it says that there is one."""
    if not is_translated(words_of(loose.title)):
        return set()
    return {w for s in segments_of(loose.title)[1:] if s.kind == "plain" for w in s.words}


def _is_loose(recording: Recording) -> bool:
    return recording.channel in {"other", "artist"}


def _core(recording: Recording) -> tuple[str, ...]:
    """Return the words of the title itself."""
    segments = [s for s in segments_of(recording.title) if s.kind not in {"decoration", "artists"}]
    if not segments:
        return next((s.words for s in segments_of(recording.title)), ())
    plain = [segment for segment in segments if segment.kind == "plain"]
    first = segments[0].words if not plain else plain[0].words
    names = names_in(recording.artists)
    if len(plain) > 1 and any(first == name for name in names):
        first = plain[1].words
    return first


def _artists_agree(firm: Recording, loose: Recording) -> bool | None:
    """Return whether any artist is the same; None: they cannot be compared."""
    firm_names, loose_names = names_in(firm.artists), names_in(loose.artists)
    imitated = set(words_of(" ".join(loose.artists))) ^ set(words_of(" ".join(firm.artists)))
    if imitated & _IMITATORS:
        return False
    title = words_of(loose.title)
    credit = words_of(" / ".join(loose.artists))
    for name in firm_names:
        is_written = _is_loose(loose) and without(title, name, is_loose=True)[0]
        is_credited = len(name) > 1 and without(credit, name)[0]
        if is_written or is_credited or any(is_near(name, other) for other in loose_names):
            return True
    if not firm_names or not loose_names or loose.channel == "other":
        return None
    return None if has_latin(firm_names) != has_latin(loose_names) else False


def _qualified(recording: Recording, names: Sequence[tuple[str, ...]]) -> set[str]:
    """Return the words of a title's qualifying segments, a remixer's name and years included."""
    found: set[str] = set()
    for segment in segments_of(recording.title):
        is_one = segment.kind == "qualifier" and segment.words != _core(recording)
        if is_one and any(map(is_qualifier, without_names(segment.words, names))):
            found.update(word for word in segment.words if not is_decoration(word) or is_year(word))
    return found


def _is_of_another_kind(firm: Recording, loose: Recording) -> bool:
    """Return whether an album makes a recording doubtful: a concert's may be the only hint."""
    said = {*words_of(firm.title), *words_of(firm.album), *words_of(loose.title)}
    hints = (set(words_of(loose.album)) & _ALBUM_WORDS) - said
    return bool(hints) and not {"live", "unplugged"} & said
