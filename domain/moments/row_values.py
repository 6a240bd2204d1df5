"""Moments and utterances out of rows, and back."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from domain.core.time import isoformat, parse_instant
from domain.infra.database import Record
from domain.moments.models import Git, Insight, MediaSource, Moment, Speaker, UserRef, VmRef


class Origin(NamedTuple):
    """The source of a moment; of what is found in a video, the video, perhaps of a stream."""

    id: str
    name: str
    stream_id: str | None = None


def speakers_json(speakers: Sequence[Speaker]) -> str:
    """Return utterances in row format."""
    return json.dumps(
        [
            {
                "text": speaker.text,
                "speaker_identifier": speaker.speaker_identifier,
                "timestamp": speaker.timestamp and isoformat(speaker.timestamp),
                "emotion": speaker.emotion,
            }
            for speaker in speakers
        ]
    )


def speaker_of(entry: dict[str, Any]) -> Speaker:
    """Return an utterance in row format."""
    timestamp = entry["timestamp"]
    return Speaker(
        entry["text"],
        entry["speaker_identifier"],
        parse_instant(timestamp) if timestamp else None,
        entry["emotion"],
    )


def moment_of(row: Record) -> Moment:
    """Return the moment in a row with the names of its user and VM."""
    is_vm_known = row["vm_name"] is not None
    return Moment(
        id=row["id"],
        organization_id=row["organization_id"],
        kind=row["kind"],
        title=row["title"],
        description=row["description"],
        tags=tuple(row["tags"]),
        visibility=row["visibility"],
        slug=row["slug"],
        metadata=json.loads(row["metadata"]),
        git=Git(
            row["git_branch"],
            row["git_commit_hash"],
            row["git_commit_message"],
            row["git_author"],
            row["git_author_email"],
            row["git_commit_date"],
            row["git_diff"],
        ),
        insight=Insight(
            tuple(row["images"]),
            tuple(map(speaker_of, json.loads(row["speakers"]))),
            tuple(row["key_emotions"]),
            tuple(row["emotion_tags"]),
            tuple(row["topic_tags"]),
        ),
        source_id=row["source_id"],
        source_name=row["source_name"],
        source=MediaSource(**json.loads(row["source"])) if row["source"] else None,
        start_s=row["start_s"],
        end_s=row["end_s"],
        created_by=UserRef(row["created_by"], row["user_email"], row["user_name"])
        if row["created_by"]
        else None,
        vm=VmRef(row["vm_id"], row["vm_name"], row["vm_created_at"], row["vm_last_seen_at"])
        if is_vm_known
        else None,
        vm_id=row["vm_id"],
        created_by_vm=row["created_by_vm"],
        asset_count=row["asset_count"],
        had_link=row["shared_until"] is not None,
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        deleted_at=row["deleted_at"],
    )
