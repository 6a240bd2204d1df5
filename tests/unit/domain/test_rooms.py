"""Each table is written by the room that declares it."""

import re
from pathlib import Path

import domain

ROOT = Path(domain.__file__).parent
ROOMS = {"jobs": "infra"}  # infra queues jobs, the worker leases and ends them
_DECLARED = re.compile(r'class (\w+)\((?:[^)]*tablename="(\w+)")?')
_WRITTEN = re.compile(
    r"\b(?:INSERT INTO|DELETE FROM|UPDATE(?! OF| SET| SKIP)) (\w+)"
    r"|\b([A-Z]\w+)\.(?:insert|update|delete)\("
)


def _table(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()


def _room(path: Path) -> str:
    name = path.relative_to(ROOT).parts[0]
    return ROOMS.get(name, name)


def _declared() -> dict[str, str]:
    return {
        explicit or _table(name): _room(path)
        for path in ROOT.rglob("tables.py")
        for name, explicit in _DECLARED.findall(path.read_text())
    }


def test_each_table_is_written_by_one_room() -> None:
    declared = _declared()
    assert declared["moments"] == "moments"
    written = {
        (_room(path), sql or _table(orm))
        for path in ROOT.rglob("*.py")
        for sql, orm in _WRITTEN.findall(path.read_text())
    }
    assert ("moments", "moments") in written
    assert {pair for pair in written if declared.get(pair[1], pair[0]) != pair[0]} == set()
