"""`status`: waits until a capture is compared with its baseline, and says how it stands."""

import argparse
import json
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from webapp.agent.client import Client
from webapp.agent.commands.diff import DIFFERENT
from webapp.agent.errors import AgentError
from webapp.agent.settings import server_of

_PAUSE_S = 1.0


def run(options: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """Print the status; return 3 if it is a failure."""
    client = Client(server_of(environment, options.server))
    build = wait(client, options.moment, options.wait, time.monotonic)
    if options.json:
        print(json.dumps(build))
    else:
        print(f"{build['conclusion']}: {build['summary']}")
    return DIFFERENT if build["conclusion"] == "failure" else 0


def wait(
    client: Client, moment_id: str, wait_s: float, clock: Callable[[], float]
) -> dict[str, Any]:
    """Return a capture's build once it is not pending.

    Raises:
        AgentError: It is not compared in time.
    """
    whose = "vm" if client.server.is_vm else "moments"
    end = clock() + wait_s
    while True:
        build = client.get(f"/api/commits/{whose}/{quote(moment_id, safe='')}/build")
        if build["conclusion"] != "pending":
            return build
        if clock() > end:
            raise AgentError(
                f"{moment_id} is not compared after {wait_s:.0f} s. {build['summary']}."
                " Check that the server's worker runs, and try again."
            )
        client.sleep(_PAUSE_S)
