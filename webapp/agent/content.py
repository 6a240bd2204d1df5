"""What a command captures: pages, the screen and files, as its options say."""

import argparse
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from webapp.agent import files, page, screen
from webapp.agent.errors import UsageError
from webapp.agent.files import Upload
from webapp.agent.page import PageOptions


@dataclass(slots=True)
class Content:
    """What was captured."""

    uploads: list[Upload] = field(default_factory=list)
    title: str = ""
    warnings: list[str] = field(default_factory=list)


def gather(options: argparse.Namespace, environment: Mapping[str, str], folder: Path) -> Content:
    """Return what the options name; captured pictures are written to a folder.

    Raises:
        UsageError: There is nothing. AgentError: Something cannot be captured.
    """
    content = Content()
    given = files.expand(options.file)
    pictures = [path for path in given if files.is_picture(path)]
    if options.mask and given and not (options.url or options.screen or pictures):
        raise UsageError("--mask blackens pictures, and there is none. Name one, or leave it out.")
    if pictures and page.selectors_of(options.mask):
        raise UsageError("--mask by CSS is for pages. Give rectangles X,Y,W,H for picture files.")
    _add_pages(content, options, environment, folder)
    if options.screen or not (options.url or given):
        _add_screen(content, options, environment, folder)
    content.uploads += files.prepare(
        given,
        folder,
        pattern_of(options),
        is_masked=not options.no_mask,
        rectangles=page.rectangles_of(options.mask),
    )
    if not content.uploads:
        raise UsageError("The files are empty, so there is nothing to send.")
    return content


def _add_screen(
    content: Content, options: argparse.Namespace, environment: Mapping[str, str], folder: Path
) -> None:
    path = folder / "screen.png"
    path.write_bytes(screen.capture(environment, page.rectangles_of(options.mask)))
    content.uploads.append(Upload(path, "screen.png", "image/png", "screenshot"))


def _add_pages(
    content: Content, options: argparse.Namespace, environment: Mapping[str, str], folder: Path
) -> None:
    width, height = page.size_of(options.size)
    how = PageOptions(
        width,
        height,
        is_full=options.full_page,
        is_dark=options.dark,
        hidden=page.selectors_of(options.mask),
        rectangles=page.rectangles_of(options.mask),
        timeout_s=options.timeout,
    )
    for number, url in enumerate(options.url):
        shot = page.capture(url, how, environment)
        content.title = content.title or shot.title
        content.warnings += [shot.warning] if shot.warning else []
        name = _name(url, {each.name for each in content.uploads})
        path = folder / f"page-{number}.png"
        path.write_bytes(shot.png)
        content.uploads.append(Upload(path, name, "image/png", "screenshot"))


def _name(url: str, taken: set[str]) -> str:
    """Return a page's file name: the same at each commit, since it pairs pictures."""
    words = re.sub(r"^\w+://[^/]*/?|[?#].*$", "", url)
    plain = re.sub(r"[^\w.-]+", "-", words).strip("-.")[:80] or "index"
    names = (f"{plain}{end}.png" for end in ("", *(f"-{number}" for number in range(2, 1000))))
    return next(name for name in names if name not in taken)


def pattern_of(options: argparse.Namespace) -> re.Pattern[str] | None:
    """Return what else is hidden in texts.

    Raises:
        UsageError: It is no regular expression.
    """
    if not options.mask_text:
        return None
    try:
        return re.compile(options.mask_text)
    except re.error as error:
        raise UsageError(f"--mask-text is no regular expression: {error}.") from error
