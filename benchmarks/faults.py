"""Random faults during captures: everything acknowledged must exist afterwards and play.

Several clients take snapshots, clips of the past and clips that end in the future, continuously,
while one fault follows another: `kill -9` of a process, the object store stopped, the source
interrupted, the disk full. A 201 or 202 response is a promise: in the end every promised capture
must be ready, as long as requested (or say why not), and libav must decode it without complaints.
Any other response must be an error with a sentence and a code (only a killed web process may break
the connection instead).

The next fault happens after full recovery from the last one: a capture was promised, the live
playlist advanced, the public page loaded, a recording finished and the listener received its event.
In the end nothing is left over: no job, no unowned file, no process.

Run as `python -m benchmarks.faults [--repeat 50] [FAULT …]`.

Faults: media, worker, web, postgres, store, source, disk.
"""

import argparse
import random
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx

from benchmarks._breaking import Source, Store, full_disk, make_film, small_disk
from benchmarks._captures import SLUG, Clients, Ledger, Listener, reckon, untold
from benchmarks._tidy import alive, untidy
from tests.support.stack import Stack, live_stream, until

FAULTS = ("media", "worker", "web", "postgres", "store", "source", "disk")
RECOVERED_S = 90.0
_PROGRAM_TIME = re.compile(r"^#EXT-X-PROGRAM-DATE-TIME:(\S+)$", re.MULTILINE)
_SEGMENT = re.compile(r"^seg-\d+\.m4s$", re.MULTILINE)


@dataclass
class Scene:
    """The targets of faults, and the observers."""

    stack: Stack
    store: Store
    source: Source
    ledger: Ledger
    listener: Listener
    hls_url: str
    chance: random.Random

    def act(self, fault: str) -> None:
        """Cause a fault once."""
        if fault == "store":
            self.store.stop()
            time.sleep(self.chance.uniform(0.5, 3))
            self.store.start()
        elif fault == "source":
            self.source.cut()
            time.sleep(self.chance.uniform(0, 2))
            self.source.restore()
        elif fault == "disk":
            with full_disk(self.stack.home):
                time.sleep(self.chance.uniform(0.5, 3))
        else:
            self.stack.kill(fault)

    def has_recovered(self, happened_s: float, happened_at: float) -> bool:
        """Return whether everything has recovered since an instant (monotonic, and Unix)."""
        return (
            self.ledger.last_asked > happened_s
            and self.listener.last_ready_at > happened_s
            and self.stack.is_healthy()
            and self._plays(happened_at)
        )

    def _plays(self, happened_at: float) -> bool:
        """Return whether the playlist has advanced, and page and segment are served."""
        try:
            with httpx.Client(timeout=5) as client:
                playlist = client.get(self.hls_url.replace("index.m3u8", "media.m3u8")).text
                times, segments = _PROGRAM_TIME.findall(playlist), _SEGMENT.findall(playlist)
                if not segments or datetime.fromisoformat(times[-1]).timestamp() < happened_at:
                    return False
                segment = client.get(self.hls_url.replace("index.m3u8", segments[-1]))
                page = client.get(f"{self.stack.url}/live/{SLUG}")
        except httpx.HTTPError:
            return False
        return segment.status_code == page.status_code == 200 and len(segment.content) > 0


def let_happen(fault: str, scene: Scene) -> None:
    """Cause a fault at a random instant, and wait for full recovery."""
    time.sleep(scene.chance.uniform(0.1, 2))
    happened_s = time.monotonic()
    scene.act(fault)
    ended_s, ended_at = time.monotonic(), time.time()
    since_s = ended_s if fault in {"store", "source", "disk"} else happened_s
    try:
        until(lambda: scene.has_recovered(since_s, ended_at), RECOVERED_S, 0.25)
    except TimeoutError:
        scene.ledger.broken.append(f"no recovery after {fault}")
    scene.ledger.slow_s.append(time.monotonic() - ended_s)


