"""`diff`: compares pictures with a baseline bundle, or two pictures, without a server."""

import argparse
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from webapp.agent.comparing import Result, compare, compare_files, read_bundle
from webapp.agent.content import gather
from webapp.agent.errors import UsageError

DIFFERENT = 3


def run(options: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """Print what changed in each picture."""
    with tempfile.TemporaryDirectory() as name:
        pictures, results = _results(options, environment, Path(name))
        if options.out:
            _keep(pictures, results, Path(options.out))
    is_match = all(each.is_match for each in results)
    if options.json:
        print(json.dumps({"isMatch": is_match, "pictures": [_json(each) for each in results]}))
    else:
        for each in results:
            print(f"{each.name}: {each.summary}")
    return 0 if is_match else DIFFERENT


def _results(
    options: argparse.Namespace, environment: Mapping[str, str], folder: Path
) -> tuple[Sequence[Path], Sequence[Result]]:
    """Return the new pictures, and what changed in each."""
    if options.pair:
        before, after = map(Path, options.pair)
        return [after], [compare(after.name, [before], after)]
    if not options.baseline:
        raise UsageError("Name what to compare with: --baseline FOLDER, or --pair BEFORE AFTER.")
    bundle = read_bundle(Path(options.baseline))
    uploads = gather(options, environment, folder).uploads
    pictures = [_named(each.path, each.name, folder) for each in uploads]
    return pictures, compare_files(bundle, pictures)


def _named(path: Path, name: str, folder: Path) -> Path:
    """Return a file under the name that pairs it."""
    if path.name == name:
        return path
    named = folder / "named" / name
    named.parent.mkdir(exist_ok=True)
    named.write_bytes(path.read_bytes())
    return named


def _keep(pictures: Sequence[Path], results: Sequence[Result], folder: Path) -> None:
    """Write the new pictures, and drawings of what changed in them."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in pictures:
        (folder / path.name).write_bytes(path.read_bytes())
    for each in results:
        if each.drawing:
            (folder / f"{each.name}.diff.png").write_bytes(each.drawing)


def _json(result: Result) -> dict[str, object]:
    bare = replace(result, drawing=None)
    found = {"name": bare.name, "state": bare.state, "isMatch": bare.is_match}
    return {**found, "summary": bare.summary, "comparison": bare.comparison}
