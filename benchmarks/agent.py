"""The agent beside what it is built on: bare Python's start, curl's upload, a kill in the middle.

Start: the single file's `--version`, and the whole list of its commands, against `python -c pass`.
Upload: a file to the app by the agent's own code and by curl, from the same disk, in turn.
Kill: the web process is killed in the middle of an upload; the agent goes on by itself. The agent
gets SIGKILL in the middle of another one; `resume` sends the rest.
"""

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from tests.support.stack import Stack, needs, until
from webapp.agent.client import Retries
from webapp.agent.uploads import send, sha256_of
from webapp.pages.agent_file import build

_STARTS = 15
_ROUNDS = 3
_MOST_START_S = 0.5  # over bare Python


def main() -> int:
    """Print the figures; return 1 if a limit is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        is_good = _starts(folder)
        source = folder / "video.bin"
        source.write_bytes(os.urandom(1_000_000) * options.megabytes)
        with Stack(folder / "home", demo=False) as stack, stack.client() as client:
            made = client.post("/api/moments/create", json={"title": "Benchmark"})
            moment = made.raise_for_status().json()["moment"]["id"]
            _uploads(client, moment, source)
            is_good = _killed(stack, client, moment, source) and is_good
            return int(not (_agent_killed(folder, stack, source) and is_good))


def _starts(folder: Path) -> bool:
    file = folder / "moments-agent.pyz"
    file.write_bytes(build())
    python = [sys.executable, "-I", "-S"]
    commands = {
        "bare Python": [*python, "-c", "pass"],
        "agent --version": [*python, str(file), "--version"],
        "agent capture --help": [*python, str(file), "capture", "--help"],
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(_STARTS):
        for name, command in commands.items():
            begin = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            times[name].append(time.perf_counter() - begin)
    medians = {name: statistics.median(found) for name, found in times.items()}
    for name, found in medians.items():
        print(f"start: {name}: {1000 * found:.0f} ms")
    return medians["agent capture --help"] - medians["bare Python"] < _MOST_START_S


def _begin(client: httpx.Client, moment: str, source: Path) -> dict[str, Any]:
    body = {
        "assetType": "other",
        "fileName": source.name,
        "mimeType": "application/octet-stream",
        "fileSizeBytes": source.stat().st_size,
        "uploadMethod": "cli",
    }
    answer = client.post(f"/api/moments/{moment}/assets/upload", json=body)
    found: dict[str, Any] = answer.raise_for_status().json()
    return found


def _uploads(client: httpx.Client, moment: str, source: Path) -> None:
    def by_agent(url: str) -> None:
        send(source, url, Retries(), lambda _: None, is_new=True)

    def by_curl(url: str) -> None:
        kind = "Content-Type: application/octet-stream"
        command = [needs("curl"), "-sS", "--fail", "-T", str(source), "-H", kind, url]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    times: dict[str, list[float]] = {"agent": [], "curl": []}
    pairs: list[tuple[str, Callable[[str], None]]] = [("agent", by_agent), ("curl", by_curl)]
    for _ in range(_ROUNDS):
        for name, upload in pairs:
            url = _begin(client, moment, source)["uploadUrl"]
            begin = time.perf_counter()
            upload(url)
            times[name].append(time.perf_counter() - begin)
    agent, curl = min(times["agent"]), min(times["curl"])
    megabytes = source.stat().st_size / 1e6
    print(
        f"upload of {megabytes:.0f} MB: agent {agent:.2f} s, curl {curl:.2f} s:"
        f" {curl / agent:.2f} of curl's throughput"
    )


def _killed(stack: Stack, client: httpx.Client, moment: str, source: Path) -> bool:
    made = _begin(client, moment, source)
    size, sent = source.stat().st_size, 0
    kills = [size // 3, 2 * size // 3]

    def progress(offset: int) -> None:
        nonlocal sent
        if kills and offset >= kills[0]:
            del kills[0]
            with contextlib.suppress(Exception):
                threading.Thread(target=stack.kill, args=("web",)).start()
        sent = max(sent, offset)

    begin = time.perf_counter()
    send(source, made["uploadUrl"], Retries(), progress, is_new=True)
    took = time.perf_counter() - begin
    stack.wait_healthy()
    answer = client.get(f"/api/moments/{moment}").raise_for_status().json()
    found = next(a["asset"] for a in answer["assets"] if a["asset"]["id"] == made["assetId"])
    is_same = bool(found["sha256"] == sha256_of(source))
    verdict = "equal" if is_same else "different"
    print(f"two kills of the server: done after {took:.1f} s, SHA-256 {verdict}")
    return is_same


def _agent_killed(folder: Path, stack: Stack, source: Path) -> bool:
    state = folder / "state"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "MOMENTS_AGENT_STATE": str(state),
        "MOMENTS_URL": stack.url,
        "MOMENTS_TOKEN": stack.token,
    }
    agent = [sys.executable, "-I", "-S", str(folder / "moments-agent.pyz")]
    size = source.stat().st_size

    def half_sent() -> int | None:
        for path in state.glob("*/capture.json"):
            if url := json.loads(path.read_text())["files"][0]["url"]:
                answer = httpx.head(url, headers={"Tus-Resumable": "1.0.0"})
                offset = int(answer.headers.get("upload-offset", 0))
                return offset if offset >= size // 2 else None
        return None

    command = [*agent, "capture", "--no-git", "--file", str(source)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        until(half_sent, 120, 0.01)
        process.kill()
    if process.returncode >= 0:
        print("the agent ended before it could be killed; give it more --megabytes")
        return False
    there = until(half_sent)
    begin = time.perf_counter()
    resume = [*agent, "resume", "--json"]
    done = subprocess.run(resume, env=environment, check=True, stdout=subprocess.PIPE)
    took = time.perf_counter() - begin
    [file] = json.loads(done.stdout)["files"]
    is_same = bool(file["sha256"] == sha256_of(source))
    verdict = "equal" if is_same else "different"
    print(
        f"a kill of the agent: {there / 1e6:.0f} of {size / 1e6:.0f} MB were there, resumed in"
        f" {took:.1f} s, SHA-256 {verdict}"
    )
    return is_same


if __name__ == "__main__":
    sys.exit(main())
