"""The command line of the agent. Each command imports what it needs when it is called."""

import argparse
import importlib
import json
import os
import sys
from collections.abc import Sequence

from webapp.agent import VERSION
from webapp.agent.errors import AgentError
from webapp.agent.options import add_capture_options, add_server_options

_CODES = (
    "Exit codes: 0 done, 1 failed, 2 wrong options or settings, 3 pictures differ (diff), "
    "4 server unreachable, 5 server refused, 130 interrupted."
)
_SERVER = (
    "Settings: MOMENTS_URL, and MOMENTS_VM_ID with MOMENTS_VM_TOKEN, or MOMENTS_TOKEN "
    "(with MOMENTS_ORGANIZATION if you belong to several)."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return the exit code."""
    chosen = parser().parse_args(arguments)
    try:
        command = importlib.import_module(f"webapp.agent.commands.{chosen.module}")
        return int(command.run(chosen, os.environ))
    except AgentError as error:
        if getattr(chosen, "json", False):
            print(json.dumps({"error": error.message, "exitCode": error.exit_code}))
        print(error.message, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("Interrupted. `resume` sends what is left of an upload.", file=sys.stderr)
        return 130


def parser() -> argparse.ArgumentParser:
    """Return what reads the command line."""
    made = argparse.ArgumentParser(
        prog="moments agent",
        description="Capture what a commit looks like and send it to Moments.",
        epilog=f"{_SERVER} {_CODES}",
    )
    made.add_argument("--version", action="version", version=f"moments-agent {VERSION}")
    commands = made.add_subparsers(metavar="COMMAND", required=True)

    def add(name: str, words: str, module: str | None = None) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=words, description=words)
        command.set_defaults(module=module or name)
        return command

    capture = add("capture", "Capture pages, the screen or files as one moment.")
    add_server_options(capture)
    add_capture_options(capture)
    attach = add("attach", "Add files to a moment.")
    attach.add_argument("moment", help="the moment's id")
    attach.add_argument("file", nargs="+", help="files or globs")
    add_server_options(attach)
    add_server_options(add("resume", "Send what is left of interrupted uploads."))
    return made
