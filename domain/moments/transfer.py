"""Moments as a zip that any Moments can import, files and facts included."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast, get_args

import msgspec

from domain.accounts.models import Actor, Caller, Role
from domain.accounts.rights import Rights
from domain.core.errors import BadFields
from domain.infra.base import Base
from domain.infra.database import Record
from domain.infra.storage import safe_file_name
from domain.moments.archive import Archive, Named, unique_names, zipped
from domain.moments.bundle import (
    MANIFEST,
    Bundle,
    BundleFile,
    BundleMoment,
    OpenBundle,
    open_bundle,
)
from domain.moments.listing import file_of
from domain.moments.models import AssetType, Git, Moment, NewAsset, NewMoment
from domain.moments.records import MomentRecords
from domain.moments.rules import check_number
from domain.moments.service import MomentService
from domain.moments.uploads import UploadService

_PER_HOUR: Final = 20
_FILES: Final = """
SELECT a.* FROM moment_assets a WHERE a.moment_id = ANY($1::text[]) AND a.purpose = 'media'
AND a.generation IS NOT NULL ORDER BY a.id
"""
_CLAIM: Final = """
INSERT INTO imported_moments (organization_id, origin, original_id, moment_id)
VALUES ($1, $2, $3, $4)
"""
_KNOWN: Final = """
SELECT moment_id, is_complete FROM imported_moments
WHERE organization_id = $1 AND origin = $2 AND original_id = $3
"""
_MINE: Final = "SELECT 1 FROM moments WHERE organization_id = $1 AND id = $2"
_COMPLETE: Final = "UPDATE imported_moments SET is_complete = true WHERE moment_id = $1"
_KINDS: Final[frozenset[str]] = frozenset(get_args(AssetType))


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of an archive: how many moments are new, were there, and why others are not."""

    saved: int
    known: int
    failed: Sequence[tuple[str, str]]  # a title, and a sentence


