"""`attach`: adds files to a moment."""

import argparse
from collections.abc import Mapping

from webapp.agent import files, journal
from webapp.agent.capture import Made
from webapp.agent.commands.sending import complete, sender_of, show
from webapp.agent.content import pattern_of
from webapp.agent.errors import UsageError
from webapp.agent.settings import state_dir


def run(options: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """Send the files and print the moment's links."""
    show(options, make(options, environment))
    return 0


def make(options: argparse.Namespace, environment: Mapping[str, str]) -> Made:
    """Send the files; return the moment's links."""
    sender = sender_of(options, environment)
    with journal.new_folder(state_dir(environment)) as folder:
        given = files.expand(options.file)
        uploads = files.prepare(given, folder, pattern_of(options), is_masked=True)
        if not uploads:
            raise UsageError("The files are empty, so there is nothing to send.")
        entry = sender.attach(options.moment, uploads, folder)
        return complete(sender, entry)
