"""Compares pictures of moments: once for each pair of files, one pair at a time."""

import asyncio
import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from domain.commits.differ import Differ
from domain.commits.models import Pair, PairState, Shot
from domain.commits.visual import Calibration, Comparison, Settings
from domain.core.errors import BadInput
from domain.infra.base import Base
from domain.moments.processing import read_start

_KEPT: Final = timedelta(days=180)
_MAX_BYTES: Final = 64 * 1024 * 1024
_KEEP: Final = """
INSERT INTO picture_comparisons
    (organization_id, before_sha256, after_sha256, settings_key, result, created_at)
VALUES ($1, $2, $3, $4, $5::jsonb, $6) ON CONFLICT DO NOTHING
"""


class Comparer:
    """The visual diff with the store's files; results are kept."""

    def __init__(self, base: Base) -> None:
        self._database = base.database
        self._storage = base.storage
        self._clock = base.clock
        self._differ = Differ()
        # Bounds the memory for files in transit; the differ compares one pair at a time.
        self._turn = asyncio.Semaphore(1)

    async def pair(
        self,
        organization_id: str,
        name: str,
        before: Sequence[Shot],
        after: Shot | None,
        settings: Settings,
        ignored: Collection[str] = (),
    ) -> Pair:
        """Compare a picture with accepted variants of it: the first match, else the closest.

        Args:
            organization_id: Whose they are.
            name: The picture's.
            before: The variants; none: the picture is new.
            after: The picture; None: it is gone.
            settings: How to compare, without ignored masks.
            ignored: Masks of this picture that are ignored.
        """
        if after is None or not before:
            state: PairState = "removed" if after is None else "added"
            return Pair(name, state, before[0] if before else None, after)
        best: Pair | None = None
        for variant in before:
            try:
                found = await self._compared(organization_id, variant, after, settings)
            except BadInput as error:
                return Pair(name, "failed", variant, after, error=error.message)
            if found.verdict == "changed" and found.mask in ignored:
                found = found.with_verdict("ignored")
            made = Pair(name, "compared", variant, after, found)
            if found.is_match:
                return made
            if best is None or made.share < best.share:
                best = made
        return best or Pair(name, "added", None, after)

    async def purge(self) -> None:
        """Forget old results: whoever asks for one again gets it again."""
        await self._database.execute(
            "DELETE FROM picture_comparisons WHERE created_at < $1", self._clock.now() - _KEPT
        )

    async def drawing(self, before: Shot, after: Shot, settings: Settings) -> bytes:
        """Return a PNG of what changed between two pictures.

        Raises:
            BadInput: One of them cannot be read.
        """
        async with self._turn:
            old, new = await self._read(before), await self._read(after)
            return await self._differ.draw(old, new, settings)

    async def calibrate(self, first: Shot, second: Shot, settings: Settings) -> Calibration:
        """Measure the noise between two captures of the same thing.

        Raises:
            BadInput: One of them cannot be read.
        """
        async with self._turn:
            old, new = await self._read(first), await self._read(second)
            return await self._differ.calibrate(old, new, settings)

    async def close(self) -> None:
        """End the differ's process."""
        await self._differ.close()

    async def _compared(
        self, organization_id: str, before: Shot, after: Shot, settings: Settings
    ) -> Comparison:
        if before.sha256 == after.sha256:
            return Comparison("identical", after.width, after.height)
        key = (organization_id, before.sha256, after.sha256, settings_key(settings))
        if (known := await self._known(*key)) is not None:
            return known
        async with self._turn:
            if (known := await self._known(*key)) is not None:  # compared while we waited
                return known
            old, new = await self._read(before), await self._read(after)
            found = await self._differ.compare(old, new, settings)
        text = json.dumps(found.to_json())
        await self._database.execute(_KEEP, *key, text, self._clock.now())
        return found

    async def _known(self, *key: str) -> Comparison | None:
        text = await self._database.fetchval(
            "SELECT result FROM picture_comparisons WHERE organization_id = $1"
            " AND before_sha256 = $2 AND after_sha256 = $3 AND settings_key = $4",
            *key,
        )
        return None if text is None else Comparison.from_json(json.loads(text))

    async def _read(self, shot: Shot) -> bytes:
        if shot.file.size_bytes > _MAX_BYTES:
            raise BadInput(
                f"{shot.name} is larger than 64 MB. Capture a part of it, or as WebP.",
                code="bad_image",
            )
        return await read_start(self._storage, shot.file, shot.file.size_bytes)


def settings_key(settings: Settings) -> str:
    """Return the identity of settings; what is ignored is decided afterwards."""
    text = json.dumps(replace(settings, ignored_masks=()).to_json(), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
