"""`capture`: pages, the screen and files, with the commit, as one moment."""

import argparse
from collections.abc import Mapping

from webapp.agent import journal
from webapp.agent.commands.committing import commit_at
from webapp.agent.commands.sending import finish, sender_of, share_s_of
from webapp.agent.content import gather
from webapp.agent.describing import body_of
from webapp.agent.settings import state_dir


def run(options: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """Capture, send and print the links."""
    sender = sender_of(options, environment)  # wrong settings are reported before a long capture
    share_s = share_s_of(options, sender)
    with journal.new_folder(state_dir(environment)) as folder:
        content = gather(options, environment, folder)
        commit = None if options.no_git else commit_at(options, environment)
        body = body_of(options, content, commit, environment)
        entry = sender.create(body, content.uploads, folder)
        return finish(options, sender, entry, content.warnings, share_s=share_s)
