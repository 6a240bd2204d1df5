"""The pictures of moments, and pairs of them."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from domain.commits.models import Shot
from domain.infra.base import Base
from domain.infra.database import Record
from domain.moments.listing import file_of, url_of

COMPARED_TYPES: Final = ("image/png", "image/jpeg", "image/webp")
_SHOTS: Final = """
SELECT a.* FROM moment_assets a WHERE a.moment_id = ANY($1::text[]) AND a.purpose = 'media'
AND a.mime_type = ANY($2::text[]) AND a.processing_status = 'completed'
ORDER BY a.id
"""

MaybePair = tuple[str, Shot | None, Shot | None]


async def shots_of(base: Base, moment_ids: Sequence[str]) -> Mapping[str, Sequence[Shot]]:
    """Return the finished pictures of moments, in the order that they were added."""
    rows = await base.database.fetch(_SHOTS, list(moment_ids), COMPARED_TYPES)
    found: dict[str, list[Shot]] = defaultdict(list)
    for row in rows:
        found[row["moment_id"]].append(_shot(base, row))
    return found


def paired(before: Sequence[Shot], after: Sequence[Shot]) -> Sequence[MaybePair]:
    """Return pictures of the same name in pairs; of one left on each side, whatever its name."""
    old, new = {shot.name: shot for shot in before}, {shot.name: shot for shot in after}
    pairs: list[MaybePair] = [(name, old.get(name), shot) for name, shot in new.items()]
    pairs += [(name, shot, None) for name, shot in old.items() if name not in new]
    came = [pair for pair in pairs if pair[1] is None]
    went = [pair for pair in pairs if pair[2] is None]
    if len(came) == len(went) == 1:
        renamed: MaybePair = (came[0][0], went[0][1], came[0][2])
        pairs = [renamed if pair is came[0] else pair for pair in pairs if pair is not went[0]]
    return pairs


def _shot(base: Base, row: Record) -> Shot:
    file = file_of(row)
    metadata = json.loads(row["metadata"])
    return Shot(
        row["id"],
        row["moment_id"],
        row["file_name"],
        file,
        row["sha256"] or row["id"],
        _size(metadata.get("width")),
        _size(metadata.get("height")),
        url_of(base.storage, file),
    )


def _size(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0
