"""Tables of discovery; the migrations define the constraints and indexes."""

from piccolo.columns import DoublePrecision, Integer, Text, Timestamptz
from piccolo.table import Table


class NotForMe(Table, tablename="not_for_me"):
    """A moment or a track that a person does not want suggested."""

    user_id = Text(primary_key=True, default=None)
    subject = Text(primary_key=True, default=None)
    created_at = Timestamptz(default=None)


class ArtistFollow(Table, tablename="artist_follow"):
    """Who follows which artist, by the name as providers write it, and in lower case."""

    user_id = Text(primary_key=True, default=None)
    artist = Text(primary_key=True, default=None)
    name = Text()
    created_at = Timestamptz(default=None)


class RisingPart(Table, tablename="rising_part"):
    """The best part of a track that many people save now. A job keeps it."""

    track_id = Text(primary_key=True, default=None)
    start_s = Integer()
    end_s = Integer()
    score = DoublePrecision()
    people = Integer()  # who saved a part of it in public
    gained = Integer()  # of them, within a week
    computed_at = Timestamptz(default=None)
