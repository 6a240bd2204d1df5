"""What commands that need the commit have in common."""

import argparse
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from webapp.agent.ci import build_of
from webapp.agent.git import Commit, commit_of


def commit_at(options: argparse.Namespace, environment: Mapping[str, str]) -> Commit | None:
    """Return the commit of the options' repository."""
    build = build_of(environment)
    if options.base:
        build = replace(build, base_branch=options.base, base_commit=None)
    return commit_of(Path(options.repo), build, options.diff)
