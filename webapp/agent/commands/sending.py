"""What commands that send have in common: the sender, its progress, and the printed answer."""

import argparse
import json
import re
import sys
from collections.abc import Mapping, Sequence

from webapp.agent.capture import Made, Sender, made
from webapp.agent.client import Client
from webapp.agent.errors import UsageError
from webapp.agent.journal import Entry
from webapp.agent.settings import server_of

_UNITS = {"m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}


def sender_of(options: argparse.Namespace, environment: Mapping[str, str]) -> Sender:
    """Return a sender for the options' server."""
    client = Client(server_of(environment, options.server))
    is_shown = sys.stderr.isatty() and not (options.quiet or options.json)
    return Sender(client, show_progress if is_shown else _nothing, options.wait)


def share_s_of(options: argparse.Namespace, sender: Sender) -> int | None:
    """Return how long `--share` shares; None: not at all.

    Raises:
        UsageError: It is no age, or a VM asks.
    """
    if not options.share:
        return None
    if sender.is_vm:
        raise UsageError("A VM cannot share. Set MOMENTS_TOKEN to a person's token for --share.")
    match = re.fullmatch(r"(\d{1,4})([mhdw])", options.share)
    if match is None or not int(match[1]):
        raise UsageError("Give an age as a number and m, h, d or w, for example 12h or 30d.")
    return int(match[1]) * _UNITS[match[2]]


def show_progress(name: str, sent: int, size: int) -> None:
    """Show on one line how much of a file was sent."""
    end = "\n" if sent == size else ""
    print(f"\r{name}: {100 * sent // size} % of {size / 1e6:.1f} MB", end=end, file=sys.stderr)


def _nothing(_name: str, _sent: int, _size: int) -> None:
    """Show nothing."""


def complete(sender: Sender, entry: Entry, share_s: int | None = None) -> Made:
    """Return a capture's links, once its pictures are ready."""
    found = sender.wait(entry)
    share_url = sender.share(entry.moment_id, share_s) if share_s else None
    return made(sender.page(entry.moment_id), entry, found, share_url)


def show(options: argparse.Namespace, result: Made, warnings: Sequence[str] = ()) -> None:
    """Print a result."""
    if options.json:
        print(json.dumps({**result.json(), "warnings": list(warnings)}))
        return
    for warning in warnings:
        print(warning, file=sys.stderr)
    print(result.url)
    print(result.markdown)
