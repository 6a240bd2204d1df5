"""Tables of moments and their files; the migrations define the constraints and indexes."""

from piccolo.columns import JSONB, Array, BigInt, Boolean, Integer, Text, Timestamptz
from piccolo.table import Table

from domain.infra.columns import TsVector


class Moments(Table, tablename="moments"):
    """One record per moment, whatever its source."""

    id = Text(primary_key=True, default=None)
    organization_id = Text()
    created_by = Text(null=True, default=None)
    vm_id = Text(null=True, default=None)
    created_by_vm = Text(null=True, default=None)
    kind = Text()
    title = Text()
    description = Text(default="")
    tags = Array(base_column=Text(), default=list)
    metadata = JSONB(default="{}")
    visibility = Text(default="organization")
    slug = Text(null=True, default=None)
    source_id = Text(null=True, default=None)  # its source: a stream, a track, …
    source_name = Text(null=True, default=None)
    stream_id = Text(null=True, default=None)  # found in a video of a stream: what may hide it
    source = JSONB(null=True, default=None)  # its position in a provider's media
    start_s = Integer(null=True, default=None)
    end_s = Integer(null=True, default=None)
    git_branch = Text(null=True, default=None)
    git_commit_hash = Text(null=True, default=None)
    git_commit_message = Text(null=True, default=None)
    git_author = Text(null=True, default=None)
    git_author_email = Text(null=True, default=None)
    git_commit_date = Timestamptz(null=True, default=None)
    git_diff = Text(null=True, default=None)
    images = Array(base_column=Text(), default=list)
    speakers = JSONB(
        default="[]",
        help_text="JSON array of speaker entries with text, identifier, timestamp, emotion",
    )
    key_emotions = Array(
        base_column=Text(),
        default=list,
        help_text="JSON array of key emotional context tags",
    )
    emotion_tags = Array(base_column=Text(), default=list)
    topic_tags = Array(base_column=Text(), default=list)
    cover_id = Text(null=True, default=None)  # the small image shown in lists
    shared_until = Timestamptz(null=True, default=None)
    joined_at = Timestamptz(null=True, default=None)  # when a capture last joined it
    created_at = Timestamptz(default=None)
    updated_at = Timestamptz(default=None)
    deleted_at = Timestamptz(null=True, default=None)
    restored_at = Timestamptz(null=True, default=None)  # retention leaves it alone for a while
    search = TsVector(null=True, default=None)  # maintained by a trigger


class MomentAssets(Table, tablename="moment_assets"):
    """A stored file of a moment, or an upload in progress."""

    id = Text(primary_key=True, default=None)
    organization_id = Text()
    moment_id = Text()
    purpose = Text()  # media, its preview, or what was derived from it
    asset_type = Text()
    file_name = Text()
    mime_type = Text()
    file_size_bytes = BigInt()
    gcs_bucket = Text()
    gcs_path = Text()
    generation = Text(null=True, default=None)  # None until the bytes have arrived
    sha256 = Text(null=True, default=None)
    metadata = JSONB(default="{}")
    processing_status = Text()
    processing_error = Text(null=True, default=None)
    processing_attempts = Integer(default=0)
    preview_id = Text(null=True, default=None)
    upload_method = Text()
    uploaded_by = Text(null=True, default=None)
    uploaded_by_vm = Text(null=True, default=None)
    created_at = Timestamptz(default=None)
    updated_at = Timestamptz(default=None)


class Orphan(Table, tablename="orphan"):
    """Bytes outside the database without a row (yet, or any more): removed when due."""

    id = Text(primary_key=True)
    kind = Text()
    place = Text()
    key = Text()
    due_at = Timestamptz(default=None)


class MomentSlug(Table, tablename="moment_slug"):
    """A current or former slug of a moment; kept when the moment is purged."""

    slug = Text(primary_key=True, default=None)
    moment_id = Text(null=True, default=None)
    created_at = Timestamptz(default=None)


class RetentionRules(Table, tablename="retention_rules"):
    """When moments of a branch go to the bin by themselves."""

    organization_id = Text(primary_key=True, default=None)
    branch = Text(primary_key=True, default=None)  # empty: all without a rule of their own
    max_age_days = Integer(null=True, default=None)
    keep_newest = Integer(null=True, default=None)
    keep_tagged = Boolean(default=True)
    updated_by = Text(null=True, default=None)
    updated_at = Timestamptz(default=None)


class ImportedMoments(Table, tablename="imported_moments"):
    """A moment that came out of an archive, known by where it was made."""

    moment_id = Text(primary_key=True, default=None)
    organization_id = Text()
    origin = Text()
    original_id = Text()
    is_complete = Boolean(default=False)  # with all its files
