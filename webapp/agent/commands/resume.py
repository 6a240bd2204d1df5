"""`resume`: sends what is left of interrupted uploads."""

import argparse
from collections.abc import Mapping

from webapp.agent import journal
from webapp.agent.commands.sending import complete, sender_of, show
from webapp.agent.settings import state_dir


def run(options: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """Continue each capture that no running agent is sending."""
    sender = sender_of(options, environment)
    with journal.unfinished(state_dir(environment)) as found:
        ours = [(folder, entry) for folder, entry in found if entry.server == sender.url]
        for folder, entry in ours:
            sender.send(entry, folder)
            show(options, complete(sender, entry))
    if not ours and not options.json:
        print("No upload was interrupted.")
    return 0
