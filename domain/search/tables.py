"""The tables of search; the migrations define constraints, indexes and the passages' words.

Where the database has pgvector, a job adds `vector halfvec(384)`, and a nearest-neighbour index for
each large organisation.
"""

from piccolo.columns import BigInt, Boolean, DoublePrecision, Integer, Text, Timestamptz
from piccolo.table import Table

from domain.infra.columns import TsVector


class Passages(Table, tablename="passages"):
    """A piece of text that search finds; who may see it is decided by what it comes from."""

    id = BigInt(primary_key=True, default=None)
    organization_id = Text()
    kind = Text()
    source_id = Text()  # a moment, a video of whose transcript it is, or a message
    number = Integer()
    moment_id = Text(null=True, default=None)
    video_id = Text(null=True, default=None)
    session_id = Text(null=True, default=None)  # of a message
    start_s = DoublePrecision(null=True, default=None)
    author = Text()  # who speaks in a transcript
    emotion = Text(null=True, default=None)
    text = Text()
    more = Text()  # further words that find it, such as tags
    words = TsVector(null=True, default=None)
    model = Text(null=True, default=None)  # that made its vector; None: not yet
    created_at = Timestamptz(default=None)
    is_shared = Boolean(default=True)  # all members see it


class KeptSearches(Table, tablename="kept_search"):
    """Words that a person is notified of."""

    id = Text(primary_key=True, default=None)
    user_id = Text()
    organization_id = Text()
    text = Text()
    created_at = Timestamptz(default=None)


class KeptSearchHits(Table, tablename="kept_search_hit"):
    """A moment of which a search's person was told."""

    search_id = Text(primary_key=True, default=None)
    moment_id = Text(primary_key=True, default=None)
    found_at = Timestamptz(default=None)
