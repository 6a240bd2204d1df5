"""`mcp`: serves the agent's tools to coding agents over standard input and output."""

import argparse
import io
import sys
from collections.abc import Mapping
from pathlib import Path

from webapp.agent.commands.tools import Tools
from webapp.agent.mcp import Server


def run(options: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """Serve until standard input ends."""
    tools = Tools(environment, Path(options.root), options.server)
    lines = io.TextIOWrapper(sys.stdin.buffer, "utf-8", errors="replace", newline="\n")
    out = sys.stdout.buffer
    sys.stdout = sys.stderr  # whatever prints must not get between the messages

    def write(text: str) -> None:
        out.write(text.encode())
        out.flush()

    Server(tools, write).serve(lines)
    return 0
