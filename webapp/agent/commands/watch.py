"""`watch`: captures each new commit, or every so often; or installs a git hook that does.

A new commit is noticed by asking git every two seconds, which costs a few milliseconds.
"""

import argparse
import shlex
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from webapp.agent.commands import capture
from webapp.agent.errors import AgentError, UsageError
from webapp.agent.git import head_of, hooks_of

_ASK_S = 2.0
_MARK = "# Captures each commit for Moments; `moments agent watch --remove-hook` removes this file."


def run(options: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """Watch until Ctrl-C, or install or remove the hook."""
    if options.install_hook or options.remove_hook:
        return _hook(options)
    if options.every is not None and options.every < 1:
        raise UsageError("--every takes at least one second.")
    watch(options, environment, time.sleep)
    return 0


def watch(
    options: argparse.Namespace, environment: Mapping[str, str], sleep: Callable[[float], None]
) -> None:
    """Capture whenever it is due; a failed capture is reported and does not end it."""
    folder = Path(options.repo)
    seen = head_of(folder)
    if seen is None and options.every is None:
        raise UsageError("There is no commit to watch. Use --repo, or --every SECONDS.")
    while True:
        sleep(options.every or _ASK_S)
        head = head_of(folder)
        if options.every is not None or (head is not None and head != seen):
            seen = head
            try:
                capture.run(options, environment)
            except AgentError as error:
                print(error.message, file=sys.stderr, flush=True)


def _hook(options: argparse.Namespace) -> int:
    folder = hooks_of(Path(options.repo))
    if folder is None:
        raise UsageError("A hook needs a repository. Use --repo.")
    path = folder / "post-commit"
    is_ours = path.is_file() and _MARK in path.read_text(errors="replace")
    if options.remove_hook:
        if is_ours:
            path.unlink()
        print(f"{path} is removed." if is_ours else "There is no hook of the agent.")
        return 0
    if path.exists() and not is_ours:
        raise UsageError(f"{path} exists already. Add this line to it: {_line()}")
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{_MARK}\n{_line()}\n")
    path.chmod(0o755)
    print(f"{path} captures each commit from now on.")
    return 0


def _line() -> str:
    """Return a command that captures with the same options, and holds up no commit."""
    kept = [each for each in sys.argv[1:] if each not in {"--install-hook", "--remove-hook"}]
    start = kept.index("watch") if "watch" in kept else 0
    own = Path(sys.argv[0]).resolve()
    runner = [sys.executable, str(own)] if own.suffix in {".pyz", ".py"} else [str(own)]
    words = [*runner, *kept[:start], "capture", *kept[start + 1 :], "--quiet"]
    return f"({shlex.join(words)} </dev/null >/dev/null 2>&1 &)"
