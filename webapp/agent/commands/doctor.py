"""`doctor`: says what the agent can do here, and what to do about the rest."""

import argparse
import importlib.util
import json
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from webapp.agent import chromium, journal, screen
from webapp.agent.ci import build_of
from webapp.agent.client import Client
from webapp.agent.errors import AgentError, Refused
from webapp.agent.git import branch_of
from webapp.agent.settings import server_of, state_dir


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked; `is_needed`: without it nothing works."""

    name: str
    is_good: bool
    words: str
    is_needed: bool = False


def run(options: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """Print the checks; return 1 if the agent cannot send."""
    checks = list(_checks(options, environment))
    if options.json:
        print(json.dumps([asdict(each) for each in checks]))
    else:
        for each in checks:
            print(f"{'ok' if each.is_good else '--':<3}{each.name}: {each.words}")
    return int(any(each.is_needed and not each.is_good for each in checks))


def _checks(options: argparse.Namespace, environment: Mapping[str, str]) -> Iterator[Check]:
    yield Check("Python", is_good=True, words=f"{sys.version.split()[0]} at {sys.executable}")
    yield _server(options, environment)
    yield _found(
        "Pages", chromium.find(environment), "install Chromium or Chrome, or set MOMENTS_CHROMIUM."
    )
    yield _screen(environment)
    yield _found("Recordings", shutil.which("ffmpeg"), "install ffmpeg.")
    yield _commits(options, environment)
    has_both = all(importlib.util.find_spec(name) for name in ("numpy", "PIL"))
    words = "numpy and Pillow are there" if has_both else "pip install numpy pillow."
    yield Check("Comparing offline", has_both, words)
    with journal.unfinished(state_dir(environment)) as left:
        words = f"{len(left)} interrupted; `resume` sends them." if left else "none was interrupted"
        yield Check("Uploads", not left, words)


def _server(options: argparse.Namespace, environment: Mapping[str, str]) -> Check:
    def ask() -> str:
        server = server_of(environment, options.server)
        client = Client(server, sleep=_fail)
        try:
            client.get(f"{server.api}/moment_absent")
        except Refused as error:
            if error.status != 404:
                raise
        who = "the VM's token" if server.is_vm else "the person's token"
        return f"{server.url} knows {who}"

    return _asked("Server", ask)


def _fail(_seconds: float) -> None:
    """Do not try again: the first failure is what a doctor reports."""
    raise AgentError("It cannot be reached. Check MOMENTS_URL and the network.")


def _asked(name: str, ask: Callable[[], str]) -> Check:
    try:
        return Check(name, is_good=True, words=ask(), is_needed=True)
    except AgentError as error:
        return Check(name, is_good=False, words=error.message, is_needed=True)


def _screen(environment: Mapping[str, str]) -> Check:
    means = screen.means_of(environment)
    there = [each.name for each in means if each.is_there]
    if not means:
        return Check("Screen", is_good=False, words="neither WAYLAND_DISPLAY nor DISPLAY is set.")
    words = f"by {', then '.join(there)}" if there else f"install {means[0].name}."
    return Check("Screen", bool(there), words)


def _commits(options: argparse.Namespace, environment: Mapping[str, str]) -> Check:
    if shutil.which("git") is None:
        return Check("Commits", is_good=False, words="install git.")
    branch = build_of(environment).branch or branch_of(Path(options.repo))
    words = f"on {branch}" if branch else "no repository here, or no branch is known. Use --repo."
    return Check("Commits", branch is not None, words)


def _found(name: str, path: str | None, otherwise: str) -> Check:
    return Check(name, path is not None, path or otherwise)
