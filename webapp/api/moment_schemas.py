"""Moments in wire format: camelCase, except for transcripts."""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from domain.moments.models import (
    Git,
    Insight,
    Kind,
    MediaSource,
    Moment,
    MomentChange,
    NewMoment,
    Speaker,
    Visibility,
)
from webapp.api.asset_schemas import AssetItem
from webapp.api.camel_schemas import (
    CamelIn,
    CamelOut,
    UserRefOut,
    VmNameOut,
    VmOut,
    user_ref_out,
    vm_out,
)
from webapp.api.schemas import Instant, instant, parse

Seconds = Annotated[int, Meta(ge=0, le=10**9)]
Tags = Annotated[list[str], Meta(max_length=30, examples=[["frontend", "release"]])]
Slug = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=63,
        examples=["homepage-redesign"],
        description="The end of the page's address. A public moment gets exactly this; others get"
        " letters added, so that nobody guesses it.",
    ),
]


class SpeakerLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One utterance of a transcript."""

    text: str
    speaker_identifier: Annotated[str, Meta(min_length=1, examples=["speaker_1"])]
    timestamp: Instant | None = None
    emotion: Annotated[str, Meta(examples=["happy"])] | None = None


class Source(CamelIn, frozen=True, kw_only=True):
    """The provider of a moment's media."""

    provider: Annotated[str, Meta(min_length=1, examples=["youtube"])]
    provider_id: str | None = None
    url: str | None = None
    title: str | None = None
    artist: str | None = None
    duration_s: Seconds | None = None


class NewMomentIn(CamelIn, frozen=True, kw_only=True):
    """A new moment; only its title is required."""

    title: Annotated[str, Meta(min_length=1, examples=["Homepage redesign"])]
    vm_id: str | None = None
    description: str | None = None
    tags: Tags | None = None
    git_branch: str | None = None
    git_commit_hash: str | None = None
    git_commit_message: str | None = None
    git_author: str | None = None
    git_author_email: str | None = None
    git_commit_date: Instant | None = None
    git_diff: str | None = None
    metadata: dict[str, Any] | None = None
    visibility: Visibility | None = None
    slug: Slug | None = None
    source: Source | None = None
    start_s: Seconds | None = None
    end_s: Seconds | None = None
    images: list[str] | None = None
    speakers: list[SpeakerLine] | None = None
    key_emotions: list[str] | None = None
    emotion_tags: list[str] | None = None
    topic_tags: list[str] | None = None

    def new(self) -> NewMoment:
        """Return the new moment."""
        source = self.source
        return NewMoment(
            title=self.title,
            description=self.description or "",
            tags=self.tags or (),
            visibility=self.visibility or "organization",
            slug=self.slug,
            metadata=self.metadata or {},
            vm_id=self.vm_id,
            git=Git(
                branch=self.git_branch,
                commit_hash=self.git_commit_hash,
                commit_message=self.git_commit_message,
                author=self.git_author,
                author_email=self.git_author_email,
                commit_date=parse("gitCommitDate", self.git_commit_date),
                diff=self.git_diff,
            ),
            source=MediaSource(**msgspec.structs.asdict(source)) if source else None,
            start_s=self.start_s,
            end_s=self.end_s,
            insight=Insight(
                images=self.images or (),
                speakers=_speakers(self.speakers) or (),
                key_emotions=self.key_emotions or (),
                emotion_tags=self.emotion_tags or (),
                topic_tags=self.topic_tags or (),
            ),
        )


class MomentPatch(CamelIn, frozen=True, kw_only=True):
    """Changes; omitted fields stay unchanged."""

    title: str | None = None
    description: str | None = None
    tags: Tags | None = None
    visibility: Visibility | None = None
    slug: Slug | None = None
    start_s: Seconds | None = None
    end_s: Seconds | None = None
    images: list[str] | None = None
    speakers: list[SpeakerLine] | None = None
    key_emotions: list[str] | None = None
    emotion_tags: list[str] | None = None
    topic_tags: list[str] | None = None

    def change(self) -> MomentChange:
        """Return the changes."""
        values = msgspec.structs.asdict(self) | {"speakers": _speakers(self.speakers)}
        return MomentChange(**values)


