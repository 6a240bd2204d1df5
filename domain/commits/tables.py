"""Tables of commits; the migrations define the constraints and indexes."""

from piccolo.columns import JSONB, DoublePrecision, Integer, Text, Timestamptz
from piccolo.table import Table


class PictureComparisons(Table, tablename="picture_comparisons"):
    """What the visual diff said of two files, whatever moments they belong to."""

    organization_id = Text(primary_key=True, default=None)
    before_sha256 = Text(primary_key=True, default=None)
    after_sha256 = Text(primary_key=True, default=None)
    settings_key = Text(primary_key=True, default=None)
    result = JSONB()
    created_at = Timestamptz(default=None)


class CommitChecks(Table, tablename="commit_checks"):
    """What a commit's capture changed: since the one before it, and against its baseline."""

    moment_id = Text(primary_key=True, default=None)
    organization_id = Text()
    previous_id = Text(null=True, default=None)
    previous_share = DoublePrecision(null=True, default=None)  # that changed since
    previous_summary = Text(null=True, default=None)
    baseline_id = Text(null=True, default=None)
    verdict = Text(null=True, default=None)  # None: there is no baseline
    share = DoublePrecision(null=True, default=None)
    places = Integer(default=0)
    summary = Text(default="")
    error = Text(null=True, default=None)
    checked_at = Timestamptz(default=None)


class CommitDecisions(Table, tablename="commit_decisions"):
    """Who approved or rejected a capture, and when; the newest of a moment holds."""

    id = Text(primary_key=True, default=None)
    organization_id = Text()
    moment_id = Text()
    verdict = Text()
    variant_of = Text(null=True, default=None)  # also accepted wherever this baseline is
    note = Text(default="")
    decided_by = Text(null=True, default=None)
    decided_at = Timestamptz(default=None)


class IgnoredChanges(Table, tablename="ignored_changes"):
    """A change of one picture that somebody chose to ignore, known by its mask."""

    id = Text(primary_key=True, default=None)
    organization_id = Text()
    repository = Text()
    name = Text()
    mask = Text()
    moment_id = Text(null=True, default=None)  # where it was seen
    ignored_by = Text(null=True, default=None)
    ignored_at = Timestamptz(default=None)
    undone_by = Text(null=True, default=None)
    undone_at = Timestamptz(null=True, default=None)


class CommitSettings(Table, tablename="commit_settings"):
    """How a repository's pictures are compared."""

    organization_id = Text(primary_key=True, default=None)
    repository = Text(primary_key=True, default=None)
    settings = JSONB(default="{}")
    updated_by = Text(null=True, default=None)
    updated_at = Timestamptz(default=None)
