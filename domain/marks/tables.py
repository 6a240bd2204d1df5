"""Tables of marks; the migrations define constraints, indexes, and the triggers that sum."""

from piccolo.columns import JSONB, Array, Boolean, DoublePrecision, Integer, Text, Timestamptz
from piccolo.table import Table


class Tracks(Table, tablename="tracks"):
    """A canonical recording; one of files or of our own media belongs to its organisation."""

    id = Text(primary_key=True, default=None)
    organization_id = Text(null=True, default=None)
    title = Text()
    artist = Text()
    isrc = Text(null=True, default=None)
    duration_ms = Integer(null=True, default=None)
    merged_into = Text(null=True, default=None)
    created_at = Timestamptz(default=None)
    updated_at = Timestamptz(default=None)


class TrackSources(Table, tablename="track_sources"):
    """A recording at a provider: its time plus the offset is the canonical time."""

    id = Text(primary_key=True, default=None)
    organization_id = Text(null=True, default=None)
    track_id = Text()
    provider = Text()
    provider_id = Text()
    kind = Text()
    url = Text()
    title = Text()
    artist = Text()
    album = Text()
    channel = Text()
    isrc = Text(null=True, default=None)
    duration_ms = Integer(null=True, default=None)  # as the provider says
    reported_ms = Integer(null=True, default=None)  # as the first player saw it
    thumbnail_url = Text(null=True, default=None)
    restrictions = JSONB(default="{}")
    offset_ds = Integer(default=0)
    confidence = DoublePrecision(null=True, default=None)
    decided_by = Text()
    asked_at = Timestamptz(null=True, default=None)  # first, whatever came of it
    fetched_at = Timestamptz(null=True, default=None)
    keys = Array(base_column=Text(), default=list)  # what its title is found by
    people_title = Text(default="")  # as people agree to call it
    people_artist = Text(default="")
    created_at = Timestamptz(default=None)
    updated_at = Timestamptz(default=None)


class SourceName(Table, tablename="source_name"):
    """What a person calls a source."""

    source_id = Text(primary_key=True, default=None)
    user_id = Text(primary_key=True, default=None)
    title = Text()
    artist = Text()
    created_at = Timestamptz(default=None)


class Marks(Table, tablename="marks"):
    """A moment's part of a track, in tenths of a second on the canonical timeline."""

    moment_id = Text(primary_key=True, default=None)
    organization_id = Text()
    track_id = Text()
    source_id = Text()
    user_id = Text(null=True, default=None)
    start_ds = Integer()
    end_ds = Integer()
    seen_duration_ms = Integer(null=True, default=None)
    visibility = Text()  # a trigger keeps it, and the deletion, as the moment has them
    counts_if_private = Boolean(default=False)
    is_deleted = Boolean(default=False)
    created_at = Timestamptz(default=None)


class MarkNudge(Table, tablename="mark_nudge"):
    """Other times that somebody suggests for a mark, on its source's own time."""

    id = Text(primary_key=True, default=None)
    moment_id = Text()
    user_id = Text()
    start_ds = Integer()
    end_ds = Integer()
    created_at = Timestamptz(default=None)


class TrackHeat(Table, tablename="track_heat"):
    """Where users' saves begin and end: a running sum is the heat map. Triggers keep it."""

    track_id = Text(primary_key=True, default=None)
    layer = Integer(primary_key=True, default=None)
    at_ds = Integer(primary_key=True, default=None)
    delta = Integer()


class TrackVotes(Table, tablename="track_votes"):
    """The same by second and by a hash of the user, for the confidence. Triggers keep it."""

    track_id = Text(primary_key=True, default=None)
    layer = Integer(primary_key=True, default=None)
    bucket = Integer(primary_key=True, default=None)
    at_s = Integer(primary_key=True, default=None)
    delta = Integer()


class TrackTotals(Table, tablename="track_totals"):
    """How many users saved a part of a track. Triggers keep it."""

    track_id = Text(primary_key=True, default=None)
    layer = Integer(primary_key=True, default=None)
    users = Integer()


class TrackCells(Table, tablename="track_cells"):
    """How many marks have the same two ends. Triggers keep it.

    A user's marks that begin within 4.0 s of each other are under the user's id, all others under
    an empty one: those can be added up, as no user has two of them within 2.0 s of any part.
    """

    track_id = Text(primary_key=True, default=None)
    start_ds = Integer(primary_key=True, default=None)
    end_ds = Integer(primary_key=True, default=None)
    user_id = Text(primary_key=True, default=None)
    marks = Integer()


class MatchCandidates(Table, tablename="match_candidates"):
    """A source that may be another one of a track: people are asked."""

    source_id = Text(primary_key=True, default=None)
    track_id = Text(primary_key=True, default=None)
    confidence = DoublePrecision()
    reason = Text()
    created_at = Timestamptz(default=None)


class MatchVotes(Table, tablename="match_votes"):
    """What a person says: a source is, or is not, one of a track, so much shifted."""

    source_id = Text(primary_key=True, default=None)
    user_id = Text(primary_key=True, default=None)
    track_id = Text()
    is_same = Boolean()
    offset_ds = Integer()
    created_at = Timestamptz(default=None)


class ProviderState(Table, tablename="provider_state"):
    """How a provider does: its failures, until when it is left alone, today's use of its quota."""

    provider = Text(primary_key=True, default=None)
    failures = Integer()
    blocked_until = Timestamptz(null=True, default=None)
    day = Timestamptz(null=True, default=None)
    units = Integer()