class MomentOut(CamelOut, frozen=True, kw_only=True):
    """A record from any source."""

    id: Annotated[str, Meta(examples=["moment_01jdk2v7w8x9y0z1a2b3c4d5e6"])]
    organization_id: str
    created_by: str | None
    vm_id: str | None
    kind: Kind
    title: str
    description: str
    tags: list[str]
    visibility: Visibility
    slug: str | None
    share_url: str | None
    saved_by: int
    source: Source | None
    start_s: int | None
    end_s: int | None
    track_id: str | None
    git_branch: str | None
    git_commit_hash: str | None
    git_commit_message: str | None
    git_author: str | None
    git_author_email: str | None
    git_commit_date: Instant | None
    git_diff: str | None
    metadata: dict[str, Any]
    images: list[str]
    speakers: list[SpeakerLine]
    key_emotions: list[str]
    emotion_tags: list[str]
    topic_tags: list[str]
    is_deleted: bool
    deleted_at: Instant | None
    created_at: Instant
    updated_at: Instant


class MomentItem(CamelOut, frozen=True, kw_only=True):
    """A moment in a list."""

    moment: MomentOut
    created_by_user: UserRefOut | None
    vm: VmNameOut | None
    asset_count: int


class MomentDetail(CamelOut, frozen=True, kw_only=True):
    """A moment with its people and its VM."""

    moment: MomentOut
    created_by_user: UserRefOut | None
    vm: VmOut | None


class MomentCreated(CamelOut, frozen=True, kw_only=True):
    """The moment after the change."""

    success: bool = True
    moment: MomentOut


class MomentPage(CamelOut, frozen=True, kw_only=True):
    """One page of moments, newest first; large totals are estimates, and marked as such."""

    success: bool = True
    moments: list[MomentItem]
    total: int
    limit: int
    offset: int
    total_is_estimate: bool | UnsetType = UNSET
    next_cursor: str | UnsetType = UNSET


class MomentWithAssets(CamelOut, frozen=True, kw_only=True):
    """A moment and its files."""

    success: bool = True
    moment: MomentDetail
    assets: list[AssetItem]


def _speakers(lines: list[SpeakerLine] | None) -> list[Speaker] | None:
    if lines is None:
        return None
    return [
        Speaker(
            line.text,
            line.speaker_identifier,
            parse("speakers", line.timestamp),
            line.emotion,
        )
        for line in lines
    ]


def moment_out(moment: Moment, share_url: str | None = None, saved_by: int = 0) -> MomentOut:
    """Return a moment in wire format."""
    git, insight, source = moment.git, moment.insight, moment.source
    return MomentOut(
        id=moment.id,
        organization_id=moment.organization_id,
        created_by=moment.created_by.id if moment.created_by else None,
        vm_id=moment.vm_id,
        kind=moment.kind,
        title=moment.title,
        description=moment.description,
        tags=list(moment.tags),
        visibility=moment.visibility,
        slug=moment.slug,
        share_url=share_url,
        saved_by=saved_by,
        source=Source(
            provider=source.provider,
            provider_id=source.provider_id,
            url=source.url,
            title=source.title,
            artist=source.artist,
            duration_s=source.duration_s,
        )
        if source
        else None,
        start_s=moment.start_s,
        end_s=moment.end_s,
        track_id=moment.source_id if moment.kind == "mark" else None,
        git_branch=git.branch,
        git_commit_hash=git.commit_hash,
        git_commit_message=git.commit_message,
        git_author=git.author,
        git_author_email=git.author_email,
        git_commit_date=instant(git.commit_date),
        git_diff=git.diff,
        metadata=dict(moment.metadata),
        images=list(insight.images),
        speakers=[
            SpeakerLine(
                text=line.text,
                speaker_identifier=line.speaker_identifier,
                timestamp=instant(line.timestamp),
                emotion=line.emotion,
            )
            for line in insight.speakers
        ],
        key_emotions=list(insight.key_emotions),
        emotion_tags=list(insight.emotion_tags),
        topic_tags=list(insight.topic_tags),
        is_deleted=moment.deleted_at is not None,
        deleted_at=instant(moment.deleted_at),
        created_at=instant(moment.created_at) or "",
        updated_at=instant(moment.updated_at) or "",
    )


def item_out(moment: Moment, share_url: str | None, saved_by: int) -> MomentItem:
    """Return a moment in a list."""
    vm = moment.vm
    return MomentItem(
        moment=moment_out(moment, share_url, saved_by),
        created_by_user=user_ref_out(moment.created_by),
        vm=VmNameOut(id=vm.id, name=vm.name) if vm else None,
        asset_count=moment.asset_count,
    )


def detail_out(moment: Moment, share_url: str | None, saved_by: int) -> MomentDetail:
    """Return a moment with its people and its VM."""
    return MomentDetail(
        moment=moment_out(moment, share_url, saved_by),
        created_by_user=user_ref_out(moment.created_by),
        vm=vm_out(moment.vm) if moment.vm else None,
    )
