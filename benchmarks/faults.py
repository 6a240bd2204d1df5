"""Faults at random instants during captures: what was acknowledged is there afterwards and plays.

Several clients take snapshots, clips of the past and clips that end in the future, without a
pause, while one fault after another happens: `kill -9` of a process, the object store stopped,
the source cut, the disk full. An answer of 201 or 202 is a promise: in the end every one of them
must be ready, and ffmpeg must decode it without a complaint. Any other answer must be an error
with a sentence and a code (a killed web process may break the connection instead).

Run as `python -m benchmarks.faults [--repeat 50] [FAULT …]`.

Faults: media, worker, web, postgres, store, source, disk.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.support.stack import BIN, Stack, free_port, live_stream, needs, until

KEY, SECRET = "moments-faults", "moments-faults-secret"
SETTLE_S = 90.0  # a recording ends in at most 4 s; a node's leftovers are given up after 60 s
DISK_BYTES = 400_000_000


@dataclass
class Ledger:
    """What was promised, and what was refused without a sentence."""

    promised: dict[str, str] = field(default_factory=dict)  # id → path of its resource
    refused: Counter[str] = field(default_factory=Counter)
    unclear: list[str] = field(default_factory=list)
    broken_connections: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, path: str, answer: httpx.Response) -> None:
        """Write down one answer."""
        with self.lock:
            if answer.status_code in {201, 202}:
                made = answer.json()["id"]
                self.promised[made] = f"{path}/{made}"
                return
            try:
                body = answer.json()
                self.refused[f"{answer.status_code} {body['code']}"] += 1
                is_clear = bool(body["error"]) and answer.status_code != 500
            except (ValueError, KeyError):
                is_clear = False
            if not is_clear:
                self.unclear.append(f"{answer.status_code} {answer.text[:200]}")


def one_capture(chance: random.Random, stream: str) -> tuple[str, dict[str, Any]]:
    """Return a capture at random: path and body."""
    kind = chance.random()
    if kind < 0.35:
        return "/api/snapshots", {"stream": stream}
    if kind < 0.75:
        return "/api/clips", {"stream": stream, "last_ms": chance.randint(300, 5000)}
    start = time.time() - chance.uniform(0.5, 3)
    text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(start))
    body = {"start_ts": f"{text}.{int(start % 1 * 1000):03d}Z"}
    return "/api/clips", {"stream": stream, "duration_ms": chance.randint(3500, 6000), **body}


def capture_until(stop: threading.Event, stack: Stack, ledger: Ledger, seed: int) -> None:
    """Capture without a pause until told to stop."""
    chance = random.Random(seed)
    with stack.client(timeout_s=20) as client:
        while not stop.is_set():
            path, body = one_capture(chance, "film")
            try:
                ledger.note(path, client.post(path, json=body))
            except httpx.HTTPError:
                with ledger.lock:
                    ledger.broken_connections += 1
            stop.wait(chance.uniform(0.02, 0.25))


def check(stack: Stack, ledger: Ledger, folder: Path) -> list[str]:
    """Return what is wrong with what was promised: nothing, when every promise was kept."""
    wrong = []
    with stack.client(timeout_s=30) as client:
        for name, path in ledger.promised.items():
            try:
                made = until(lambda path=path: settled(client, path), SETTLE_S)  # type: ignore[misc]
            except TimeoutError:
                wrong.append(f"{name}: not settled")
                continue
            if made.get("status", "ready") != "ready":
                wrong.append(f"{name}: {made['status']}: {made.get('error')}")
                continue
            answer = client.get(f"{path}/download", follow_redirects=True)
            if answer.status_code != 200:
                wrong.append(f"{name}: download answers {answer.status_code} {answer.text[:120]}")
                continue
            file = folder / name
            file.write_bytes(answer.content)
            command = [needs("ffmpeg"), "-v", "error", "-i", str(file), "-f", "null", "-"]
            done = subprocess.run(command, capture_output=True, check=False)
            file.unlink()
            if done.returncode or done.stderr:
                wrong.append(f"{name}: {done.stderr.decode()[:200]}")
    return wrong


def settled(client: httpx.Client, path: str) -> dict[str, Any] | None:
    """Return a capture once it is ready or failed."""
    try:
        answer = client.get(path)
    except httpx.HTTPError:
        return None
    if answer.status_code != 200:
        return {"status": f"HTTP {answer.status_code}"} if answer.status_code == 404 else None
    made: dict[str, Any] = answer.json()
    return made if made.get("status", "ready") in {"ready", "failed"} else None


class Store:
    """A real S3 server that checks signatures, and can be stopped and started."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def env(self) -> dict[str, str]:
        """The settings that make the product use it."""
        return {
            "S3_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "S3_ACCESS_KEY": KEY,
            "S3_SECRET_KEY": SECRET,
            "S3_BUCKET_NAME": "moments",
        }

    def start(self) -> None:
        """Start it on its folder."""
        (self._folder / "moments").mkdir(parents=True, exist_ok=True)
        command = [str(BIN / "rclone"), "serve", "s3", "--auth-key", f"{KEY},{SECRET}"]
        command += ["--addr", f"127.0.0.1:{self.port}", str(self._folder)]
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL)

    def stop(self) -> None:
        """End it as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


class Source:
    """A film published over HTTP/MPEG-TS in a loop; it can be cut and restored."""

    def __init__(self, film: Path) -> None:
        self.port = free_port()
        self._film = film
        self._stop = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it can be pulled."""
        return f"http://127.0.0.1:{self.port}/film.ts"

    def cut(self) -> None:
        """End the publisher; it listens again at once."""
        if self._process is not None:
            self._process.kill()

    def close(self) -> None:
        """End it for good."""
        self._stop.set()
        self.cut()
        self._thread.join()

    def _keep(self) -> None:
        command = [needs("ffmpeg"), "-v", "quiet", "-re", "-stream_loop", "-1"]
        command += ["-i", str(self._film), "-c", "copy", "-f", "mpegts", "-listen", "1", self.url]
        while not self._stop.is_set():
            self._process = subprocess.Popen(command)
            self._process.wait()


