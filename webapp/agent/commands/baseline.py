"""`baseline`: writes the accepted pictures of a commit, to compare with offline."""

import argparse
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from webapp.agent.client import Client, download
from webapp.agent.commands.committing import commit_at
from webapp.agent.comparing import NAME
from webapp.agent.errors import AgentError, UsageError
from webapp.agent.settings import server_of


def run(options: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """Write the bundle; a commit without a baseline gets an empty one."""
    server = server_of(environment, options.server)
    if server.is_vm:
        raise UsageError("A VM cannot read baselines. Set MOMENTS_TOKEN to a person's token.")
    commit = commit_at(options, environment)
    if commit is None:
        raise UsageError(
            "Baselines belong to commits, and there is no repository here. Use --repo."
        )
    body = {
        "repository": commit.repository or "",
        "commits": list(commit.ancestors),
        "branch": commit.branch,
    }
    bundle = Client(server).post("/api/commits/baseline", body)
    folder = Path(options.folder)
    folder.mkdir(parents=True, exist_ok=True)
    for each in bundle["pictures"]:
        data = download(each["url"])
        if hashlib.sha256(data).hexdigest() != each["sha256"]:
            raise AgentError(f"{each['name']} arrived damaged. Try again.")
        (folder / each["sha256"]).write_bytes(data)
    pictures = [{"name": each["name"], "sha256": each["sha256"]} for each in bundle["pictures"]]
    kept = {"baselineId": bundle["baselineId"], "settings": bundle["settings"]}
    text = json.dumps({**kept, "pictures": pictures}, indent=1)
    (folder / NAME).write_text(text, "utf-8")
    print(text if options.json else f"{len(pictures)} accepted pictures in {folder}")
    return 0
