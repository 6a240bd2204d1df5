"""The options that commands share."""

import argparse


def add_server_options(parser: argparse.ArgumentParser) -> None:
    """Add where to send to, and how to answer."""
    parser.add_argument("--server", metavar="URL", help="the server's address (MOMENTS_URL)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quiet", action="store_true", help="show no progress")
    parser.add_argument(
        "--wait", type=float, default=120, metavar="S", help="how long the server may take (120)"
    )


def add_mask_options(parser: argparse.ArgumentParser) -> None:
    """Add what is hidden in texts."""
    parser.add_argument("--no-mask", action="store_true", help="send secrets as they are")
    add_mask_text_option(parser)


def add_mask_text_option(parser: argparse.ArgumentParser) -> None:
    """Add what else is hidden in texts; known secrets always are."""
    parser.add_argument(
        "--mask-text", metavar="REGEX", help="hide this in texts too, beside known secrets"
    )


def add_content_options(parser: argparse.ArgumentParser) -> None:
    """Add what to capture, and how."""
    what = parser.add_argument_group("what to capture (by default the screen)")
    what.add_argument("--url", action="append", default=[], help="a web page")
    what.add_argument("--file", action="append", default=[], help="a file or glob, e.g. logs/*.log")
    what.add_argument("--screen", action="store_true", help="the screen")
    page = parser.add_argument_group("how")
    page.add_argument("--size", default="1440x900", metavar="WxH", help="of pages (1440x900)")
    page.add_argument("--full-page", action="store_true", help="whole pages, beyond the window")
    page.add_argument("--dark", action="store_true", help="pages in their dark scheme")
    page.add_argument("--timeout", type=float, default=60, metavar="S", help="for a page (60)")
    page.add_argument(
        "--mask",
        action="append",
        default=[],
        metavar="X,Y,W,H|CSS",
        help="black out a rectangle of pages, the screen and PNG files, or elements of pages",
    )
    add_mask_options(parser)


def add_about_options(parser: argparse.ArgumentParser) -> None:
    """Add what to say about it."""
    about = parser.add_argument_group("about it")
    about.add_argument("--title", help="by default the commit's subject")
    about.add_argument("--description", default="")
    about.add_argument("--tag", action="append", default=[], help="may be repeated")
    about.add_argument(
        "--partial", action="store_true", help="it lacks pictures, so it is nobody's baseline"
    )
    about.add_argument("--share", metavar="AGE", help="also a link for anybody, e.g. 12h or 30d")


def add_git_options(parser: argparse.ArgumentParser) -> None:
    """Add where the commit is."""
    git = parser.add_argument_group("git")
    git.add_argument("--repo", default=".", metavar="DIR", help="the repository (here)")
    git.add_argument("--no-git", action="store_true", help="without the commit")
    git.add_argument("--base", metavar="BRANCH", help="the branch that this one leaves")
    git.add_argument(
        "--diff",
        choices=("commit", "worktree", "branch", "none"),
        default="commit",
        help="which changes to send (commit)",
    )
