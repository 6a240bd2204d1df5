"""The agent as its users run it: one file, and a Python without any package."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from webapp.pages.agent_file import build


@dataclass(frozen=True)
class Done:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    def json(self) -> dict[str, Any]:
        """Return what `--json` printed."""
        found: dict[str, Any] = json.loads(self.out)
        return found


class Agent:
    """The single file, its settings, and the folder that it is called in."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.file = folder / "moments-agent.pyz"
        self.file.write_bytes(build())
        self.folder = folder
        self.state = folder / "state"
        self.environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin",
            "HOME": str(folder),
            "MOMENTS_AGENT_STATE": str(self.state),
            **environment,
        }

    def command(self, *arguments: str) -> list[str]:
        """Return a command line: isolated, and without the packages of this environment."""
        return [sys.executable, "-I", "-S", str(self.file), *arguments]

    async def start(
        self, *arguments: str, stderr: int = subprocess.PIPE
    ) -> asyncio.subprocess.Process:
        """Start a command."""
        return await asyncio.create_subprocess_exec(
            *self.command(*arguments),
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            limit=4_000_000,  # of a line: a picture for a coding agent is one
        )

    async def run(self, *arguments: str) -> Done:
        """Run a command to its end."""
        return await ended(await self.start(*arguments))


async def ended(process: asyncio.subprocess.Process) -> Done:
    """Wait for a command's end."""
    out, err = await process.communicate()
    return Done(process.returncode or 0, out.decode(), (err or b"").decode())


def repository(folder: Path) -> "Repository":
    """Create a repository."""
    made = Repository(folder)
    made.git("init", "--quiet", "--initial-branch=main")
    return made


class Repository:
    """A git repository to capture."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def git(self, *arguments: str) -> str:
        """Run git; return its output."""
        names = {"NAME": "Ada", "EMAIL": "ada@example.org"}
        identity = {
            f"GIT_{who}_{n}": v for who in ("AUTHOR", "COMMITTER") for n, v in names.items()
        }
        done = subprocess.run(
            ["git", "-C", str(self.folder), *arguments],
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(self.folder), **identity},
            capture_output=True,
            check=True,
        )
        return done.stdout.decode().strip()

    def commit(self, message: str, **files: str) -> str:
        """Write files and commit them; return the commit."""
        for name, text in files.items():
            (self.folder / name.replace("_", ".")).write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", f"--message={message}")
        return self.git("rev-parse", "HEAD")
