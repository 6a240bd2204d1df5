"""`capture`: pages, the screen and files, with the commit, as one moment."""

import argparse
from collections.abc import Mapping, Sequence

from webapp.agent import journal
from webapp.agent.capture import Made
from webapp.agent.commands.committing import commit_at
from webapp.agent.commands.sending import complete, sender_of, share_s_of, show
from webapp.agent.content import gather
from webapp.agent.describing import body_of
from webapp.agent.settings import state_dir


def run(options: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """Capture, send and print the links."""
    result, warnings = make(options, environment)
    show(options, result, warnings)
    return 0


def make(options: argparse.Namespace, environment: Mapping[str, str]) -> tuple[Made, Sequence[str]]:
    """Capture and send; return the links, and what is doubtful about the pictures."""
    sender = sender_of(options, environment)  # wrong settings are reported before a long capture
    share_s = share_s_of(options, sender)
    with journal.new_folder(state_dir(environment)) as folder:
        content = gather(options, environment, folder)
        commit = None if options.no_git else commit_at(options, environment)
        body = body_of(options, content, commit, environment)
        entry = sender.create(body, content.uploads, folder)
        return complete(sender, entry, share_s), content.warnings
