"""The services and jobs of the moment record."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.accounts.notices import Notifier
from domain.accounts.rights import Rights
from domain.infra.base import Base
from domain.infra.work import Work, repeating
from domain.moments.access import Access, Sources
from domain.moments.assets import Assets
from domain.moments.events import MomentEvents
from domain.moments.listing import AssetService
from domain.moments.mention_names import MENTION_JOB
from domain.moments.mentions import Mentions
from domain.moments.orphans import Orphans
from domain.moments.policies import RetentionPolicies
from domain.moments.processing import AssetProcessing, Measure, OnProcessed, ReadWords
from domain.moments.records import MomentRecords
from domain.moments.reporting import Reporting
from domain.moments.retention import BeforePurge, MomentRetention
from domain.moments.service import MomentService
from domain.moments.transfer import MomentTransfer
from domain.moments.uploads import PROCESS_JOB, UploadService


@dataclass(frozen=True, slots=True)
class MomentRoom:
    """The services of this package."""

    service: MomentService
    uploads: UploadService
    files: AssetService
    access: Access
    records: MomentRecords
    events: MomentEvents
    assets: Assets
    orphans: Orphans
    notifier: Notifier
    mentions: Mentions
    transfer: MomentTransfer
    reporting: Reporting


def wire(base: Base, rights: Rights, notifier: Notifier, sources: Sources) -> MomentRoom:
    """Return the services; nothing is started or queried here."""
    orphans = Orphans(base.database, base.apart)
    access = Access(sources)
    records = MomentRecords(base.database, base.clock, access)
    assets = Assets(base.database, base.storage, orphans, base.clock)
    events = MomentEvents(base.database, base.events, access)
    service = MomentService(base, rights, access, records, events)
    uploads = UploadService(base, rights, records, assets, events)
    files = AssetService(base, rights, records)
    mentions = Mentions(base.database, records, notifier)
    transfer = MomentTransfer(base, rights, records, service, uploads)
    return MomentRoom(
        service=service,
        uploads=uploads,
        files=files,
        access=access,
        records=records,
        events=events,
        assets=assets,
        orphans=orphans,
        notifier=notifier,
        mentions=mentions,
        transfer=transfer,
        reporting=Reporting(base, rights, records),
    )


def wire_processing(
    base: Base,
    room: MomentRoom,
    measure_video: Measure,
    on_processed: Sequence[OnProcessed],
    read_words: ReadWords | None,
) -> AssetProcessing:
    """Return the processing of uploads; a package with media nodes measures videos."""
    return AssetProcessing(
        base,
        room.assets,
        room.records,
        room.events,
        room.notifier,
        measure_video=measure_video,
        on_processed=on_processed,
        read_words=read_words,
    )


def wire_retention(
    base: Base, room: MomentRoom, before_purge: Sequence[BeforePurge]
) -> MomentRetention:
    """Return the purging of moments, after each package has released its part."""
    return MomentRetention(
        base.database,
        base.clock,
        room.assets,
        before_purge,
        retention_days=base.settings.retention_days,
    )


def wire_policies(
    base: Base, rights: Rights, room: MomentRoom, kept: Sequence[str]
) -> RetentionPolicies:
    """Return the retention policies; packages give conditions of what must stay."""
    return RetentionPolicies(base, rights, room.records, room.events, kept)


def work(
    room: MomentRoom,
    processing: AssetProcessing,
    retention: MomentRetention,
    policies: RetentionPolicies,
) -> Work:
    """Return the package's jobs."""
    handlers = {
        PROCESS_JOB: lambda args: processing.process(args["asset_id"]),
        MENTION_JOB: room.mentions.tell,
    }
    return (
        Work(handlers)
        + repeating(3600, "moments.purge", retention.purge)
        + repeating(3600, "moments.expire", policies.apply)
        + repeating(3600, "uploads.sweep", room.uploads.sweep)
    )
