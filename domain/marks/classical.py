"""Classical works: many recordings share title, composer and length, so people decide."""

import re
from typing import Final

from domain.marks.titles import word_set, words_of

_WORKS: Final = re.compile(
    r"\b(?:op(?:us)?\.?\s*\d|bwv\s*\d|hwv\s*\d|kv?\.?\s*\d{2,3}\b|rv\s*\d|hob\.|woo\s*\d|d\.\s*\d{3}"
    r"|s\.\s*\d{3}|sz\.?\s*\d|bb\s*\d{2}|trv\s*\d|act\s+[ivx\d]+\b|n[o°º]\.?\s*\d+\s+in\s+[a-g]\b"
    r"|in\s+[a-g](?:\s*[-\s]?(?:flat|sharp|♭|♯))?\s+(?:major|minor|dur|moll)\b"
    r"|(?:major|minor)\s*,?\s*op)",
    re.IGNORECASE,
)
_FORMS: Final = word_set(
    """
    symphony symphonie sinfonia concerto sonata sonatina prelude etude nocturne gnossienne
    gymnopedie requiem fugue toccata mazurka polonaise impromptu scherzo oratorio cantata aria
    overture rhapsody divertimento serenade bagatelle barcarolle canon gigue minuet menuet
    gavotte sarabande allemande courante partita allegro andante adagio largo presto vivace
    allegretto andantino moderato lento kyrie gloria sanctus magnificat
    """
)
_COMPOSERS: Final = word_set(
    """
    bach beethoven mozart chopin debussy satie vivaldi handel haendel haydn schubert schumann
    brahms liszt mendelssohn tchaikovsky tschaikowsky rachmaninoff rachmaninov ravel dvorak
    grieg sibelius mahler bruckner wagner verdi puccini rossini bizet berlioz saint-saens faure
    elgar holst prokofiev shostakovich stravinsky scriabin mussorgsky pachelbel albinoni
    telemann purcell scarlatti corelli paganini bartok janacek smetana massenet offenbach
    strauss rameau couperin boccherini gluck monteverdi palestrina allegri barber copland orff
    khachaturian
    """
)

_ENSEMBLES: Final = word_set(
    """
    philharmonic philharmonia philharmoniker philharmonie symphony symphoniker quartet quartett
    chamber orchestra orchester orchestre
    """
)


def is_classical(title: str, artists: tuple[str, ...]) -> bool:
    """Return whether a recording is likely one of many of the same work."""
    words = set(words_of(title))
    credits = {word for artist in artists for word in words_of(artist)}
    by_composer = any(_COMPOSERS & set(words_of(artist)[-1:]) for artist in artists)
    is_form = bool(words & _FORMS) and bool((words & _COMPOSERS) or (credits & _ENSEMBLES))
    return by_composer or is_form or _WORKS.search(title) is not None
