"""The command line of the agent. Each command imports what it needs when it is called."""

import argparse
import importlib
import json
import os
import sys
from collections.abc import Callable, Sequence

from webapp.agent import VERSION, options
from webapp.agent.errors import AgentError

_CODES = (
    "Exit codes: 0 done, 1 failed, 2 wrong options or settings, 3 pictures differ (diff, status), "
    "4 server unreachable, 5 server refused, 130 interrupted."
)
_SERVER = (
    "Settings: MOMENTS_URL, and MOMENTS_VM_ID with MOMENTS_VM_TOKEN, or MOMENTS_TOKEN "
    "(with MOMENTS_ORGANIZATION if you belong to several)."
)


Add = Callable[[str, str], argparse.ArgumentParser]


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

    def add(name: str, words: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=words, description=words)
        command.set_defaults(module=name)
        return command

    _add_sending(add)
    _add_comparing(add)
    _add_watching(add)
    return made


def _add_sending(add: Add) -> None:
    capture = add("capture", "Capture pages, the screen or files as one moment.")
    options.add_server_options(capture)
    options.add_content_options(capture)
    options.add_about_options(capture)
    options.add_git_options(capture)
    attach = add("attach", "Add files to a moment.")
    attach.add_argument("moment", help="the moment's id")
    attach.add_argument("file", nargs="+", help="files or globs")
    options.add_server_options(attach)
    options.add_mask_text_option(attach)
    options.add_server_options(add("resume", "Send what is left of interrupted uploads."))


def _add_comparing(add: Add) -> None:
    status = add("status", "Wait until a capture is compared, and say how it stands.")
    status.add_argument("moment", help="the moment's id")
    options.add_server_options(status)
    baseline = add("baseline", "Write a commit's accepted pictures, to compare with offline.")
    baseline.add_argument("folder", help="where to write them")
    options.add_server_options(baseline)
    options.add_git_options(baseline)
    diff = add("diff", "Compare pictures with a baseline, without a server or credentials.")
    diff.add_argument("--baseline", metavar="FOLDER", help="what `baseline` wrote")
    diff.add_argument("--pair", nargs=2, metavar="FILE", help="two pictures, before and after")
    diff.add_argument(
        "--out", metavar="FOLDER", help="keep the pictures, and drawings of what changed"
    )
    calibrate = add("calibrate", "Capture twice, measure the noise, and propose limits, offline.")
    calibrate.add_argument("--pair", nargs=2, metavar="FILE", help="two pictures of the same thing")
    for each in (diff, calibrate):
        each.add_argument("--json", action="store_true", help="print one JSON object")
        options.add_content_options(each)


def _add_watching(add: Add) -> None:
    record = add("record", "Film an X screen with ffmpeg and send it.")
    record.add_argument("--seconds", type=float, default=30, help="how long (30), or to Ctrl-C")
    record.add_argument("--fps", type=int, default=15, help="frames a second (15)")
    record.add_argument("--area", metavar="WxH", help="a part of the screen, from its corner")
    options.add_server_options(record)
    options.add_mask_options(record)
    options.add_about_options(record)
    options.add_git_options(record)
    watch = add("watch", "Capture each new commit of a repository.")
    watch.add_argument("--every", type=float, metavar="S", help="capture every S seconds instead")
    watch.add_argument("--install-hook", action="store_true", help="let git do it: post-commit")
    watch.add_argument("--remove-hook", action="store_true", help="remove that hook")
    options.add_server_options(watch)
    options.add_content_options(watch)
    options.add_about_options(watch)
    options.add_git_options(watch)
    doctor = add("doctor", "Say what the agent can do here.")
    options.add_server_options(doctor)
    doctor.add_argument("--repo", default=".", metavar="DIR", help="the repository (here)")
    mcp = add("mcp", "Serve these commands to coding agents (Model Context Protocol, stdio).")
    mcp.add_argument("--server", metavar="URL", help="the server's address (MOMENTS_URL)")
    mcp.add_argument("--root", default=".", metavar="DIR", help="only files below it are sent (.)")
