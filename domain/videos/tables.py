"""Tables of videos; the migrations define the constraints and indexes."""

from piccolo.columns import JSONB, Boolean, Bytea, DoublePrecision, Integer, Text, Timestamptz
from piccolo.table import Table


class Videos(Table, tablename="videos"):
    """A video and its place in the pipeline; its title and rights are its moment's."""

    id = Text(primary_key=True, default=None)
    organization_id = Text()
    moment_id = Text()
    owns_moment = Boolean()  # False: made from a moment that existed before
    source = Text()
    url = Text(null=True, default=None)
    asset_id = Text(null=True, default=None)  # the file; of a URL, once it is fetched
    audio_id = Text(null=True, default=None)
    voices_id = Text(null=True, default=None)
    status = Text()
    run = Integer()  # counts starts and cancels: a job of an earlier run does nothing
    prompt = Text()
    speaker_count = Integer(null=True, default=None)
    duration_ms = Integer(null=True, default=None)
    width = Integer(null=True, default=None)
    height = Integer(null=True, default=None)
    has_audio = Boolean(null=True, default=None)
    loudness = Bytea(null=True, default=None)  # of equal parts, to be drawn
    created_by = Text(null=True, default=None)
    created_at = Timestamptz(default=None)
    updated_at = Timestamptz(default=None)


class VideoStages(Table, tablename="video_stages"):
    """One stage of a video's pipeline."""

    video_id = Text(primary_key=True, default=None)
    position = Integer(primary_key=True, default=None)
    organization_id = Text()
    name = Text()
    status = Text()
    progress = DoublePrecision()
    attempts = Integer()
    is_active = Boolean()  # it has a job
    error = Text(null=True, default=None)
    note = Text(null=True, default=None)
    due_at = Timestamptz(null=True, default=None)
    sent_at = Timestamptz(null=True, default=None)
    started_at = Timestamptz(null=True, default=None)
    ended_at = Timestamptz(null=True, default=None)


class Transcripts(Table, tablename="transcripts"):
    """What is said in a video, and how that is known."""

    video_id = Text(primary_key=True, default=None)
    organization_id = Text()
    language = Text(null=True, default=None)
    certainty = DoublePrecision(null=True, default=None)
    source = Text()
    reason = Text(null=True, default=None)  # why there is none
    speakers = JSONB(default="{}")  # names that people gave, by the speaker's number
    updated_at = Timestamptz(default=None)


class TranscriptLines(Table, tablename="transcript_lines"):
    """One line of a transcript."""

    video_id = Text(primary_key=True, default=None)
    number = Integer(primary_key=True, default=None)
    start_ms = Integer()
    end_ms = Integer()
    speaker = Integer(null=True, default=None)
    text = Text()
    emotion = Text(null=True, default=None)
    confidence = DoublePrecision(null=True, default=None)
    words = JSONB()  # of each: start, end, text, confidence
    is_edited = Boolean()


class VideoMoments(Table, tablename="video_moments"):
    """A part of a video that is a moment, why it was chosen, and its clip."""

    moment_id = Text(primary_key=True, default=None)
    video_id = Text()
    organization_id = Text()
    start_ms = Integer()
    end_ms = Integer()
    score = DoublePrecision(null=True, default=None)
    reasons = JSONB()  # of each: signal, strength
    origin = Text()
    is_edited = Boolean()
    clip_status = Text()
    clip_error = Text(null=True, default=None)
    clip_attempts = Integer()
    asset_id = Text(null=True, default=None)
    vertical_id = Text(null=True, default=None)  # an export for phones
    vertical_status = Text(null=True, default=None)
    vertical_error = Text(null=True, default=None)
    vertical_crop = DoublePrecision(null=True, default=None)
    vertical_captions = Boolean(default=True)
