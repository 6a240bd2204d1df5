"""Runs every check and prints the findings; the exit code reports problems."""

import asyncio
import os
import sys
from collections import Counter

from domain.core.log import configure
from domain.core.settings import Settings
from webapp.cli import ports
from webapp.cli.doctor import libraries, machine
from webapp.cli.doctor.finding import Finding, bad

_COLOURS = {"ok": 32, "warn": 33, "bad": 31}


def run(settings: Settings) -> int:
    """Print the report; return 1 if something is broken, else 0."""
    configure(settings.model_copy(update={"log_level": "error"}), "doctor")
    found = asyncio.run(_check(settings))
    width = max(len(each.name) for each in found)
    for each in found:
        print(f"{_state(each)}  {each.name:<{width}}  {each.detail}")
        if each.fix:
            print(f"{'':6}{'':{width}}  → {each.fix}")
    count = Counter(each.state for each in found)
    print(f"\n{count['ok']} ok, {count['warn']} to know about, {count['bad']} to fix.")
    return 1 if count["bad"] else 0


async def _check(settings: Settings) -> list[Finding]:
    is_running = await ports.health(settings.host, settings.port) is not None
    found = [*libraries.check(), *machine.check(settings, is_running=is_running)]
    try:
        from webapp.cli.doctor import services  # noqa: PLC0415 (needs every library to load)
    except ImportError as error:
        return [*found, bad("services", f"the check failed: {error}", libraries.REINSTALL)]
    return found + [each async for each in services.check(settings, is_running=is_running)]


def _state(finding: Finding) -> str:
    text = f"{finding.state:<4}"
    if sys.stdout.isatty() and "NO_COLOR" not in os.environ:
        return f"\033[{_COLOURS[finding.state]}m{text}\033[0m"
    return text