def make_film(path: Path) -> None:
    """Make a film to publish: moving test picture and a tone, 20 s, with a keyframe each second."""
    command = [needs("ffmpeg"), "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=640x360:r=30"]
    command += ["-f", "lavfi", "-i", "sine=440:r=48000", "-t", "20", "-c:v", "libx264"]
    command += ["-g", "30", "-b:v", "1M", "-pix_fmt", "yuv420p", "-c:a", "aac", str(path)]
    subprocess.run(command, check=True)


@contextmanager
def full_disk(home: Path) -> Iterator[None]:
    """Fill the disk that the home lies on for a while."""
    ballast = home / "ballast"
    with ballast.open("wb") as file:
        free = shutil.disk_usage(home).free
        os.posix_fallocate(file.fileno(), 0, max(free - 65_536, 1))
    try:
        yield
    finally:
        ballast.unlink()


@contextmanager
def small_disk(path: Path) -> Iterator[None]:
    """Mount a small file system of its own for a home; needs to be root."""
    path.mkdir()
    path.chmod(0o755)
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=755", "tmpfs", str(path)],
        check=True,
    )
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(path)], check=True)


def run_fault(fault: str, repeat: int, folder: Path) -> tuple[Ledger, list[str]]:
    """Repeat one fault at random instants while several clients capture."""
    chance = random.Random(fault)
    store = Store(folder / "store")
    ledger = Ledger()
    with ExitStack() as cleanup:
        film = folder / "film.mp4"
        make_film(film)
        source = Source(film)
        cleanup.callback(source.close)
        env = {"MOMENTS_PULL_NETWORKS": "127.0.0.0/8"}
        if fault == "store":
            store.start()
            cleanup.callback(store.stop)
            env |= store.env
        disk = folder / "disk"
        if fault == "disk":
            cleanup.enter_context(small_disk(disk))
        home = disk / "home" if fault == "disk" else folder / "home"
        stack = cleanup.enter_context(Stack(home, env=env, demo=False, log=folder / "log"))
        with stack.client() as client:
            source_body = {"kind": "pull", "url": source.url}
            live_stream(client, {"name": "Film", "slug": "film", "source": source_body})
        time.sleep(6)
        stop = threading.Event()
        clients = [
            threading.Thread(target=capture_until, args=(stop, stack, ledger, seed))
            for seed in range(3)
        ]
        for thread in clients:
            thread.start()
        act = actions(fault, stack, store, source, home)
        for number in range(repeat):
            time.sleep(chance.uniform(0.3, 2.5))
            act()
            stack.wait_healthy()
            if (number + 1) % 10 == 0:
                print(f"  {fault}: {number + 1} of {repeat}", flush=True)
        time.sleep(1)
        stop.set()
        for thread in clients:
            thread.join()
        wrong = check(stack, ledger, folder)
    return ledger, wrong


def actions(
    fault: str, stack: Stack, store: Store, source: Source, home: Path
) -> Callable[[], None]:
    """Return what makes a fault happen once."""

    def stop_store() -> None:
        store.stop()
        time.sleep(random.uniform(0.5, 3))
        store.start()

    def fill_disk() -> None:
        with full_disk(home):
            time.sleep(random.uniform(0.5, 2))

    special = {"store": stop_store, "source": source.cut, "disk": fill_disk}
    return special.get(fault, lambda: stack.kill(fault))


def main() -> int:
    """Run the faults asked for and print what came of each."""
    known = ["media", "worker", "web", "postgres", "store", "source", "disk"]
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--repeat", type=int, default=50)
    options.add_argument("faults", nargs="*", default=known, choices=[*known, []])
    chosen = options.parse_args()
    failed = 0
    for fault in chosen.faults:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            folder.chmod(0o755)  # PostgreSQL has a user of its own where this runs as root
            ledger, wrong = run_fault(fault, chosen.repeat, folder)
            if wrong or ledger.unclear:
                shutil.copy(folder / "log", f"faults-{fault}.log")
        refused = ", ".join(f"{count} of {what}" for what, count in ledger.refused.most_common())
        print(
            f"{fault}: {chosen.repeat} times; "
            f"{len(ledger.promised)} promised, {len(wrong)} broken; "
            f"refused {refused or 'none'}; {ledger.broken_connections} connections broken; "
            f"{len(ledger.unclear)} unclear answers",
            flush=True,
        )
        for what in [*wrong[:10], *ledger.unclear[:10]]:
            print(f"  {what}")
        failed += len(wrong) + len(ledger.unclear)
        if fault != "web" and ledger.broken_connections:
            failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