def run_faults(faults: Sequence[str], folder: Path, *, minutes: float = 60) -> Ledger:
    """Cause one fault after another while clients capture; return the results.

    Faults beyond the time limit in minutes are skipped.
    """
    store = Store(folder / "store")
    ledger = Ledger()
    with ExitStack() as cleanup:
        film = folder / "film.mp4"
        make_film(film)
        source = Source(film)
        cleanup.callback(source.close)
        env = {"MOMENTS_PULL_NETWORKS": "127.0.0.0/8"}
        if "store" in faults:
            store.start()
            cleanup.callback(store.stop)
            env |= store.env
        disk = folder / "disk"
        if "disk" in faults:
            cleanup.enter_context(small_disk(disk))
        home = disk / "home" if "disk" in faults else folder / "home"
        with Stack(home, env=env, demo=False, log=folder / "log") as stack:
            with stack.client() as client:
                body = {"kind": "pull", "url": source.url}
                wanted = {"name": "Film", "slug": SLUG, "source": body, "visibility": "public"}
                stream = live_stream(client, wanted)
            time.sleep(6)
            listener = Listener(stack)
            chance = random.Random(" ".join(faults))
            scene = Scene(stack, store, source, ledger, listener, stream["hls_url"], chance)
            clients = Clients(stack, ledger)
            clients.start()
            deadline = time.monotonic() + minutes * 60
            try:
                for number, fault in enumerate(faults):
                    if number and number % 10 == 0:
                        print(f"  {fault}: {number} of {len(faults)}", flush=True)
                    if time.monotonic() < deadline:
                        let_happen(fault, scene)
            finally:
                time.sleep(1)
                clients.stop()
            reckon(stack, ledger)
            ledger.broken += untold(ledger, listener)
            listener.stop()
            ledger.broken += untidy(home, store.folder if "store" in faults else home / "storage")
        ledger.broken += alive(home)
    return ledger


def is_good(faults: Sequence[str], ledger: Ledger) -> bool:
    """Return whether every promise was kept; only a killed web process may break connections."""
    may_break = "web" in faults
    return not (ledger.broken or ledger.unclear or (ledger.broken_connections and not may_break))


def report(fault: str, ledger: Ledger) -> str:
    """Return a fault's table row, with its errors below it."""
    refused = ", ".join(f"{count} {what}" for what, count in ledger.refused.most_common())
    row = (
        f"| {fault} | {len(ledger.slow_s)} | {len(ledger.promised)} | {len(ledger.broken)} "
        f"| {refused or 'none'} | {len(ledger.unclear)} | {ledger.broken_connections} "
        f"| {statistics.median(ledger.slow_s):.1f} / {max(ledger.slow_s):.1f} |"
    )
    return "\n".join([row, *(f"  {what}" for what in [*ledger.broken[:20], *ledger.unclear[:20]])])


HEADER = (
    "| fault | times | promised | broken | refused, with a sentence | unclear answers "
    "| broken connections | full recovery, median / worst [s] |"
)


def _in_a_folder(fault: str, repeat: int, minutes: float) -> Ledger:
    with tempfile.TemporaryDirectory(prefix=f"faults-{fault}-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL has its own user when this runs as root
        try:
            ledger = run_faults([fault] * repeat, folder, minutes=minutes)
        except BaseException:
            shutil.copy(folder / "log", f"faults-{fault}.log")
            raise
        if not is_good([fault], ledger):
            shutil.copy(folder / "log", f"faults-{fault}.log")
        return ledger


def main() -> int:
    """Run the requested faults and print the results."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--repeat", type=int, default=50)
    options.add_argument(
        "--minutes", type=float, default=60, help="time limit per fault, in minutes"
    )
    options.add_argument("faults", nargs="*", default=list(FAULTS), metavar="FAULT")
    chosen = options.parse_args()
    print(HEADER, flush=True)
    failed = 0
    for fault in chosen.faults:
        if fault not in FAULTS:
            options.error(f"there is no fault called {fault}")
        ledger = _in_a_folder(fault, chosen.repeat, chosen.minutes)
        print(report(fault, ledger), flush=True)
        failed += not is_good([fault], ledger)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