class MomentTransfer:
    """Export and import of moments."""

    def __init__(
        self,
        base: Base,
        rights: Rights,
        records: MomentRecords,
        moments: MomentService,
        uploads: UploadService,
    ) -> None:
        self._database = base.database
        self._storage = base.storage
        self._clock = base.clock
        self._limiter = base.limiter
        self._origin = base.settings.origin
        self._rights = rights
        self._records = records
        self._moments = moments
        self._uploads = uploads

    async def export(self, caller: Caller, moment_ids: Sequence[str]) -> Archive:
        """Return a streamed zip of moments with their files.

        Raises:
            BadFields: None, or over 500. NotFound: One is absent.
        """
        check_number(moment_ids)
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            moments = await self._records.many(actor, moment_ids)
            rows = await self._database.fetch(_FILES, list(moment_ids))
        now = self._clock.now()
        members: list[Named] = []
        described = []
        for number, moment in enumerate(moments, 1):
            mine = [row for row in rows if row["moment_id"] == moment.id]
            paths = unique_names([f"files/{number:03}/{row['file_name']}" for row in mine])
            files = [_file(row, path) for row, path in zip(mine, paths, strict=True)]
            described.append(_described(moment, files))
            members += [
                (path, row["created_at"], file_of(row))
                for row, path in zip(mine, paths, strict=True)
            ]
        manifest = msgspec.json.encode(Bundle(1, self._origin, described))
        members.insert(0, (MANIFEST, now, _whole(manifest)))
        name = f"Moments export {now:%Y-%m-%d %H.%M}.zip"
        return Archive(name, zipped(self._storage, members))

    async def may_import(self, caller: Caller) -> None:
        """Do nothing if the caller may import now (members).

        Raises:
            RateLimited: The caller imported 20 archives within the hour. Forbidden.
        """
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.MEMBER)
            await self._limiter.hit("moments.import", actor.user_id or "", _PER_HOUR, 3600)

    async def load(self, caller: Caller, path: Path) -> Imported:
        """Make the moments of an archive; those that are here already stay as they are.

        What was cut short goes on where it stopped.

        Raises:
            BadInput: The archive is damaged, made to do harm, or no archive of moments.
        """
        context = open_bundle(path)
        opened = await asyncio.to_thread(context.__enter__)
        saved, known, failed = 0, 0, list[tuple[str, str]]()
        try:
            for each in opened.bundle.moments:
                try:
                    is_new = await self._load_one(caller, opened, each)
                except BadFields as error:
                    why = ", ".join(f"{name} {problem}" for name, problem in error.fields.items())
                    failed.append((each.title[:200], f"{why}."))
                else:
                    saved, known = saved + is_new, known + (not is_new)
        finally:
            await asyncio.to_thread(context.__exit__, None, None, None)
        return Imported(saved, known, failed)

    async def _load_one(self, caller: Caller, opened: OpenBundle, each: BundleMoment) -> bool:
        """Return whether there was something to do."""
        origin = opened.bundle.origin
        for file in each.files:
            if file.asset_type not in _KINDS:
                raise BadFields({"assetType": "is unknown"})
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.MEMBER)
            await self._database.fetchval(
                "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
                f"import {actor.organization_id} {origin} {each.id}",
            )
            row = await self._database.fetchrow(_KNOWN, actor.organization_id, origin, each.id)
            if row is None and await self._is_mine(actor, origin, each.id):
                return False
            if row is not None and row["is_complete"]:
                return False
            moment_id = row["moment_id"] if row else await self._make(caller, actor, origin, each)
            there = await self._database.fetch(_FILES, [moment_id])
        done = {(row["file_name"], row["file_size_bytes"]) for row in there}
        for file in each.files:
            if (safe_file_name(file.name), file.size) not in done:
                await self._add_file(caller, actor, moment_id, opened, file)
        await self._database.execute(_COMPLETE, moment_id)
        return True

    async def _is_mine(self, actor: Actor, origin: str, moment_id: str) -> bool:
        """Return whether a moment was exported here and still exists."""
        if origin != self._origin:
            return False
        found = await self._database.fetchval(_MINE, actor.organization_id, moment_id)
        return found is not None

    async def _make(self, caller: Caller, actor: Actor, origin: str, each: BundleMoment) -> str:
        made = await self._moments.create(caller, _new_moment(origin, each))
        await self._database.execute(_CLAIM, actor.organization_id, origin, each.id, made.id)
        return made.id

    async def _add_file(
        self, caller: Caller, actor: Actor, moment_id: str, opened: OpenBundle, file: BundleFile
    ) -> None:
        """Store a file as if it was uploaded: the same checks follow."""
        new = NewAsset(
            asset_type=cast("AssetType", file.asset_type),
            file_name=file.name,
            mime_type=file.mime_type,
            file_size_bytes=file.size,
            upload_method="api",
        )
        upload = await self._uploads.begin(caller, moment_id, new)
        bucket = await self._storage.ensure_bucket(actor.organization_id)
        digest = hashlib.sha256()
        body = _in_thread(opened.read(file), digest)
        stored = await self._storage.put(bucket, upload.path, body, content_type=file.mime_type)
        await self._uploads.arrived(bucket, upload.path, stored, digest.hexdigest())


async def _whole(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def _in_thread(chunks: Iterator[bytes], digest: "hashlib._Hash") -> AsyncIterator[bytes]:
    while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
        digest.update(chunk)
        yield chunk


def _file(row: Record, path: str) -> BundleFile:
    return BundleFile(
        path=path,
        name=row["file_name"],
        mime_type=row["mime_type"],
        size=row["file_size_bytes"],
        sha256=row["sha256"] or None,
        asset_type=row["asset_type"],
    )


def _described(moment: Moment, files: list[BundleFile]) -> BundleMoment:
    git = moment.git
    return BundleMoment(
        id=moment.id,
        title=moment.title,
        created_at=moment.created_at,
        kind=moment.kind,
        description=moment.description,
        tags=list(moment.tags),
        metadata=dict(moment.metadata),
        git_branch=git.branch,
        git_commit_hash=git.commit_hash,
        git_commit_message=git.commit_message,
        git_author=git.author,
        git_author_email=git.author_email,
        git_commit_date=git.commit_date,
        git_diff=git.diff,
        files=files,
    )


def _new_moment(origin: str, each: BundleMoment) -> NewMoment:
    """Return a moment as it is made: a commit or a note, for the organisation alone."""
    came = {"id": each.id, "origin": origin, "createdAt": each.created_at.isoformat()}
    return NewMoment(
        title=each.title,
        description=each.description,
        tags=each.tags,
        metadata={**each.metadata, "importedFrom": came},
        git=Git(
            branch=each.git_branch,
            commit_hash=each.git_commit_hash,
            commit_message=each.git_commit_message,
            author=each.git_author,
            author_email=each.git_author_email,
            commit_date=each.git_commit_date,
            diff=each.git_diff,
        ),
    )
