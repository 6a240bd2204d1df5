"""The idle product: processor time and memory of each process.

Run: python -m benchmarks.idle [--seconds 60] [--captures N]
`moments up --no-demo` runs with no stream and no open page. The floor, in the same run, is the
minimum for a product of this shape: the same PostgreSQL without clients, and as many bare Python
interpreters. `--captures` fills the database first. Fails above 0.5 % of a core.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import psutil

from domain.core.settings import Settings
from domain.infra import postgres
from tests.support.many_rows import fill
from tests.support.stack import Stack

_MOST = 0.005  # of a core
_SETTLE_S = 75.0  # until then the start's work is done, and its connections are closed
_BARE = "import signal; signal.pause()"


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of a group of processes."""

    processes: int = 0
    cpu_s: float = 0.0
    pss: int = 0
    uss: int = 0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            self.processes + other.processes,
            self.cpu_s + other.cpu_s,
            self.pss + other.pss,
            self.uss + other.uss,
        )


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--captures", type=int, default=0)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="moments-idle-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with Stack(folder / "home", demo=False, env={"MOMENTS_RTMP_PORT": "0"}) as stack:
            if chosen.captures:
                asyncio.run(_fill(folder / "home", chosen.captures))
            ours = psutil.Process(stack.process("web").ppid())
            roots = {"up": ours} | {
                name: stack.process(name) for name in ("web", "media", "worker")
            }
            roots["PostgreSQL"] = stack.process("postgres")
            interpreters = sum("python" in Path(process.exe()).name for process in _tree(ours))
            with _floor(folder / "floor", interpreters) as bare:
                time.sleep(_SETTLE_S)
                costs = _measured({**roots, **bare}, chosen.seconds)
    return _report(costs, set(bare), chosen.seconds)


async def _fill(home: Path, rows: int) -> None:
    dsn = json.loads((home / "run" / "postgres.json").read_text())["dsn"]
    connection = await asyncpg.connect(dsn)
    now = datetime.now(UTC)
    await fill(connection, rows, organization_id="organization_old", node_id="node_old", now=now)
    # No work is left: neither for a non-existent node, nor for the server's own maintenance.
    await connection.execute("UPDATE captures SET status = 'failed' WHERE status = 'recording'")
    await connection.execute("VACUUM ANALYZE", timeout=900)
    await connection.close()


@contextmanager
def _floor(home: Path, interpreters: int) -> Iterator[dict[str, psutil.Process]]:
    """Run a separate PostgreSQL without clients, and idle interpreters."""
    settings = Settings.model_validate({"home": home, "_env_file": None})
    bare = [subprocess.Popen([sys.executable, "-c", _BARE]) for _ in range(interpreters)]
    with asyncio.Runner() as runner:
        running = postgres.running(settings)
        server = runner.run(running.__aenter__())
        try:
            names = {f"bare interpreter {number}": p.pid for number, p in enumerate(bare)}
            names["bare PostgreSQL"] = server.pid or 0
            yield {name: psutil.Process(pid) for name, pid in names.items()}
        finally:
            runner.run(running.__aexit__(None, None, None))
            for process in bare:
                process.kill()
                process.wait()


def _tree(root: psutil.Process) -> list[psutil.Process]:
    return [root, *root.children(recursive=True)]


def _members(roots: dict[str, psutil.Process]) -> dict[psutil.Process, str]:
    """Return every process with the name of its nearest root."""
    members: dict[psutil.Process, str] = {}
    for name, root in roots.items():
        members |= dict.fromkeys(_tree(root), name) if name == "up" else {}
    for name, root in roots.items():
        members |= dict.fromkeys(_tree(root), name) if name != "up" else {}
    return members


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _measured(roots: dict[str, psutil.Process], seconds: float) -> dict[str, Cost]:
    before = {process: _cpu_s(process) for process in _members(roots)}
    time.sleep(seconds)
    costs: dict[str, Cost] = {}
    for process, name in _members(roots).items():
        try:
            cpu_s = _cpu_s(process) - before.get(process, 0.0)
            memory = process.memory_full_info()
        except psutil.NoSuchProcess:
            continue  # a server process without a client has exited
        pss = getattr(memory, "pss", memory.uss)  # only Linux reports shared memory fairly
        costs[name] = costs.get(name, Cost()) + Cost(1, cpu_s, pss, memory.uss)
    return costs


def _report(costs: dict[str, Cost], bare: set[str], seconds: float) -> int:
    product = sum((cost for name, cost in costs.items() if name not in bare), Cost())
    floor = sum((cost for name, cost in costs.items() if name in bare), Cost())
    rows = {name: cost for name, cost in costs.items() if name not in bare}
    for name, cost in {**rows, "the product": product, "the floor": floor}.items():
        print(
            f"{name:12} {cost.processes:3} processes  {cost.cpu_s / seconds:7.2%} of a core"
            f"  PSS {cost.pss / 1e6:6.1f} MB  USS {cost.uss / 1e6:6.1f} MB"
        )
    share = product.cpu_s / seconds
    print(f"memory: {product.pss / floor.pss:.1f} times the floor; at most {_MOST:.1%} of a core")
    return 0 if share <= _MOST else 1


if __name__ == "__main__":
    sys.exit(main())
