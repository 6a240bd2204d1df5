"""`calibrate`: captures twice, measures the noise between both, and proposes limits."""

import argparse
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

from webapp.agent.commands.diff import DIFFERENT
from webapp.agent.comparing import PICTURES, calibrate, check_packages
from webapp.agent.content import gather
from webapp.agent.errors import UsageError


def run(options: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """Print the noise of each picture; return 3 if no limit accepts it."""
    check_packages()
    with tempfile.TemporaryDirectory() as name:
        first, second = _twice(options, environment, Path(name))
        found = {each: calibrate(each, path, second[each]) for each, path in first.items()}
    if options.json:
        print(json.dumps({name: each.to_json() for name, each in found.items()}))
    else:
        for name, each in found.items():
            print(f"{name}: {each.differing} pixels differ. {each.advice}")
    return 0 if all(each.comparison.is_match for each in found.values()) else DIFFERENT


def _twice(
    options: argparse.Namespace, environment: Mapping[str, str], folder: Path
) -> tuple[dict[str, Path], dict[str, Path]]:
    """Return the pictures of two captures, by name.

    Raises:
        UsageError: There is none.
    """
    if options.pair:
        before, after = map(Path, options.pair)
        return {after.name: before}, {after.name: after}
    captures = []
    for number in ("1", "2"):
        (folder / number).mkdir()
        uploads = gather(options, environment, folder / number).uploads
        captures.append(
            {each.name: each.path for each in uploads if Path(each.name).suffix in PICTURES}
        )
    first, second = captures
    if not first:
        raise UsageError("There is no picture to capture twice. Name a page by --url.")
    return first, second
